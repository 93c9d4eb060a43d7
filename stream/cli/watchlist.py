"""``bellwether watchlist``: check a list before it is used, and see what it finds in a text."""

from __future__ import annotations

from enum import StrEnum
from itertools import chain, islice
from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from stream.cli.listing import console, listing
from stream.translation import N_, _

app = typer.Typer(no_args_is_help=True, help="What the desk watches.")
WARNINGS = 20  # that are shown; a long list of names that are words has hundreds
RULES = N_("name"), N_("ticker"), N_("cashtag"), N_("ticker with exchange")  # by which a name is found
File = Annotated[Path, typer.Argument(help="YAML, CSV or TSV.")]


class ReadyList(StrEnum):
    """A list that comes with the package."""

    SP500 = "sp500"
    CRYPTO = "crypto"
    BANKS = "banks"


@app.command()
def check(file: File) -> None:
    """Read a list and count what is in it; a wrong one gives its line and the reason, and exit code 2.

    Names that are common words and short tickers are told, since they may be found where another thing is meant; and
    names that are never found, or that two entries have.
    """
    from stream.adapters.files.ready_lists import common_words
    from stream.adapters.files.watchlist import read_watchlist
    from stream.pipeline.documents.ambiguity import shared_groups, shared_names, warnings_of

    entries = list(read_watchlist(file).entries.values())
    groups = {entry.group for entry in entries if entry.group}
    words = sum(1 + len(entry.aliases) + len(entry.tickers) for entry in entries)
    counted = _("{file}: {entries} entries in {groups} groups, {names} names, aliases and tickers")
    typer.echo(counted.format(file=file, entries=len(entries), groups=len(groups), names=words))
    of_each = ((entry.name, warning) for entry in entries for warning in warnings_of(entry, common_words()))
    warnings = chain(shared_groups(entries), shared_names(entries), of_each)
    for name, warning in islice(warnings, WARNINGS):
        typer.echo(_("{name}: {warning}").format(name=name, warning=warning))
    if more := sum(1 for _ in warnings):
        typer.echo(_("and {more} more like these").format(more=more))


@app.command()
def init(
    name: Annotated[ReadyList, typer.Argument(help="Which list to start from.")],
    file: Annotated[Path | None, typer.Argument(help="Where it is written; without it, NAME.yaml here.")] = None,
) -> None:
    """Write a list to start from: names, aliases, tickers and groups. A file that is there is left as it is."""
    from stream.adapters.files.new_file import write_new
    from stream.adapters.files.ready_lists import ready_entries, ready_list

    path = file or Path(f"{name}.yaml")
    write_new(path, ready_list(name))
    said = _("{file}: {count} entries. Check them, they were typed in by hand in November 2026.")
    typer.echo(said.format(file=path, count=len(ready_entries(name))))


@app.command()
def test(file: File, text: Annotated[str, typer.Argument(help="A headline, say.")]) -> None:
    """Show what a list finds in a text, and by which rule. Exit code 1 when it finds nothing."""
    from stream.adapters.files.watchlist import read_watchlist

    watchlist = read_watchlist(file)
    matches = watchlist.find(text)
    if not matches:
        typer.echo(_("no entry is named"))
        raise typer.Exit(1)
    table = listing(N_("entry"), N_("group"), N_("words"), N_("rule"))
    for match in matches:
        cells = match.entry, watchlist.entries[match.entry].group, match.words, _(match.how)
        table.add_row(*map(Text, cells))
    console().print(table)
