"""Whether a translation keeps what is not words: placeholders, code, links, numbers, markup."""

import re
import string

CODE = re.compile(r"`+[^`]+`+")
LINK = re.compile(r"\]\(([^)\s]+)")
TAG = re.compile(r"</?[a-z][^>]*>")
HEADING = re.compile(r"^#+ ", re.MULTILINE)
# 785,404 and 0.71 here are 785 404 and 0,71 elsewhere.
NUMBER = re.compile(r"\d+(?:[., \u00a0\u202f]\d+)*")


def faults(message):
    """How a translation differs from its source in what is not words.

    Parameters
    ----------
    message : babel.messages.catalog.Message
        With a translation.

    Returns
    -------
    list of str
        A sentence for each fault.
    """
    sources = message.id if isinstance(message.id, tuple) else (message.id,)
    forms = message.string if isinstance(message.string, tuple) else (message.string,)
    source = sources[-1]
    found = []
    for form in forms:
        for what, kept in KEPT.items():
            here, there = kept(source), kept(form)
            if here != there:
                found.append(f"{what}: {_shown(here)} became {_shown(there)} in {form!r}")
    return found


def _shown(things):
    return ", ".join(map(repr, sorted(things))) if things else "none"


def _placeholders(text):
    try:
        parts = list(string.Formatter().parse(text))
    except ValueError:  # a brace of code or of a formula
        return set()
    return {
        f"{name}!{conversion}:{spec}" for _, name, spec, conversion in parts if name is not None
    }


def _numbers(text):
    bare = TAG.sub("", LINK.sub("", CODE.sub("", re.sub(r"\{[^}]*\}", "", text))))
    return {re.sub(r"\D", "", number) for number in NUMBER.findall(bare)}


def _edges(text):
    return {text[: len(text) - len(text.lstrip())], text[len(text.rstrip()) :] + "$"}


KEPT = {
    "placeholders": _placeholders,
    "code": lambda text: set(CODE.findall(text)),
    "links": lambda text: set(LINK.findall(text)),
    "tags": lambda text: set(TAG.findall(text)),
    "headings": lambda text: {f"{len(HEADING.findall(text))} {' '.join(HEADING.findall(text))}"},
    "numbers": _numbers,
    "spaces at its ends": _edges,
}
