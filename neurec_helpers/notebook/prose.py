"""The paragraphs of a markdown text, one message each."""

import re

TAG = re.compile(r"<[^>]*>")
LETTER = re.compile(r"[^\W\d_]")


def paragraphs(text):
    """Cut markdown at its blank lines.

    Parameters
    ----------
    text : str

    Returns
    -------
    list of (str, bool)
        Each piece, so that all together are the text, and whether it is prose to be translated:
        code between fences, formulas and tags alone are not.
    """
    pieces, fenced = [], False
    for piece in re.split(r"(\n\s*\n)", text):
        opens = fenced or piece.lstrip().startswith("```")
        fenced ^= piece.count("```") % 2 == 1
        pieces.append((piece, not opens and _is_prose(piece)))
    return pieces


def _is_prose(piece):
    bare = TAG.sub("", piece)
    bare = re.sub(r"\$\$.*?\$\$", "", bare, flags=re.DOTALL)
    return bool(LETTER.search(bare))


def translated(text, translate):
    """The text with each paragraph put through `translate`."""
    return "".join(
        _around(piece, translate) if is_prose else piece for piece, is_prose in paragraphs(text)
    )


def _around(piece, translate):
    """Spaces and line ends around a paragraph are no words; they stay."""
    words = piece.strip()
    return piece.replace(words, translate(words), 1)
