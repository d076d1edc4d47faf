"""Messages between processes: a letter for the kind, the length, and the content."""

import os
import select
import struct
import time

from neurec_helpers.language import mark, tr

_HEAD = struct.Struct(">cI")
# Said where a message is none that this program sends; the student reads it too.
UNREADABLE = mark("what came in place of an answer can't be read")
_STEP = 0.2  # seconds between two looks at the watch


class Broken(Exception):
    """The other side has closed, kept silent for too long, or sent what is no message."""


class Closed(Broken):
    """The other side has closed: its process has ended, or it has closed its pipe."""

    def __init__(self):
        super().__init__(tr("it has closed its pipe"))


class Channel:
    """Both ends of a conversation with another process.

    Parameters
    ----------
    reader, writer : int
        File descriptors.
    most : int
        Bytes of the longest message that is taken.
    watch : callable, optional
        Called every moment while waiting; what it raises ends the waiting.
    """

    def __init__(self, reader, writer, most, watch=None):
        self.reader, self.writer, self.most = reader, writer, most
        self.watch = watch or (lambda: None)
        os.set_blocking(writer, False)

    def send(self, kind, body=b"", seconds=None):
        """Send one message.

        Raises
        ------
        Broken
            If it is not taken in time, or the other side has closed.
        """
        data = memoryview(_HEAD.pack(kind, len(body)) + body)
        end = _end_of(seconds)
        while data:
            self._wait(end, writer=True)
            try:
                data = data[os.write(self.writer, data) :]
            except BlockingIOError:
                continue
            except OSError as error:
                raise Closed from error

    def receive(self, seconds=None):
        """The next message.

        Returns
        -------
        kind : bytes
        body : bytes

        Raises
        ------
        Broken
            If none comes in time, it is longer than allowed, or the other side has closed.
        """
        end = _end_of(seconds)
        kind, length = _HEAD.unpack(self._read(_HEAD.size, end))
        if length > self.most:
            raise Broken(tr("it gave more than {most:g} MB at once", most=self.most / 1e6))
        return kind, self._read(length, end)

    def _read(self, length, end):
        parts = []
        while length:
            self._wait(end)
            part = os.read(self.reader, min(length, 1 << 20))
            if not part:
                raise Closed
            parts.append(part)
            length -= len(part)
        return b"".join(parts)

    def _wait(self, end, writer=False):
        while True:
            self.watch()
            left = end - time.monotonic()
            if left <= 0:
                raise Broken(tr("it kept silent for too long"))
            ready = select.select(
                [] if writer else [self.reader],
                [self.writer] if writer else [],
                [],
                min(left, _STEP),
            )
            if ready[0] or ready[1]:
                return


def _end_of(seconds):
    return time.monotonic() + (1e9 if seconds is None else seconds)


class Unfit(Exception):
    """A value that can't be an answer here; the message says why, for the student to read."""


class Malformed(Exception):
    """What came is not what `encode` makes."""
