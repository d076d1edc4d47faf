"""The bytes of one file, unpacked, as text in UTF-8; its content decides what it is."""

import difflib
import gzip
import io
import re
import stat
import zipfile
from pathlib import Path

from neurec_helpers.errors import NeurecError
from neurec_helpers.files import DAMAGED
from neurec_helpers.language import mark, tr
from neurec_helpers.ratings.checking import advise, listed
from neurec_helpers.ratings.sources import refuse_address

ENDINGS = (".csv", ".csv.gz", ".zip", ".parquet")
GZIP, ZIP, PARQUET = b"\x1f\x8b", b"PK\x03\x04", b"PAR1"
# A line in which the name of a column may stand, though the file begins as Parquet does.
LINE_OF_TEXT = rb"[^\0-\x08\x0e-\x1f]+(\n|\r|\Z)"
EMPTY = b" \t\n\r\x0b\x0c" + b"\xef\xbb\xbf\xff\xfe"  # blanks, and byte order marks
# As far as no column's name could begin: BZhang and Rar! are text.
PACKED_OTHERWISE = rb"BZh[1-9]1AY&SY|\xfd7zXZ\0|7z\xbc\xaf|Rar!\x1a\x07|\x28\xb5\x2f\xfd"
MARKS = b"\xff\xfe", b"\xfe\xff"
WIDE = ("utf-32", "utf-16", "utf-32-le", "utf-32-be", "utf-16-le", "utf-16-be")
# How files begin, to the byte, that are sometimes taken for ratings, what they are, and the cure.
NO_TABLE = (
    (rb"\xd0\xcf\x11\xe0", mark("an Excel workbook"), mark("Save the sheet as CSV (UTF-8) first.")),
    (rb"\x89HDF", mark("an HDF5 file"), mark("Write the ratings as CSV or Parquet.")),
    (rb"SQLite format 3\0", mark("an SQLite database"), mark("Export the ratings as CSV.")),
    (rb"ARROW1\0\0", mark("an Arrow file"), mark("Write the ratings as CSV or Parquet.")),
    (rb"PARE.{,3}\0", mark("an encrypted Parquet file"), mark("Write it without encryption.")),
    (rb"%PDF-", mark("a PDF"), mark("Get the ratings as CSV.")),
    (
        rb"(?i:\s*<(!doctype|html|\?xml))",
        mark("a page for a browser"),
        mark("Download the file itself."),
    ),
    (
        rb"version https://git-lfs",
        mark("a pointer of Git LFS"),
        mark("Fetch the file with: git lfs pull"),
    ),
    (rb".{257}ustar(\0| )", mark("a tar archive"), mark("Unpack it.")),
    (rb"\s*[\[{]\s*[\[{\"]", mark("JSON"), mark("Write the ratings as CSV.")),
)


def read_bytes(path):
    """The bytes of the file at `path`, or a NeurecError that says why there are none."""
    if "\0" in str(path):
        raise NeurecError(
            "{path!r} holds a NUL character, as no path may. Remove it.", path=str(path)
        )
    refuse_address(path)
    try:
        file = Path(path).expanduser()
        if file.is_dir():
            raise NeurecError(
                "{path} is a folder, not a file. Name the file in it.{others}",
                path=path,
                others=_usable(file),
            )
        if not stat.S_ISREG(file.stat().st_mode):
            raise NeurecError(
                "{path} is a device or a pipe, not a file. Save what it gives to a file first.",
                path=path,
            )
        data = file.read_bytes()
    except FileNotFoundError:
        raise NeurecError(
            "{path} doesn't exist.{others}", path=path, others=_nearby(file)
        ) from None
    except RuntimeError:
        raise NeurecError(
            "{path}: there is no such user. Write out the whole path.", path=path
        ) from None
    except UnicodeError:
        raise NeurecError(
            "{path!r} holds what no path may hold. Check it.", path=str(path)
        ) from None
    except OSError as error:
        raise NeurecError(
            "{path} can't be read: {reason}. Check the path and who may read it.",
            path=path,
            reason=error.strerror or error,
        ) from error
    check_not_empty(path, data)
    return data


