"""neurec translate: bring a language's catalogue and the prose of its notebooks up to date."""

from typing import Annotated

import typer

from neurec_helpers.errors import NeurecError


def translate(
    language: Annotated[
        list[str] | None,
        typer.Argument(help="For example ru; a new one is begun. All there are, if none is named."),
    ] = None,
):
    """Bring the catalogues of other languages up to date, check them, and renew the notebooks."""
    from neurec_helpers.notebook.editions import other_languages
    from neurec_helpers.translating import catalogue, checking, refreshing

    problems = []
    for code in language or other_languages():
        words = catalogue.update(code)
        left = catalogue.unfinished(words)
        typer.echo(f"{code}: {len(words)} messages, {len(left)} to translate or look at (fuzzy).")
        for message in words:
            if message.id and message not in left:
                problems += [f"{code}: {fault}" for fault in checking.faults(message)]
        changed, stale = refreshing.refresh_prose(code)
        for path in changed:
            typer.echo(f"{path.parent.name}/{path.name}: prose renewed.")
        for path in stale:
            typer.echo(f"{path.parent.name}/{path.name}: to be run with: neurec notebooks")
    if problems:
        raise NeurecError("\n  ".join(["what is not words must stay the same:", *problems]))
