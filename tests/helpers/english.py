"""Finds English sentences in a text that should hold none."""

import re

# What is not prose: code, tags, links' targets, addresses, placeholders, commands, options.
NOT_PROSE = re.compile(
    r"```.*?```|`[^`]*`|\$[^$]*\$|<[^>]*>|\]\([^)]*\)|https?://\S+|\{[^}]*\}"
    r"|(?:neurec|git|pip|make|conda|python) [a-z-]+[^.\n]*|--\w[\w-]*(?: [A-Z.]+)?",
    re.DOTALL,
)
# Layers' names and menus have capitals after the first word.
SENTENCE = re.compile(r"[A-Za-z][a-z']+(?:[ ,]+[a-z][a-z'-]*){2,}")
# Endings of files.
NAMES = ("csv, gz, zip",)


def english_in(text):
    """Runs of three English words or more in a text; names and code don't count.

    Parameters
    ----------
    text : str

    Returns
    -------
    list of str
    """
    bare = NOT_PROSE.sub(" · ", text)
    for name in NAMES:
        bare = bare.replace(name, " · ")
    return [match.group() for match in SENTENCE.finditer(bare)]
