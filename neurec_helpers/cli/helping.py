"""`--help` in the reader's language: its words are those of docstrings and options."""

from typer import rich_utils
from typer.core import TyperCommand, TyperGroup

from neurec_helpers.language import mark, tr

# What Typer itself says there.
TYPERS = (mark("Show this message and exit."),)


class Translated:
    """A command whose help is put into the reader's language when it is asked for."""

    def format_help(self, ctx, formatter):
        """Write it."""
        rich_utils.ARGUMENTS_PANEL_TITLE = tr("Arguments")
        rich_utils.OPTIONS_PANEL_TITLE = tr("Options")
        rich_utils.COMMANDS_PANEL_TITLE = tr("Commands")
        for command in (self, *getattr(self, "commands", {}).values()):
            command.help = tr(command.help or "")
            command.rich_help_panel = tr(command.rich_help_panel or "") or None
        super().format_help(ctx, formatter)

    def get_params(self, ctx):
        """Its options, `--help` among them."""
        parameters = super().get_params(ctx)
        for each in parameters:
            each.help = tr(getattr(each, "help", None) or "")
        return parameters


class Command(Translated, TyperCommand):
    """One command."""


class Group(Translated, TyperGroup):
    """Commands under one name."""
