"""The reader's language: English, the source of all words here, or one that has a catalogue.

`tr` puts words into the reader's language at once, a `Message` when it is shown. Which language
that is, is found out at the first use and chosen anew by set-up and by the `neurec` command.
"""

import functools
import gettext
import io
import json
import locale
import os
import string
import sys
from contextlib import contextmanager
from numbers import Number
from pathlib import Path

from neurec_helpers.paths import HANDOUT_FILE, NOTEBOOKS, ROOT

VARIABLE = "NEUREC_LANGUAGE"
SOURCE = "en"
CATALOGUES = Path(__file__).parent / "locale"

_current = None


def languages():
    """Codes of the languages there are, English first."""
    translated = sorted(path.parts[-3] for path in CATALOGUES.glob("*/LC_MESSAGES/neurec.po"))
    return (SOURCE, *translated)


def catalogue_file(language):
    """Path of the catalogue that holds the words of a language."""
    return CATALOGUES / language / "LC_MESSAGES" / "neurec.po"


def current_language():
    """Code of the language in which things are said now."""
    global _current
    if _current is None:
        _current = choose_language()
    return _current


def choose_language():
    """Take the language that NEUREC_LANGUAGE names, else the hand-out's, else the system's.

    Returns
    -------
    str
        Its code; English's where there is no such language.
    """
    global _current
    asked = asked_language() or _of_handout() or _of_system()
    _current = asked if asked in languages() else SOURCE
    return _current


def asked_language():
    """Code of the language that NEUREC_LANGUAGE names, or ""."""
    return _code(os.environ.get(VARIABLE))


def notebooks_folder(folder=NOTEBOOKS):
    """Folder of the notebooks in the language of now; the English ones where it has none."""
    other = folder / current_language()
    return other if other.is_dir() else folder


@contextmanager
def speaking(language):
    """Say things in another language for a while; a code from `languages`."""
    global _current
    before, _current = current_language(), language
    try:
        yield
    finally:
        _current = before


def _code(name):
    """The language in a name such as ru_RU.UTF-8, or ""."""
    code = (name or "").replace("-", "_").partition("_")[0].partition(".")[0].strip().lower()
    return SOURCE if code in ("c", "posix") else code


def _of_handout():
    """That of the hand-out in which neurec stands; a teacher chose it."""
    try:
        return json.loads((ROOT / HANDOUT_FILE).read_text(encoding="utf-8"))["language"]
    except (OSError, ValueError, KeyError, TypeError):
        return ""


def _of_system():
    for variable in ("LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"):
        if code := _code(os.environ.get(variable, "").partition(":")[0]):
            return code
    if sys.platform == "win32":
        import ctypes

        code = ctypes.windll.kernel32.GetUserDefaultUILanguage()
        return _code(locale.windows_locale.get(code))
    return _code(locale.getlocale()[0])


def tr(text, plural=None, /, **facts):
    """Put words into the reader's language.

    Parameters
    ----------
    text : str
        In English, as a format string if there are facts: ``"{rows:,} rows"``.
    plural : str, optional
        The text for any number but one, where the words depend on the fact `n`.
    **facts
        What the format string names. Numbers are written as the language writes them.

    Returns
    -------
    str
    """
    if not text:
        return ""
    words = _catalogue(current_language())
    found = words.gettext(text) if plural is None else words.ngettext(text, plural, _count(facts))
    if not facts:
        return found
    if current_language() == SOURCE:
        return found.format(**facts)
    return _Formatter(current_language()).vformat(found, (), facts)


def plural_forms(text, plural):
    """Words that depend on a number, as templates for a page that puts the number in itself.

    Parameters
    ----------
    text, plural : str
        As for `tr`.

    Returns
    -------
    dict of str to str
        By the name of the form in Unicode's CLDR, such as one, few, many; other is always there.
    """
    language = current_language()
    if language == SOURCE:
        return {"one": text, "other": plural}
    from babel import Locale

    form, words = Locale.parse(language).plural_form, _catalogue(language)
    # These numbers meet all forms of every language.
    found = {form(n): words.ngettext(text, plural, n) for n in (*range(200), 1_000_000)}
    return {"other": words.ngettext(text, plural, 0), **found}


def mark(text):
    """Mark words for the catalogue that are put into the reader's language elsewhere."""
    return text


class Message:
    """Words that are put into the reader's language when they are shown; see `tr`."""

    def __init__(self, text, plural=None, /, **facts):
        self.text, self.plural, self.facts = text, plural, facts

    def __str__(self):
        return tr(self.text, self.plural, **self.facts)

    def __format__(self, spec):
        return format(str(self), spec)

    def __repr__(self):
        return f"Message({self.text!r}, **{self.facts!r})"

    def __eq__(self, other):
        return isinstance(other, Message) and vars(self) == vars(other)

    def __hash__(self):
        return hash(self.text)


@functools.cache
def _catalogue(language):
    if language == SOURCE:
        return gettext.NullTranslations()
    from babel.messages import mofile, pofile

    with open(catalogue_file(language), "rb") as file:
        messages = pofile.read_po(file, locale=language, ignore_obsolete=True)
    compiled = io.BytesIO()
    mofile.write_mo(compiled, messages)
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)


def _count(facts):
    """The whole number by which a form is chosen; a fraction takes that of two."""
    n = facts["n"]
    return int(n) if n == int(n) else 2


def number(value, spec=""):
    """Write a number as the reader's language does: ``number(0.711, ".2f")``."""
    return number_words(format(value, spec))


def number_words(text, language=None):
    """A number that Python has written, such as 1,234.5 or 12%, as a language writes it."""
    language = language or current_language()
    return text if language == SOURCE else text.translate(_signs(language))


@functools.cache
def _signs(language):
    from babel import Locale, numbers

    percent = Locale.parse(language).percent_formats[None]
    return str.maketrans(
        {
            ",": numbers.get_group_symbol(language),
            ".": numbers.get_decimal_symbol(language),
            "%": percent.suffix[0],
        }
    )


class _Formatter(string.Formatter):
    """Writes numbers as a language does, and all else as Python does."""

    def __init__(self, language):
        self.language = language

    def format_field(self, value, spec):
        written = format(value, spec)
        return number_words(written, self.language) if isinstance(value, Number) else written
