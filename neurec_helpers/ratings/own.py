"""What a reader's own file is like, as the environment or a small file beside it says.

For my.csv the small file is my.csv.neurec.toml, which `neurec data adopt my.csv` writes.
"""

import difflib
import json
import os
import tomllib
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path

from neurec_helpers.errors import NeurecError
from neurec_helpers.files import write_text
from neurec_helpers.language import tr
from neurec_helpers.ratings.checking import Form, check_form
from neurec_helpers.ratings.sources import resolve_source
from neurec_helpers.ratings.unpacking import read_bytes

VARIABLES = {"user": "NEUREC_USER", "book": "NEUREC_BOOK", "rating": "NEUREC_RATING"}


@dataclass(frozen=True)
class BookTable:
    """Where the titles are, and how that file is written.

    Parameters
    ----------
    file : str
        Its path, a relative one being taken from the folder of the ratings.
    id : str
        Name of the column with the ids that the ratings use.
    title, author, year, genre : str
        Names of columns; all but the title may be empty, where there is none.
    sep, encoding : str
        As for ratings.
    """

    file: str
    id: str = "book_id"
    title: str = "title"
    author: str = ""
    year: str = ""
    genre: str = ""
    sep: str = ","
    encoding: str = "utf-8"


def note_beside(path):
    """Path of the small file that says what the ratings at `path` are like."""
    path = Path(os.path.expanduser(path))
    return path.with_name(f"{path.name}.neurec.toml")


def form_of(path, **given):
    """The form of a reader's own file of ratings.

    Parameters
    ----------
    path : Path
    **given
        Values of `Form` that go before all others, unless they are None. Next come the
        environment's, if it is this file that NEUREC_DATASET names; then those of the small file
        beside it; then the lesson's.

    Returns
    -------
    Form
    """
    said = replace(read_note(path)[0], **_from_environment(path))
    return replace(said, **{name: value for name, value in given.items() if value is not None})


def _from_environment(path):
    set_ones = {role: os.environ[name] for role, name in VARIABLES.items() if os.environ.get(name)}
    return set_ones if set_ones and resolve_source(None) == path else {}


def read_note(path):
    """Read the small file beside the ratings at `path`.

    Returns
    -------
    form : Form
        The lesson's, where there is no such file.
    books : BookTable or None

    Raises
    ------
    NeurecError
        If it says what can't be.
    """
    note = note_beside(path)
    if "\0" in str(path) or not os.path.lexists(note):
        return Form(), None
    try:
        said = tomllib.loads(read_bytes(note).decode())
    except (UnicodeError, tomllib.TOMLDecodeError) as error:
        raise NeurecError(
            "{note} can't be read as TOML: {error}. {cure}",
            note=note,
            error=error,
            cure=_again(path),
        ) from None
    books = said.pop("books", None)
    form = _made(note, Form, said)
    try:
        check_form(form)
    except NeurecError as error:
        raise NeurecError("{note}: {error}", note=note, error=error) from None
    return form, None if books is None else _made(note, BookTable, books)


def _made(note, kind, values):
    known = [field.name for field in fields(kind)]
    if not isinstance(values, dict):
        raise NeurecError("{note}: [books] must be a table.", note=note)
    for name, value in values.items():
        if name not in known:
            near = difflib.get_close_matches(name, known, n=1)
            cure = (
                tr("Did you mean {name}?", name=near[0])
                if near
                else tr("It may say: {names}.", names=", ".join(known))
            )
            raise NeurecError(
                "{note} says {name}, which means nothing here. {cure}",
                note=note,
                name=name,
                cure=cure,
            )
        if name != "scale" and not isinstance(value, str):
            raise NeurecError(
                "{note}: {name} = {value!r} must be text in quotes.",
                note=note,
                name=name,
                value=value,
            )
    if kind is BookTable and not values.get("file"):
        raise NeurecError("{note}: [books] must name a file.", note=note)
    if isinstance(values.get("scale"), list):
        values = values | {"scale": tuple(values["scale"])}
    return kind(**values)


def _again(path):
    return tr("Mend it, or write it anew with: neurec data adopt {path}", path=path)


def write_note(path, form, books=None):
    """Write the small file beside the ratings at `path`; whole or not at all.

    Returns
    -------
    Path
    """
    lines = [f"# How neurec reads {_one_line(Path(path).name)}. Written by: neurec data adopt"]
    lines += [f"{name} = {_toml(value)}" for name, value in asdict(form).items()]
    if books is not None:
        lines += ["", "[books]"]
        lines += [f"{name} = {_toml(value)}" for name, value in asdict(books).items() if value]
    note = note_beside(path)
    write_text("\n".join(lines) + "\n", note)
    return note


def _one_line(text):
    # TOML allows no control characters, in comments either.
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def _toml(value):
    # Strings and lists of numbers are written in TOML as in JSON, but for one character.
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