def check_not_empty(path, data):
    """Raise a NeurecError if there is nothing in a file."""
    if not data.strip(EMPTY):
        raise NeurecError("{path} is empty. Save or download it again.", path=path)


def _usable(folder):
    names = sorted(p.name for p in folder.iterdir() if p.name.endswith(ENDINGS))
    return (
        tr(" It holds {names}.", names=listed(names))
        if names
        else tr(" It holds no csv, gz, zip or parquet file.")
    )


def _nearby(file):
    folder = file.parent
    if not folder.is_dir():
        return tr(" Nor does its folder, {folder}. Check the spelling.", folder=folder)
    names = [p.name for p in folder.iterdir() if p.is_file()]
    near = difflib.get_close_matches(file.name, names, n=3, cutoff=0.6)
    if near:
        return tr(" Did you mean {names}, in the same folder?", names=tr(" or ").join(near))
    return tr(" Looked in {folder}.{others}", folder=folder.resolve(), others=_usable(folder))


def unpack(path, data):
    """The text that a gz or zip file holds, or `data` itself; what it can't be is refused."""
    try:
        if data.startswith(GZIP):
            data = gzip.decompress(data)
            check_packed_once(path, data)
        elif data.startswith(ZIP):
            data = _only_csv(path, data)
            check_packed_once(path, data)
        elif re.match(PACKED_OTHERWISE, data):
            raise NeurecError(_packed_otherwise(path))
    except NotImplementedError:
        raise NeurecError(_packed_otherwise(path)) from None
    except (*DAMAGED, OSError) as error:
        raise NeurecError(
            "{path} is damaged or cut short: it can't be unpacked ({error}). "
            "Copy or download it again.",
            path=path,
            error=error,
        ) from error
    if not data.strip(EMPTY):
        raise NeurecError("{path} holds an empty file. Save or download it again.", path=path)
    for beginning, what, cure in NO_TABLE:
        if re.match(beginning, data, re.DOTALL):
            raise NeurecError(
                "{path} is {what}, not a table of ratings. {cure}",
                path=path,
                what=tr(what),
                cure=tr(cure),
            )
    return data


def first_line(data):
    """(line, blank): the first line of UTF-8 text that isn't blank, and how many are above it."""
    begin = len(data) - len(data.lstrip())
    begin = max(data.rfind(end, 0, begin) for end in (b"\n", b"\r")) + 1
    line = re.split(rb"[\r\n]", data[begin:], maxsplit=1)[0]
    return line.decode(), len(re.findall(rb"\r\n|\r|\n", data[:begin]))


def _packed_otherwise(path):
    return tr(
        "{path} is packed in a way that isn't read here. Unpack it, or pack it as gz or zip.",
        path=path,
    )


def is_parquet(data):
    """Whether a file that begins so is Parquet."""
    return data.startswith(PARQUET) and not re.match(LINE_OF_TEXT, data[len(PARQUET) :])


def check_packed_once(path, data):
    """Raise a NeurecError if what was unpacked is packed once more."""
    if is_parquet(data):
        raise NeurecError(
            "{path} holds a Parquet file, packed once more. Unpack it: Parquet is small already.",
            path=path,
        )
    if data.startswith((GZIP, ZIP)) or re.match(PACKED_OTHERWISE, data):
        raise NeurecError(
            "{path} is packed twice. Unpack it once, and give what is in it.", path=path
        )


def _only_csv(path, data):
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        members = [m for m in archive.infolist() if not m.filename.startswith("__MACOSX/")]
        tables = [m for m in members if m.filename.lower().endswith(".csv")]
        if len(tables) == 1:
            if tables[0].flag_bits & 1:
                raise NeurecError("{path} is locked with a password. Unpack it first.", path=path)
            return archive.read(tables[0])
    names = [member.filename for member in members]
    if any(name.startswith("xl/") for name in names):
        raise NeurecError(
            "{path} is an Excel workbook. Save the sheet as CSV (UTF-8) first.", path=path
        )
    if not tables:
        raise NeurecError(
            "{path} holds no csv file, only {names}.",
            path=path,
            names=listed(names) or tr("nothing"),
        )
    raise NeurecError(
        "{path} holds {n} csv files ({names}). Unpack it and name the one with the ratings.",
        path=path,
        n=len(tables),
        names=listed([m.filename for m in tables]),
    )


