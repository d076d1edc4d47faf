"""Made mirrors of a ratings file: a server on loopback that answers well, badly or not at all."""

import hashlib
import http.server
import io
import os
import socket
import struct
import threading
import zipfile

CONTENT = b"book_id,user_id,rating\n" + b"1,314,5\n1,439,3\n2,588,5\n" * 2000


def sha256(data):
    return hashlib.sha256(data).hexdigest()


def zipped(data, name="ratings.csv"):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, data)
    return packed.getvalue()


ZIPPED = zipped(CONTENT)


class Handler(http.server.BaseHTTPRequestHandler):
    """Answers /NAME by the method NAME."""

    def do_GET(self):
        self.server.asked.append(self.path)
        getattr(self, self.path.strip("/").split("?")[0])()

    def log_message(self, *_):
        pass

    def answer(self, body, status=200, length=None, **headers):
        self.send_response(status)
        self.send_header("Content-Length", str(len(body) if length is None else length))
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def good(self):
        self.answer(CONTENT)

    def good_zip(self):
        self.answer(ZIPPED)

    def redirected(self):
        self.answer(b"", 302, Location="/good")

    def truncated(self):
        self.answer(CONTENT[:999], length=len(CONTENT))

    def corrupted(self):
        self.answer(CONTENT[:-3] + b"9\n\n")

    def missing(self):
        self.send_error(404)

    def broken(self):
        self.send_error(500)

    def silent(self):
        self.server.released.wait(20)

    def died(self):
        self.send_response(200)
        self.send_header("Content-Length", str(len(CONTENT)))
        self.end_headers()
        self.wfile.write(CONTENT[:5000])
        self.wfile.flush()
        # Lingering 0 s: the connection is reset rather than closed in order.
        linger = struct.pack("hh" if os.name == "nt" else "ii", 1, 0)
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        self.connection.close()

    def in_pieces(self, pause=0.15, pieces=8):
        self.send_response(200)
        self.send_header("Content-Length", str(len(CONTENT)))
        self.end_headers()
        step = len(CONTENT) // pieces + 1
        for start in range(0, len(CONTENT), step):
            if self.server.released.wait(pause):
                return
            self.wfile.write(CONTENT[start : start + step])
            self.wfile.flush()

    def together(self):
        self.server.both_have_asked.wait(20)
        self.answer(CONTENT)

    def trickling(self):
        self.in_pieces(pause=0.1, pieces=46)

    def endless(self):
        self.send_response(200)
        self.end_headers()
        while not self.server.released.is_set():
            self.wfile.write(CONTENT)


class Server(http.server.ThreadingHTTPServer):
    """The mirrors: what they were asked, and what those that wait are waiting for."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.asked = []
        self.released = threading.Event()
        self.both_have_asked = threading.Barrier(2)
        self.url = f"http://127.0.0.1:{self.server_port}"

    def handle_error(self, request, client_address):
        """A client that goes away is no error here."""
