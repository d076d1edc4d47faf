"""The catalogue of a language: brought up to date with its sources, read and written."""

import io
import re

from babel import Locale, UnknownLocaleError
from babel.messages import catalog, pofile

from neurec_helpers.errors import NeurecError
from neurec_helpers.files import write_text
from neurec_helpers.language import SOURCE, catalogue_file
from neurec_helpers.translating.extracting import all_messages

HEADER = (
    "# The words of neurec. English is the source; CONTRIBUTING.md says how to translate it.\n#"
)
# They would make every run a change.
CHANGING = re.compile(
    r'^"(POT-Creation-Date|PO-Revision-Date|Last-Translator|Language-Team):.*\n', re.M
)


def read(language):
    """The catalogue of a language; an empty one if there is none yet.

    Parameters
    ----------
    language : str
        For example ``"ru"``.

    Returns
    -------
    babel.messages.catalog.Catalog

    Raises
    ------
    NeurecError
        If there is no such language.
    """
    try:
        Locale.parse(language)
    except (UnknownLocaleError, ValueError):
        raise NeurecError(
            f"{language!r} is not a language that Babel knows. Give its code, for example de."
        ) from None
    if language == SOURCE:
        raise NeurecError("English is the source: there is nothing to translate it into.")
    file = catalogue_file(language)
    if not file.is_file():
        return catalog.Catalog(locale=language)
    with open(file, "rb") as text:
        return pofile.read_po(text, locale=language)


def update(language, messages=None):
    """Bring a language's catalogue up to date: what is gone goes, what changed becomes fuzzy.

    Parameters
    ----------
    language : str
    messages : list of extracting.Found, optional
        By default all there are.

    Returns
    -------
    babel.messages.catalog.Catalog
        As it was written.
    """
    words = read(language)
    words.update(_template(all_messages() if messages is None else messages))
    write(words, language)
    return words


def write(words, language):
    """Write a language's catalogue, whole or not at all."""
    words.header_comment = HEADER
    for message in words:
        # Babel takes "95 % confidence" for a format of Python's.
        message.flags.discard("python-format")
    text = io.BytesIO()
    pofile.write_po(text, words, width=100, include_lineno=False, ignore_obsolete=True)
    write_text(CHANGING.sub("", text.getvalue().decode()), catalogue_file(language))


def _template(messages):
    template = catalog.Catalog()
    for found in messages:
        comments = [found.comment] if found.comment else []
        template.add(found.id, locations=[(found.where, found.line)], auto_comments=comments)
    return template


def unfinished(words):
    """The messages that have no translation yet, or one that is to be looked at (fuzzy)."""
    return [message for message in words if message.id and _lacks(message)]


def _lacks(message):
    forms = message.string if isinstance(message.string, tuple) else (message.string,)
    return message.fuzzy or not all(forms)
