"""Invents books: titles, authors, series and years. None of them exists."""

import re
import tomllib
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd

SLOT = re.compile(r"\{(\w+)\}")
ARTICLE = re.compile(r"\b(A|a) (?=[AEIO]|U[mn](?!i)|Hono?[er])")
# Titles of real books that the words can make.
REAL = {"The Exiled Queen", "The Iron Queen", "The Last Colony", "The Midwife's Apprentice"}
WELL_KNOWN = {"Winterfell", "Whistledown", "Wildwood", "Blackwater", "Wormwood"}
PLURALS = {"Apothecarys": "Apothecaries", "Midwifes": "Midwives", "Understudys": "Understudies"}
PARTS = ["", "Again", "Once More", "the Sequel", "Revisited", "Continued"]
LAST_YEAR = 2024


@cache
def read_words():
    """Read words.toml, which lies beside this file."""
    return tomllib.loads(Path(__file__).with_name("words.toml").read_text(encoding="utf-8"))


def invent_books(seed, genres, authors, series):
    """Invent the books of a shelf.

    Parameters
    ----------
    seed : numpy.random.SeedSequence
    genres : sequence of str, length n_books
        One of those in words.toml for each book.
    authors : int array, shape (n_books,)
        Number of the author of each book, from 0; the books of one author stand together.
    series : int array, shape (n_books,)
        Number of the series of each book, -1 where it has none; its volumes stand together.

    Returns
    -------
    pandas.DataFrame
        Columns title, author, genre, year; titles are distinct.
    """
    words = read_words()
    draws, words = _Draws(seed, words), words["genres"]
    names = _author_names(draws, int(authors.max()) + 1)
    titles, years, used, used_series = [], [], set(REAL), set()
    name, volume, year, author, part_of = "", 0, 0, -1, -1
    for genre, who, which in zip(genres, authors, series, strict=True):
        if who != author:
            author = who
            year = _between(draws, *words[genre]["years"])
        else:
            year = min(year + draws.below(4), LAST_YEAR)
        title = _new_title(draws, genre, used)
        if which >= 0:
            if which != part_of:
                name, volume = _new_series(draws, genre, used_series), 0
            volume += 1
            title = f"{title} ({name}, #{volume})"
        part_of = which
        titles.append(title)
        years.append(year)
    return pd.DataFrame(
        {"title": titles, "author": [names[a] for a in authors], "genre": genres, "year": years}
    )


def _new_title(draws, genre, used):
    """A title that no book has yet, by itself, whatever its series."""
    for _ in range(30):
        title = draws.fill(draws.pick(draws.words["genres"][genre]["titles"]), genre)
        if title not in used:
            break
    base, n = title, 1
    while title in used:  # only on shelves of very many books
        n += 1
        title = f"{base}, {PARTS[n - 1]}" if n <= len(PARTS) else f"{base}, Part {n}"
    used.add(title)
    return title


def _new_series(draws, genre, used):
    """A name that no series has yet."""
    name = draws.fill(draws.pick(draws.words["genres"][genre]["series"]), genre)
    for _ in range(30):
        if name not in used:
            break
        name = draws.fill(draws.pick(draws.words["genres"][genre]["series"]), genre)
    while name in used:
        name = f"{name} of {draws.made_name()}"
    used.add(name)
    return name


def _author_names(draws, n):
    names, used = [], set()
    for _ in range(n):
        name = f"{draws.pick(draws.words['given'])} {draws.last_name()}"
        while name in used:
            given, last = name.split(" ", 1)
            name = f"{given} {chr(65 + draws.below(26))}. {last}"
        used.add(name)
        names.append(name)
    return names


def _between(draws, first, last):
    """A year, more likely a recent one."""
    return last - draws.below(draws.below(last - first + 1) + 1)


class _Draws:
    """Random choices, from whole numbers that are drawn by the thousand."""

    def __init__(self, seed, words):
        self.words = words
        self._rng = np.random.Generator(np.random.PCG64(seed))
        self._numbers = iter(())

    def below(self, n):
        """A whole number from 0 to n - 1."""
        number = next(self._numbers, None)
        if number is None:
            self._numbers = iter(self._rng.integers(0, 2**40, 50_000).tolist())
            number = next(self._numbers)
        return number % n

    def pick(self, words):
        return words[self.below(len(words))]

    def made_name(self):
        while True:
            start, end = self.pick(self.words["name_starts"]), self.pick(self.words["name_ends"])
            if start[-1] != end[0] and end not in start.lower():
                if start + end not in WELL_KNOWN:
                    return start + end

    def last_name(self):
        return self.made_name() if self.below(5) < 3 else self.pick(self.words["far_names"])

    def word(self, slot, words):
        if slot == "place":
            return self.made_name()
        if slot == "last":
            return self.last_name()
        if slot in ("given", "given2"):
            return self.pick(self.words["given"])
        return self.pick(words[slot] if slot in words else self.words["common"][slot])

    def fill(self, template, genre):
        words = self.words["genres"][genre]["words"]
        while True:
            title = SLOT.sub(lambda match: self.word(match[1], words), template)
            content = [w for w in re.findall(r"\w+", title) if len(w) > 3]
            if len(content) == len(set(content)):  # no word twice
                for wrong, right in PLURALS.items():
                    title = title.replace(wrong, right)
                return ARTICLE.sub(r"\1n ", title)