def as_utf8(path, data, encoding):
    """Text in UTF-8 without a byte order mark, as bytes."""
    try:
        if encoding.lower().replace("-", "").replace("_", "") in ("utf8", "utf8sig"):
            _check_narrow(path, data)
            data = re.sub(rb"\A(\xef\xbb\xbf)+", b"", data)
            encoding = "utf-8"
            data.decode()
            return data
        text = data.decode(encoding)
    except LookupError:  # a codec of Python's, but of bytes: base64
        raise NeurecError(
            'encoding={encoding!r} is not a text encoding. Try "utf-8".', encoding=encoding
        ) from None
    except UnicodeError as error:
        raise NeurecError(_wrong_encoding(path, data, encoding, error)) from error
    if "\0" in text:
        raise NeurecError(
            "{path} holds zero bytes when read as {encoding}. Save it as CSV UTF-8.",
            path=path,
            encoding=encoding,
        )
    return text.lstrip("\ufeff").encode()


def _check_narrow(path, data):
    """Raise a NeurecError for text with two or four bytes a character, or with zero bytes."""
    if b"\0" not in data and not data.startswith(MARKS):
        return
    if wide := wide_encoding(data):
        raise NeurecError(
            '{path} is {name} text. Save it as "CSV UTF-8", or say so: {advise}',
            path=path,
            name=wide[:6].upper(),
            advise=advise(path, encoding=wide),
        )
    raise zero_byte(path, data.count(b"\n", 0, data.find(b"\0")) + 1)


def zero_byte(path, row):
    """The error that says so."""
    return NeurecError(
        "{path}, row {row}: a zero byte stands here, so this is not plain text, or it is damaged. "
        "Save it as CSV in UTF-8, or copy it again.",
        path=path,
        row=row,
    )


def wide_encoding(data):
    """Name of the encoding of text with two or four bytes a character, or None for other text."""
    if b"\0" not in data and not data.startswith(MARKS):
        return None
    # Four bytes before two: UTF-32 begins as UTF-16 does.
    return next((wide for wide in WIDE if _reads_as(data[:400], wide)), None)


def _reads_as(data, wide):
    marked = data.startswith((*MARKS, b"\0\0\xfe\xff"))
    if marked != (wide in ("utf-32", "utf-16")):
        return False
    try:
        text = data[: len(data) // 4 * 4].decode(wide)
    except UnicodeError as error:
        return error.reason == "unexpected end of data" and wide == "utf-16"
    # Read with half or twice the width, ASCII would be Chinese or hold zeros.
    return sum(character.isascii() for character in text) > len(text) / 2 and "\0" not in text


def _wrong_encoding(path, data, encoding, error):
    start = getattr(error, "start", 0)
    row = data.count(b"\n", 0, start) + 1
    begin = data.rfind(b"\n", 0, start) + 1
    piece = data[max(begin, start - 20) : start + 20].split(b"\n")[0].decode("latin-1")
    wrong = tr(
        "{path}, row {row}: byte 0x{byte:02x} is not {encoding}",
        path=path,
        row=row,
        byte=data[start],
        encoding=encoding,
    )
    if encoding != "utf-8":
        return tr(
            "{wrong}. Name the encoding that it has, or save it as CSV in UTF-8.", wrong=wrong
        )
    return tr(
        "{wrong}; read as Latin-1 it says {content!r}. Save the file as CSV in UTF-8, or, "
        "if that reads well, say so: {advise}",
        wrong=wrong,
        content=piece.strip(),
        advise=advise(path, encoding="latin-1"),
    )
