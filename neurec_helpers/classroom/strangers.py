"""Text that strangers wrote, made fit to be shown: on a terminal, in a table, as a file's name."""

import re
import unicodedata

JOINERS = "\u200c\u200d"  # without them some words of Persian and Hindi are misspelt
# With these, code can be made to read otherwise than it runs.
DIRECTIONS = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
# What makes a spreadsheet take a cell for a formula, full-width forms too.
SIGNS = "=+\\-@\uff1d\uff0b\uff0d\uff20\ufe62\ufe63\ufe66\ufe6b\u2212"
FORMULA = re.compile(rf"""(^|[;,|])([\s"']*)(?=[{SIGNS}])""")
RUSSIAN = re.compile("[\u0410-\u044f\u0401\u0451]")


def shown(text, most=300):
    """One line of text without control characters, lone surrogates or changes of direction.

    Parameters
    ----------
    text : str
    most : int
        Characters that are kept.

    Returns
    -------
    str
        In the composed form of Unicode, so that equal names are equal strings.
    """
    kept = []
    for character in unicodedata.normalize("NFC", str(text)[: 4 * most]):
        category = unicodedata.category(character)
        if category == "Cs":
            kept.append("\ufffd")
        elif category in ("Cc", "Zl", "Zp"):
            kept.append(" ")
        elif category != "Cf" or character in JOINERS:
            kept.append(character)
    line = " ".join("".join(kept).split())
    return line if len(line) <= most else line[: most - 1] + "…"


def plain_text(text):
    """Text of several lines without control characters, lone surrogates or changes of direction."""
    return "\n".join(
        "".join(
            "\ufffd" if unicodedata.category(c) == "Cs" else c
            for c in line
            if c == "\t" or (unicodedata.category(c) != "Cc" and c not in DIRECTIONS)
        )
        for line in str(text).splitlines()
    )


def cell(text, most=2_000):
    """Text for a cell of a table: no spreadsheet takes it, or a part of it, for a formula.

    A program that splits columns at semicolons sees a cell's beginning behind each of them.
    """
    return FORMULA.sub(r"\1\2'", shown(text, most))


def words(name):
    """The words of a name, in small letters; signs that belong to a letter stay with it."""
    text = unicodedata.normalize("NFC", unicodedata.normalize("NFKC", name).casefold())
    text = re.sub(f"['\u2019\u02bc{JOINERS}]", "", text)
    parts = "".join(c if unicodedata.category(c)[0] in "LMN" else " " for c in text)
    return tuple(parts.split())


def file_stem(name, most=120):
    """A name as part of a file's name: letters of any alphabet, digits and hyphens.

    Parameters
    ----------
    name : str
    most : int
        Bytes in UTF-8.
    """
    text = unicodedata.normalize("NFC", name)
    text = "".join(c if unicodedata.category(c)[0] in "LMN" else "-" for c in text)
    text = re.sub("-+", "-", text).strip("-")
    return text.encode("utf-8", "ignore")[:most].decode("utf-8", "ignore").strip("-")


def decode_name(raw):
    """A file's name from its bytes.

    Zip files of older systems and of Windows hold names in the system's own encoding, and do not
    say which. UTF-8 fits by chance hardly ever; Russian is recognised by words of Russian letters.

    Parameters
    ----------
    raw : bytes

    Returns
    -------
    name : str
    guessed : str
        The encoding that was guessed; empty if there was nothing to guess.
    """
    for encoding in ("ascii", "utf-8"):
        try:
            return raw.decode(encoding), ""
        except UnicodeDecodeError:
            continue
    for encoding in sorted(("cp866", "cp1251"), key=lambda each: -_russian(raw, each)):
        if _russian(raw, encoding) > 0.9:
            return raw.decode(encoding), encoding
    return raw.decode("cp437"), "cp437"


def _russian(raw, encoding):
    """Share of a name's words that look Russian, of those that hold other letters than ASCII's."""
    text = raw.decode(encoding, "replace")
    found = [word for word in re.findall(r"[^\W\d_]+|[^\x00-\x7f]+", text) if not word.isascii()]
    good = [
        word
        for word in found
        if len(RUSSIAN.findall(word)) == len(word)
        and (word.islower() or word.isupper() or word[1:].islower())
    ]
    return sum(map(len, good)) / max(1, sum(map(len, found)))
