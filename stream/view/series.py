"""The series on the screen, the most unusual first."""

from __future__ import annotations

from collections.abc import Sequence

from rich.table import Table
from rich.text import Text

from stream.pipeline.figures import estimate, number
from stream.pipeline.notify.wording import state_words
from stream.pipeline.rules import Reason
from stream.translation import N_, _
from stream.view.snapshot import CELLS, OPEN, SeriesRow, sparkline
from stream.view.tables import FIRES, PLAIN, QUIET, ROOMY_FROM, UNKNOWN, fixed_table, name_cell

STYLES: dict[Reason | None, str] = {
    Reason.FIRING: FIRES,
    Reason.KEEP_FIRING: FIRES,
    Reason.TOO_FEW: QUIET,
    Reason.WARMING_UP: QUIET,
    None: QUIET,
}
SPARK_FROM = 92  # columns of a terminal from which the bars have room
NAME = 34  # columns for a series at most


def series_table(rows: Sequence[SeriesRow], room: int, width: int) -> Table:
    """Return the table of the first of ``rows``, in ``room`` lines; the last says how many are not shown."""
    spark = width >= SPARK_FROM
    numbers = {N_("stories/h"): 9, N_("docs/h"): 7, N_("neg."): 4, N_("negatives, last 12 hours"): CELLS}
    numbers |= {N_("seen"): 5, N_("exp."): 5}
    if not spark:
        del numbers["negatives, last 12 hours"]
    # "accepted as normal" is rare, and would take the names' room on a narrow terminal.
    state = 18 if width >= ROOMY_FROM else 11
    names = width - sum(numbers.values()) - state - len(numbers) - 1
    table = fixed_table({N_("Series"): max(8, min(NAME, names)), **numbers, N_("state"): state})
    shown = rows if len(rows) <= room else rows[: max(0, room - 1)]
    for row in shown:
        table.add_row(*_cells(row, spark), style=STYLES.get(row.state, PLAIN))
    if hidden := rows[len(shown) :]:
        opened = sum(row.state in OPEN for row in hidden)
        words = _("and {hidden} more, {opened} open").format(hidden=len(hidden), opened=opened or _("none"))
        table.add_row(Text(words), style=QUIET)
    elif not rows:
        table.add_row(Text(_("none yet")), style=QUIET)
    return table


def _cells(row: SeriesRow, spark: bool) -> list[Text]:
    seen, share = row.seen, row.negative_share
    cells = [
        name_cell(row.series),
        Text(f"{row.independent:,.0f}"),
        Text(f"{row.documents:,}"),
        Text(UNKNOWN if share is None else f"{share:.0%}"),
        Text(sparkline(row.cells)),
        Text(number(seen.negatives) if seen else UNKNOWN),
        Text(estimate(seen.expected_negatives) if seen else UNKNOWN),
        Text(state_words(row.state) if row.state else _("undecided")),
    ]
    return cells if spark else cells[:4] + cells[5:]
