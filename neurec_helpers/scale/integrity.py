"""Digests of files and folders, and JSON that says whether it is as it was written."""

import hashlib
import json
from pathlib import Path

SAMPLES, SAMPLE = 64, 1 << 16  # bytes in each of so many places, for a quick look at a file


def digest_file(path):
    """Digest of a file's whole content, in hexadecimal."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, _new).hexdigest()


def digest_sample(path):
    """Digest of some places spread over a file, all of it where it has up to 4 MB."""
    digest, last = _new(), max(Path(path).stat().st_size - SAMPLE, 0)
    with open(path, "rb") as file:
        for start in sorted({last * k // (SAMPLES - 1) for k in range(SAMPLES)}):
            file.seek(start)
            digest.update(file.read(SAMPLE))
    return digest.hexdigest()


def digest_folder(folder):
    """Digest of the names and contents of all files in a folder."""
    digest = _new()
    for path in sorted(path for path in Path(folder).rglob("*") if path.is_file()):
        digest.update(f"{path.relative_to(folder).as_posix()} {digest_file(path)}\n".encode())
    return digest.hexdigest()


def seal(content):
    """One line of JSON that holds a dict and a checksum of it."""
    return json.dumps(content | {"checksum": checksum(content)}, ensure_ascii=False)


def unseal(text):
    """The dict of such a line.

    Raises
    ------
    ValueError
        If it is not as it was written.
    """
    content = json.loads(text)
    if not isinstance(content, dict) or content.pop("checksum", None) != checksum(content):
        raise ValueError("its checksum is not that of its content")
    return content


def checksum(content):
    """Digest of a dict, however it is written."""
    return _new(json.dumps(content, sort_keys=True).encode()).hexdigest()


def _new(content=b""):
    return hashlib.blake2b(content, digest_size=16)
