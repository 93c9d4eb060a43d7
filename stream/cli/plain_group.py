"""Arguments that a command does not take: typer has pydantic read them, and would tell in its words what is wrong."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, cast

import typer
from typer.core import TyperGroup

from stream.cli.said import in_own_language
from stream.plain_values import plain
from stream.translation import _

# typer has its own click from some release on, and names no path to it.
ClickException = cast(type[Exception], typer.BadParameter.__mro__[2])


class PlainGroup(TyperGroup):
    """All commands: what is wrong with a command, an option or an argument is told in plain words."""

    def make_context(self, *args: Any, **options: Any) -> Any:
        """Read what stands before a command."""
        with _plain_words():
            return super().make_context(*args, **options)

    def invoke(self, ctx: Any) -> Any:
        """Run the command that was asked for."""
        with _plain_words():
            return super().invoke(ctx)


@contextmanager
def _plain_words() -> Iterator[None]:
    try:
        yield
    except ClickException as error:
        _tell_plainly(error)
        raise


def _tell_plainly(error: Any) -> None:
    """Have an error of typer told in plain words, in the language of the process."""
    if isinstance(error, typer.BadParameter):
        error.message = plain(error.message)
    if type(error).__name__ == "NoArgsIsHelpError":  # it shows the help
        return
    from typer import rich_utils  # here, since it takes long to import

    said = in_own_language(error.format_message())
    error.format_message = lambda: said
    # What it writes around the message stands in constants.
    rich_utils.ERRORS_PANEL_TITLE = _("Error")
    rich_utils.RICH_HELP = _("Try [blue]'{command_path} {help_option}'[/] for help.")
