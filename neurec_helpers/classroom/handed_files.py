"""One file that was handed in, and what it is by its first bytes, whatever its name says."""

from dataclasses import dataclass, replace
from pathlib import Path

from neurec_helpers.classroom.preflight import LARGEST
from neurec_helpers.language import mark, tr

NEVER_OPENED = {
    b"7z\xbc\xaf\x27\x1c": mark("a 7z archive"),
    b"Rar!": mark("a RAR archive"),
    b"%PDF": mark("a PDF file"),
    b"\xd0\xcf\x11\xe0": mark("a Word file"),
}
# Files that a notebook may have beside it: that they hold no answer needs no saying.
BESIDE = {".csv", ".gz", ".npz", ".npy", ".png", ".jpg", ".jpeg", ".svg", ".json", ".keras", ".h5"}
BESIDE |= {".md", ".parquet", ".toml", ".yml", ".yaml", ".log", ".pyc", ""}
PAGES = (b"<!do", b"<htm", b"<?xm", b"<hea", b"<bod")


@dataclass(frozen=True)
class File:
    """One file that was handed in, or what is wrong with it.

    Attributes
    ----------
    parts : tuple of str
        Its path below the folder of downloads; an archive stands there like a folder.
    content : bytes
        Of a notebook or a small other file; empty where `trouble` says why.
    time : float
        When it was saved, in seconds; 0 if nobody knows.
    trouble : str
        Why it can't be read; empty if it can.
    encoding : str
        Of its name, where that had to be guessed.
    """

    parts: tuple
    content: bytes = b""
    time: float = 0.0
    trouble: str = ""
    encoding: str = ""

    @property
    def name(self):
        """The file's own name."""
        return self.parts[-1]


def judge(file):
    """The file if it may be a notebook, or with what it is instead."""
    head = file.content[:64].lstrip(b"\xef\xbb\xbf \t\r\n")
    suffix = Path(file.name).suffix.lower()
    if suffix == ".ipynb" or is_notebook(file.content):
        return replace(file, content=file.content[: LARGEST + 1])
    for magic, what in NEVER_OPENED.items():
        if file.content.startswith(magic):
            return File(file.parts, trouble=tr("it is {what}, which is not opened", what=tr(what)))
    if head[:4].lower() in PAGES or suffix in (".html", ".htm"):
        return File(file.parts, trouble=tr("it is a web page, not a notebook"))
    if suffix in BESIDE:
        return File(file.parts, file.content[:10_000], file.time)
    return File(file.parts, trouble=tr("it is not a notebook"))


def is_notebook(content):
    """Whether a file looks like a notebook, whatever its name."""
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        content = content[:LARGEST].decode("utf-16", "replace").encode()
    content = content.lstrip(b"\xef\xbb\xbf \t\r\n")
    return content.startswith(b"{") and b'"cells"' in content and b'"nbformat"' in content
