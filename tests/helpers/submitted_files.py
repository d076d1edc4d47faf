"""Files as students hand them in: small notebooks, and archives of many kinds that hold one."""

import bz2
import gzip
import io
import lzma
import os
import tarfile
import zipfile

from neurec_helpers.classroom import collect

NAMES = {"01_split": "task-5-1-check", "02_users_and_books": "task-5-2-check"}
BOTH = list(NAMES)


def book(mark=0):
    """Bytes of a small notebook; a mark tells several apart."""
    return b'{"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5, "n": %d}' % mark


def put(folder, name, content=None, when=None):
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(book() if content is None else content)
    if when:
        os.utime(path, (when, when))
    return path


def zipped(files, **options):
    text = io.BytesIO()
    with zipfile.ZipFile(text, "w", **options) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return text.getvalue()


def tarred(files):
    text = io.BytesIO()
    with tarfile.open(fileobj=text, mode="w") as archive:
        for name, content in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return text.getvalue()


PACKED = {
    "zip": zipped({"some/folder/01_split.ipynb": book(), "__MACOSX/._01_split.ipynb": b"x"}),
    "zip of the mac's": zipped({"01_split.ipynb": book(), "._01_split.ipynb": b"\0\5\x16\7"}),
    "zip in a zip": zipped({"a.zip": zipped({"01_split.ipynb": book()})}),
    "zip by lzma": zipped({"01_split.ipynb": book()}, compression=zipfile.ZIP_LZMA),
    "zip by bzip2": zipped({"01_split.ipynb": book()}, compression=zipfile.ZIP_BZIP2),
    "zip with backslashes": zipped({"a\\01_split.ipynb": book()}),
    "zip under another name": zipped({"01_split.ipynb": book()}),
    "tar": tarred({"01_split.ipynb": book()}),
    "tar.gz": gzip.compress(tarred({"a/01_split.ipynb": book()})),
    "tar.bz2": bz2.compress(tarred({"a/01_split.ipynb": book()})),
    "tar.xz": lzma.compress(tarred({"a/01_split.ipynb": book()})),
    "one notebook by gzip": gzip.compress(book()),
}


def by_name(folder, roster=None, answers=None):
    return {each.student: each for each in collect.collect(folder, NAMES, roster, answers)}
