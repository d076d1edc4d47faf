"""Make the page: the tables of a model, titles, words and the page's own code in one file."""

import hashlib
import html
import json
import re
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

import numpy as np
import pandas as pd

from neurec_helpers.errors import NeurecError
from neurec_helpers.files import write_text
from neurec_helpers.language import tr
from neurec_helpers.recommending.lists import require_columns
from neurec_helpers.recommending.shop.tables import tables_of
from neurec_helpers.recommending.shop.words import page_words


@dataclass(frozen=True)
class Shop:
    """A page that was written.

    Attributes
    ----------
    path : Path
    megabytes : float
    lost : str or Message
        What the page lacks of the model; empty if it is only the last digits.
    """

    path: Path
    megabytes: float
    lost: str = ""

    def __repr__(self):
        said = tr(
            "{path} ({megabytes:.1f} MB): open it in a browser.",
            path=self.path.as_posix(),
            megabytes=self.megabytes,
        )
        return " ".join(filter(None, [said, str(self.lost)]))

    def _repr_html_(self):
        path = html.escape(self.path.as_posix())
        link = f'<a href="{path}" target="_blank">{path}</a>'
        said = tr(
            "{path} ({megabytes:.1f} MB): open it in a browser.",
            path=link,
            megabytes=self.megabytes,
        )
        return f"<p>{said} {html.escape(str(self.lost))}</p>"


def shop(model, books, ratings=None, *, file="shop.html", source=None, words=None):
    """Write a web page that recommends books by a trained model, without a server or a network.

    In the page one searches books, gives them hearts or stars, and sees the list that `recommend`
    makes: a heart or five stars count 4, one star 0, as in
    ``nr.recommend(model, liked={12: 4, 40: 2}, books=books)``.

    Parameters
    ----------
    model : keras.Model or array
        Two towers in which a reader is the mean of the vectors of the books read, with an input
        named "Books-Read" and an Embedding named "Book-Embedding"; or a square table of
        similarities, dense or sparse, of which the page keeps the 64 highest of each book.
    books : pandas.DataFrame
        The books of the page: book_id, each once, and, where known, title, author, year, genre.
    ratings : pandas.DataFrame, optional
        Columns user_id and book_id, by which to tell how well known books are. Without them the
        page has no slider from famous to obscure.
    file : str or Path
    source : str or Path, optional
        Where the books are from, as for `load_ratings`, so that the page can say whether they are
        synthetic and whom to credit. Without it, the data that are in use.
    words : dict, optional
        Words of the page in place of those in `neurec_helpers.recommending.shop.words`.

    Returns
    -------
    Shop
        In a notebook a link.

    Raises
    ------
    NeurecError
        If the model works in another way or has no row for a book, a column is missing, a book
        stands twice, or the file can't be written.
    """
    require_columns(books, ("book_id",), "books")
    if books.empty or books["book_id"].dtype.kind not in "iu" or books["book_id"].min() < 1:
        raise NeurecError("`books` must hold book ids, whole numbers from 1.")
    if books["book_id"].duplicated().any():
        twice = books["book_id"][books["book_id"].duplicated()].iloc[0]
        raise NeurecError("`books` holds book_id {twice} more than once.", twice=twice)
    books = books.sort_values("book_id", ignore_index=True)
    tables, lost = tables_of(model, books["book_id"].to_numpy())
    words = {**page_words(), **(words or {})}
    data = {
        "words": words,
        **_facts(books, words["unnamed"]),
        "readers": _readers(ratings, books),
        "tables": tables,
    }
    page = _filled(data, words, _credit(source, words))
    file = Path(file)
    write_text(page, file)
    return Shop(file, len(page.encode()) / 1e6, lost)


def _facts(books, unnamed):
    """What the page says of each book, as lists."""
    unnamed = books["book_id"].map(lambda book: unnamed.replace("{id}", str(book)))
    titles = _texts(books["title"]) if "title" in books else unnamed
    titles = titles.mask(titles == "", unnamed)
    known = hashlib.sha256("\0".join(titles).encode()).hexdigest()
    genres, names = pd.factorize(_texts(books["genre"])) if "genre" in books else (None, [])
    years = (
        books["year"].astype(object).where(books["year"].notna(), None) if "year" in books else None
    )
    return {
        "key": f"neurec-shop-{known[:16]}",
        "ids": books["book_id"].tolist(),
        "titles": titles.tolist(),
        "authors": _texts(books["author"]).tolist() if "author" in books else None,
        "years": None if years is None else years.tolist(),
        "genres": None if genres is None else genres.tolist(),
        "genreNames": list(names),
    }


def _texts(column):
    return column.astype(object).where(column.notna(), "").astype(str).str.strip()


def _readers(ratings, books):
    if ratings is None:
        return None
    require_columns(ratings, ("user_id", "book_id"), "ratings")
    counts = ratings[["user_id", "book_id"]].drop_duplicates()["book_id"].value_counts()
    return counts.reindex(books["book_id"], fill_value=0).tolist()


def _credit(source, words):
    """Lines of HTML on where the books are from."""
    from neurec_helpers.ratings import goodbooks
    from neurec_helpers.ratings.loading import made_from
    from neurec_helpers.ratings.sources import GOODBOOKS, resolve_source

    if resolve_source(source) == GOODBOOKS:
        return f"<p>{html.escape(goodbooks.ATTRIBUTION)}</p>"
    if made_from(source) is not None:
        synthetic = html.escape(words["synthetic"])
        return f"<p><strong>{synthetic}</strong></p>"
    return ""


def _filled(data, words, credit):
    """The page's text."""
    folder = files("neurec_helpers.recommending.shop")
    parts = {
        name: folder.joinpath(file).read_text(encoding="utf-8")
        for name, file in (("css", "page.css"), ("scores", "scores.js"), ("page", "page.js"))
    }
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"), default=_plain)
    # Within a script element HTML would end at "</script>", whatever JSON says.
    parts |= {"data": text.replace("<", "\\u003c"), "about": credit}
    template = folder.joinpath("page.html").read_text(encoding="utf-8")
    blank = r"\{\{\{(\w+)\}\}\}|\{\{(\w+)\}\}"
    return re.sub(blank, lambda m: parts[m[1]] if m[1] else html.escape(words[m[2]]), template)


def _plain(value):
    """Numbers of numpy for JSON."""
    return value.item() if isinstance(value, np.generic) else str(value)
