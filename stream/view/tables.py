"""Parts of the screen that both tables share: columns that stand still, styles, cells."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from rich.table import Table
from rich.text import Text

from stream.translation import _
from stream.view.snapshot import clean
from stream.view.wording import series_name

FIRES, QUIET, TROUBLE, PLAIN = "bold red", "dim", "bold yellow", ""
UNKNOWN = "–"
ROOMY_FROM = 120  # columns of a terminal from which names and states have all their room
NUMBERS = frozenset({"stories/h", "docs/h", "neg.", "seen", "exp.", "score"})


def fixed_table(widths: Mapping[str, int]) -> Table:
    """Return an empty table. All widths are given, so that no column moves when a number gets a digit more."""
    table = Table(box=None, padding=(0, 1, 0, 0), pad_edge=False, header_style="bold")
    for name, width in widths.items():
        table.add_column(
            _(name), justify="right" if name in NUMBERS else "left", width=width, no_wrap=True, overflow="ellipsis"
        )
    return table


def name_cell(series: str) -> Text:
    """Return a series' name as a cell."""
    return Text(clean(series_name(series)))


def line_of(text: str, style: str) -> Text:
    """Return one line; what does not fit ends in an ellipsis."""
    return Text(text, style, no_wrap=True, overflow="ellipsis")


def utc(moment: datetime, pattern: str) -> str:
    """Return a moment in UTC."""
    return f"{moment.astimezone(UTC):{pattern}}"
