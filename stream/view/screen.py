"""The live view in a terminal, 80 columns by 24 lines or more.

Red is an alert that fires, or that no alert could be seen; and nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.table import Table
from rich.text import Text

from stream.pipeline.rules import Reason
from stream.pipeline.windows.contribution import TOPIC
from stream.view.fitting import broken, fitting
from stream.view.snapshot import (
    CELLS,
    OPEN,
    AlertRow,
    ReceiverState,
    SeriesRow,
    Snapshot,
    clean,
    ordered,
    ordered_alerts,
    sparkline,
)

FIRES, QUIET, TROUBLE, PLAIN = "bold red", "dim", "bold yellow", ""
STYLES: dict[Reason | None, str] = {
    Reason.FIRING: FIRES,
    Reason.KEEP_FIRING: FIRES,
    Reason.TOO_FEW: QUIET,
    Reason.WARMING_UP: QUIET,
    None: QUIET,
}
UNKNOWN = "–"
# Lines that always stand: two of heading, two blank, two of column names, one that explains.
FIXED, LEAST_ALERTS = 7, 3
MOST_PROBLEMS, MOST_LINES = 5, 8
SPARK_FROM, ROOMY_FROM = 92, 120
NAME = 34  # columns for a series at most
NUMBERS = frozenset({"stories/h", "docs/h", "neg.", "seen", "exp.", "score"})


def render(snapshot: Snapshot, title: str, reserve: int = 0) -> RenderableType:
    """Return the view. It fits itself into the console's size, less ``reserve`` lines that others need.

    Where not all series fit, those with an open alert are shown first and a line says how many are not.
    """
    return _Screen(snapshot, title, reserve)


@dataclass(frozen=True, slots=True)
class _Screen:
    snapshot: Snapshot
    title: str
    reserve: int

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Yield the parts, in as many lines as there are."""
        series, alerts = ordered(self.snapshot.series), ordered_alerts(self.snapshot.alerts)
        width = options.max_width
        told = [*_problems(self.snapshot.problems, width), *_notes(self.snapshot, width)]
        room = max(0, options.max_height - self.reserve - FIXED - len(told))
        for_alerts = max(min(LEAST_ALERTS, room // 2), room - max(1, len(series)))
        yield _heading(self.snapshot, self.title, width)
        yield from told
        yield Text()
        yield _series_table(series, room - min(for_alerts, max(1, len(alerts))), width)
        yield Text()
        yield _alert_table(alerts, for_alerts, width)
        yield _line(_explanation(series, width), QUIET)


def _heading(now: Snapshot, title: str, width: int) -> Group:
    verdict = _verdict(now)
    return Group(
        _pair(Text(clean(title), "bold"), Text(f"{_utc(now.now, '%Y-%m-%d %H:%M:%S')} UTC")),
        _pair(Text(fitting(_standing(now), width - 1 - verdict.cell_len)), verdict),
    )


def _standing(now: Snapshot) -> list[str]:
    """Return how things stand, in parts, the one that matters most first."""
    until = f"{_utc(now.watermark, '%Y-%m-%d %H:%M')} UTC" if now.watermark else "unknown, no minute is decided on yet"
    pace = UNKNOWN if now.rate is None else _number(now.rate)
    documents, lag = (UNKNOWN if count is None else f"{count:,}" for count in (now.documents, now.lag))
    return [f"event time {until}", f"lag {lag}", f"{pace} documents/s", f"{documents} documents"]


def _verdict(now: Snapshot) -> Text:
    """Say whether anything fires, but only where that can be known."""
    firing = sum(row.firing for row in now.alerts)
    if now.problems:
        return Text(f"{firing} firing, cannot see" if firing else "cannot see", FIRES)
    if firing:
        return Text(f"{firing} firing", FIRES)
    return Text("nothing fires" if now.watermark else "nothing decided yet", PLAIN)


def _problems(problems: Sequence[str], width: int) -> list[Text]:
    shown = problems if len(problems) <= MOST_PROBLEMS else problems[: MOST_PROBLEMS - 1]
    # Where there are several, each has less room: the series below are to be seen, too.
    most = MOST_LINES // max(2, len(shown))
    told = [line for one in shown for line in _lines(f"cannot see: {clean(one)}", FIRES, width, most)]
    if hidden := len(problems) - len(shown):
        told.append(_line(f"cannot see: and {hidden} more", FIRES))
    return told


def _notes(now: Snapshot, width: int) -> list[Text]:
    told = [line for note in now.notes for line in _lines(f"! {clean(note)}", TROUBLE, width, MOST_LINES // 2)]
    lost = []
    if now.late:
        lost.append(f"{now.late:,} document{'' if now.late == 1 else 's'} came too late to count in these 12 hours")
    if now.dead_letters:
        lost.append(f"{now.dead_letters:,} dead letter{'' if now.dead_letters == 1 else 's'}")
    return [*told, _line(f"! {', '.join(lost)}", TROUBLE)] if lost else told


def _pair(left: Text, right: Text) -> Table:
    grid = Table.grid(expand=True, padding=(0, 1))
    grid.add_column(no_wrap=True, overflow="ellipsis", ratio=1)
    grid.add_column(no_wrap=True, justify="right")
    grid.add_row(left, right)
    return grid


def _series_table(rows: Sequence[SeriesRow], room: int, width: int) -> Table:
    spark = width >= SPARK_FROM
    numbers = {"stories/h": 9, "docs/h": 7, "neg.": 4, "negatives, last 12 hours": CELLS, "seen": 5, "exp.": 5}
    if not spark:
        del numbers["negatives, last 12 hours"]
    # "accepted as normal" is rare, and would take the names' room on a narrow terminal.
    state = 18 if width >= ROOMY_FROM else 11
    names = width - sum(numbers.values()) - state - len(numbers) - 1
    table = _table({"Series": max(8, min(NAME, names)), **numbers, "state": state})
    shown = rows if len(rows) <= room else rows[: max(0, room - 1)]
    for row in shown:
        table.add_row(*_series_cells(row, spark), style=STYLES.get(row.state, PLAIN))
    if hidden := rows[len(shown) :]:
        opened = sum(row.state in OPEN for row in hidden)
        table.add_row(Text(f"and {len(hidden)} more, {opened or 'none'} open"), style=QUIET)
    elif not rows:
        table.add_row(Text("none yet"), style=QUIET)
    return table


def _series_cells(row: SeriesRow, spark: bool) -> list[Text]:
    seen, share = row.seen, row.negative_share
    cells = [
        _name(row.series),
        Text(f"{row.independent:,.0f}"),
        Text(f"{row.documents:,}"),
        Text(UNKNOWN if share is None else f"{share:.0%}"),
        Text(sparkline(row.cells)),
        Text(f"{seen.negatives:,.0f}" if seen else UNKNOWN),
        Text(_number(seen.expected_negatives) if seen else UNKNOWN),
        Text(row.state or "undecided"),
    ]
    return cells if spark else cells[:4] + cells[5:]


def _alert_table(rows: Sequence[AlertRow], room: int, width: int) -> Table:
    columns = {"Alerts": 14, "series": NAME if width >= ROOMY_FROM else 23, "fired (UTC)": 11}
    columns |= {"seen": 5, "exp.": 5, "score": 5}
    table = _table({**columns, "notified": max(8, width - sum(columns.values()) - len(columns))})
    for row in rows[:room]:
        table.add_row(*_alert_cells(row), style=FIRES if row.firing else PLAIN)
    if not rows:
        table.add_row(Text("none"), style=QUIET)
    return table


def _alert_cells(row: AlertRow) -> list[Text]:
    seen, ended = row.seen, row.alert.resolved_at
    return [
        Text("firing" if row.firing else f"resolved {_utc(ended, '%H:%M')}" if ended else "resolved"),
        _name(row.alert.series),
        Text(_utc(row.alert.fired_at, "%m-%d %H:%M")),
        Text(f"{seen.negatives:,.0f}" if seen else UNKNOWN),
        Text(_number(seen.expected_negatives) if seen else UNKNOWN),
        Text(_number(seen.score) if seen else UNKNOWN),
        _notified(row.receivers),
    ]


def _notified(receivers: Sequence[ReceiverState]) -> Text:
    if not receivers:
        return Text("nobody", QUIET)
    # "not" keeps the row's red off words that are no alarm.
    parts = [Text(_receiver(state), TROUBLE if state.error else "not bold default") for state in receivers]
    return Text(", ", "not bold default").join(parts)


def _receiver(state: ReceiverState) -> str:
    words = f"{clean(state.receiver)} {state.delivered}/{state.total}"
    if state.error:
        return f"{words} {'failing' if state.next_at else 'given up'}: {clean(state.error)}"
    return words if state.delivered == state.total else f"{words} waiting"


def _explanation(rows: Sequence[SeriesRow], width: int) -> str:
    window = next((f"{row.seen.window} min" for row in rows if row.seen), "its window")
    parts = "stories: copies count once", f"seen, exp.: negative stories in {window}", "all up to event time, UTC"
    return fitting(parts, width)


def _name(series: str) -> Text:
    # Most series are topics of the classifier; the word would only take their names' room.
    return Text(clean(series.removeprefix(TOPIC)))


def _line(text: str, style: str) -> Text:
    return Text(text, style, no_wrap=True, overflow="ellipsis")


def _lines(text: str, style: str, width: int, most: int) -> list[Text]:
    return [_line(line, style) for line in broken(text, width, most)]


def _table(widths: Mapping[str, int]) -> Table:
    # All widths are given, so that no column moves when a number gets a digit more.
    table = Table(box=None, padding=(0, 1, 0, 0), pad_edge=False, header_style="bold")
    for name, width in widths.items():
        table.add_column(
            name, justify="right" if name in NUMBERS else "left", width=width, no_wrap=True, overflow="ellipsis"
        )
    return table


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}"


def _utc(moment: datetime, pattern: str) -> str:
    return f"{moment.astimezone(UTC):{pattern}}"
