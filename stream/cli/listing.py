"""Tables of the commands that list: what people copy stands whole, and nothing is left out at any width."""

from __future__ import annotations

from collections.abc import Collection

from rich import box
from rich.console import Console
from rich.table import Table

from stream.translation import _

# More than any row has, for files and other programs: they have no width, and a broken line cannot be searched.
UNBROKEN = 1_000_000


def listing(*columns: str, whole: Collection[str] = (), title: str | None = None) -> Table:
    """Return an empty table; the columns ``whole`` are never broken, longer text of the others goes on below itself.

    Names of columns and the title are given in English, and shown in the language of the process.
    """
    table = Table(
        title=_(title) if title else None,
        title_justify="left",
        box=box.SIMPLE_HEAD,
        padding=(0, 1, 0, 0),
        pad_edge=False,
        show_edge=False,
    )
    for name in columns:
        table.add_column(_(name), no_wrap=name in whole, overflow="fold")
    return table


def print_listing(table: Table, empty: str) -> None:
    """Print a table, or what there is to say where it has no rows; in a pipe, each row on one line."""
    console().print(table if table.row_count else _(empty))


def console() -> Console:
    """Return the standard output: as wide as the terminal, and without an end in a pipe or a file."""
    terminal = Console()
    return terminal if terminal.is_terminal else Console(width=UNBROKEN)
