"""``bellwether watchlist``: check a list before it is used, and see what it finds in a text."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from stream.cli.listing import console, listing

app = typer.Typer(no_args_is_help=True, help="What the desk watches.")
File = Annotated[Path, typer.Argument(help="YAML or CSV.")]


@app.command()
def check(file: File) -> None:
    """Read a list and count what is in it; a wrong one gives its line and the reason, and exit code 2."""
    from stream.adapters.files.watchlist import read_watchlist

    entries = read_watchlist(file).entries.values()
    groups = {entry.group for entry in entries if entry.group}
    words = sum(1 + len(entry.aliases) + len(entry.tickers) for entry in entries)
    typer.echo(f"{file}: {len(entries)} entries in {len(groups)} groups, {words} names, aliases and tickers")


@app.command()
def test(file: File, text: Annotated[str, typer.Argument(help="A headline, say.")]) -> None:
    """Show what a list finds in a text, and by which rule. Exit code 1 when it finds nothing."""
    from stream.adapters.files.watchlist import read_watchlist

    watchlist = read_watchlist(file)
    matches = watchlist.find(text)
    if not matches:
        typer.echo("no entry is named")
        raise typer.Exit(1)
    table = listing("entry", "group", "words", "rule")
    for match in matches:
        cells = match.entry, watchlist.entries[match.entry].group, match.words, match.how
        table.add_row(*map(Text, cells))
    console().print(table)
