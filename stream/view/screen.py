"""The live view in a terminal, 80 columns by 24 lines or more.

Red is an alert that fires, or that no alert could be seen; and nothing else.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.table import Table
from rich.text import Text

from stream.pipeline.figures import number
from stream.translation import _
from stream.view.alerts import alert_table, proof
from stream.view.fitting import broken, fitting
from stream.view.series import series_table
from stream.view.snapshot import SeriesRow, Snapshot, clean, ordered, ordered_alerts
from stream.view.tables import FIRES, PLAIN, QUIET, TROUBLE, UNKNOWN, line_of, utc

# Lines that always stand: two of heading, two blank, two of column names, one that explains.
FIXED, LEAST_ALERTS, LEAST_SERIES = 7, 3, 4
MOST_PROBLEMS, MOST_LINES = 5, 8
# Headlines on a screen of so many lines or more, and on a lower one.
HIGH, HEADLINES, FEW_HEADLINES = 32, 5, 3


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
        high = options.max_height - self.reserve
        why = proof(alerts, width, HEADLINES if high >= HIGH else FEW_HEADLINES)
        rooms = _rooms(max(0, high - FIXED - len(told)), len(alerts), len(why), len(series))
        yield _heading(self.snapshot, self.title, width)
        yield from told
        yield Text()
        yield alert_table(alerts[: rooms.alerts], width, self.snapshot.watermark)
        yield from why[: rooms.proof]
        yield Text()
        yield series_table(series, rooms.series, width)
        yield line_of(_explanation(series, width), QUIET)


class _Rooms(NamedTuple):
    """Lines for each part of the screen."""

    alerts: int
    proof: int
    series: int


def _rooms(room: int, alerts: int, proven: int, series: int) -> _Rooms:
    """Share ``room`` lines: three alerts are seen first, then the proof, then four series; the rest is for series."""
    for_alerts = min(max(1, alerts), max(min(LEAST_ALERTS, room // 2), room - max(1, series) - proven))
    left = room - for_alerts
    for_proof = max(0, min(proven, left - min(max(1, series), LEAST_SERIES)))
    if for_proof < 2:  # a line of numbers without a headline proves nothing
        for_proof = 0
    return _Rooms(for_alerts, for_proof, left - for_proof)


def _heading(now: Snapshot, title: str, width: int) -> Group:
    verdict = _verdict(now)
    return Group(
        _pair(Text(clean(title), "bold"), Text(f"{utc(now.now, '%Y-%m-%d %H:%M:%S')} UTC")),
        _pair(Text(fitting(_standing(now), width - 1 - verdict.cell_len)), verdict),
    )


def _standing(now: Snapshot) -> list[str]:
    """Return how things stand, in parts, the one that matters most first."""
    until = utc(now.watermark, "%Y-%m-%d %H:%M") if now.watermark else _("unknown, no minute is decided on yet")
    documents, lag = (UNKNOWN if count is None else f"{count:,}" for count in (now.documents, now.lag))
    pace = UNKNOWN if now.rate is None else number(now.rate)
    return [
        _("event time {time}").format(time=until),
        _("lag {lag}").format(lag=lag),
        _("{documents} documents").format(documents=documents),
        _("{pace}/s").format(pace=pace),
    ]


def _verdict(now: Snapshot) -> Text:
    """Say whether anything fires, but only where that can be known."""
    firing = sum(row.firing for row in now.alerts)
    if now.problems:
        return Text(_("{firing} firing, cannot see").format(firing=firing) if firing else _("cannot see"), FIRES)
    if firing:
        return Text(_("{firing} firing").format(firing=firing), FIRES)
    return Text(_("nothing fires") if now.watermark else _("nothing decided yet"), PLAIN)


def _problems(problems: Sequence[str], width: int) -> list[Text]:
    shown = problems if len(problems) <= MOST_PROBLEMS else problems[: MOST_PROBLEMS - 1]
    # Where there are several, each has less room: the series below are to be seen, too.
    most = MOST_LINES // max(2, len(shown))
    cannot = [_("cannot see: {problem}").format(problem=clean(one)) for one in shown]
    told = [line for one in cannot for line in _lines(one, FIRES, width, most)]
    if hidden := len(problems) - len(shown):
        told.append(line_of(_("cannot see: and {hidden} more").format(hidden=hidden), FIRES))
    return told


def _notes(now: Snapshot, width: int) -> list[Text]:
    told = [line for note in now.notes for line in _lines(f"! {clean(note)}", TROUBLE, width, MOST_LINES // 2)]
    lost = []
    if now.late:
        words = _("{documents} came too late to count in these 12 hours")
        lost.append(words.format(documents=_documents(now.late)))
    if now.late_before:
        words = _("{count} before") if now.late else _("{documents} of before came too late")
        lost.append(words.format(count=f"{now.late_before:,}", documents=_documents(now.late_before)))
    if now.unread:
        named = ", ".join(f"{language} {count:,}" for language, count in list(now.unread.items())[:3])
        words = _("{count} not read, in another language ({languages})")
        lost.append(words.format(count=f"{sum(now.unread.values()):,}", languages=clean(named)))
    if now.dead_letters:
        words = _("{count} dead letter") if now.dead_letters == 1 else _("{count} dead letters")
        lost.append(words.format(count=f"{now.dead_letters:,}"))
    return [*told, line_of(f"! {', '.join(lost)}", TROUBLE)] if lost else told


def _documents(count: int) -> str:
    return (_("{documents} document") if count == 1 else _("{documents} documents")).format(documents=f"{count:,}")


def _pair(left: Text, right: Text) -> Table:
    grid = Table.grid(expand=True, padding=(0, 1))
    grid.add_column(no_wrap=True, overflow="ellipsis", ratio=1)
    grid.add_column(no_wrap=True, justify="right")
    grid.add_row(left, right)
    return grid


def _explanation(rows: Sequence[SeriesRow], width: int) -> str:
    windows = (_("{minutes} min").format(minutes=row.seen.window) for row in rows if row.seen)
    window = next(windows, None) or _("its window")
    counted = _("seen, exp.: negative stories in {window}").format(window=window)
    return fitting([_("stories: copies count once"), counted, _("all up to event time, UTC")], width)


def _lines(text: str, style: str, width: int, most: int) -> list[Text]:
    return [line_of(line, style) for line in broken(text, width, most)]
