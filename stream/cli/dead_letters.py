"""``bellwether dead-letters``: what could not be read, and the way back for what has been repaired."""

from __future__ import annotations

from typing import Annotated

import typer

app = typer.Typer(no_args_is_help=True, help="What could not be read, with the reason.")


@app.command("list")
def list_(
    json: Annotated[bool, typer.Option("--json", help="JSON lines, as `replay` reads them.")] = False,
    limit: Annotated[int, typer.Option(min=1, help="How many, the latest ones.")] = 1000,
) -> None:
    """List dead letters: reason, where the record stood, and its text."""
    from stream.cli.work.dead_letters import print_letters

    print_letters(limit, json)


@app.command()
def replay(
    file: Annotated[
        str | None, typer.Argument(help="Lines of `list --json`, 'text' repaired; - is standard input.")
    ] = None,
) -> None:
    """Publish dead letters again, to the topics they came from: those of FILE, or all that can be read by now.

    What still cannot be read, or was too large to be kept whole, is refused with its reason, and the exit code is then
    1. A document that was counted already is not counted again.
    """
    from stream.cli.work.dead_letters import publish_again

    if publish_again(file):
        raise typer.Exit(1)
