"""Tables of the commands that list: what people copy stands whole, and nothing is left out at any width."""

from __future__ import annotations

from collections.abc import Collection

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from stream.console import plain_console
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


def print_listing(table: Table, empty: str, *, sentences: bool = False) -> None:
    """Print a table, or what there is to say where it has no rows; in a pipe, each row on one line.

    Args:
        sentences: the last column has sentences, which cannot be read in the little room that a terminal leaves them:
            there they follow the table, each behind what stands in the first column.
    """
    out = console()
    if not table.row_count:
        out.print(_(empty))
        return
    last = table.columns.pop() if sentences and out.is_terminal else None
    out.print(table)
    for name, cell in zip(table.columns[0].cells, last.cells if last else (), strict=False):
        if str(cell):
            out.print(Text(f"{name}: {cell}"))


def console() -> Console:
    """Return the standard output: as wide as the terminal, and without an end in a pipe or a file."""
    terminal = plain_console()
    return terminal if terminal.is_terminal else plain_console(width=UNBROKEN)
