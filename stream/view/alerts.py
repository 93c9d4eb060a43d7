"""The alerts on the screen: a table, and below it the headlines that prove the first one that fires."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from rich.table import Table
from rich.text import Text

from stream.pipeline.figures import SHORT_ID, estimate, number, short_id
from stream.pipeline.notify.wording import severity_words, state_words
from stream.translation import N_, _
from stream.view.fitting import fitting
from stream.view.snapshot import AlertRow, ReceiverRow, clean
from stream.view.tables import (
    FIRES,
    PLAIN,
    QUIET,
    ROOMY_FROM,
    TROUBLE,
    UNKNOWN,
    fixed_table,
    line_of,
    name_cell,
    utc,
)
from stream.view.wording import headline, series_name

# "Company | Product News" is whole in the one, all topics of the classifier in the other.
NAME, ROOMY_NAME = 22, 34


def alert_table(rows: Sequence[AlertRow], width: int, now: datetime | None) -> Table:
    """Return the table of ``rows``; of a time on the day of ``now``, event time, only the clock is shown."""
    roomy = width >= ROOMY_FROM
    columns = {N_("Alerts"): 14 if roomy else 8, N_("id"): SHORT_ID, N_("series"): ROOMY_NAME if roomy else NAME}
    columns |= {N_("fired"): 11 if roomy else 5, N_("seen"): 5, N_("exp."): 5, N_("score"): 5}
    notified = max(8, width - sum(columns.values()) - len(columns))
    table = fixed_table({**columns, N_("notified"): notified})
    for row in rows:
        cells = [*_what(row, roomy), _when(row, roomy, now), *_counted(row), _notified(row.receivers, notified)]
        table.add_row(*cells, style=FIRES if row.firing else PLAIN)
    if not rows:
        table.add_row(Text(_("none")), style=QUIET)
    return table


def proof(rows: Sequence[AlertRow], width: int, most: int) -> list[Text]:
    """Return why the first of ``rows`` that fires does: its numbers, and up to ``most`` of its headlines."""
    row = next((row for row in rows if row.firing and row.evidence), None)
    if row is None:
        return []
    grounds = [
        _(", ").join((clean(series_name(row.alert.series)), severity_words(row.alert.severity, row.alert.level)))
    ]
    if (seen := row.seen) is not None:
        grounds[0] += _(": {negatives} of {documents} stories negative in {minutes} min").format(
            negatives=number(seen.negatives), documents=number(seen.documents), minutes=seen.window
        )
        grounds += [_("{expected} expected").format(expected=estimate(seen.expected_negatives))]
        grounds += [_("fires at score {score}").format(score=estimate(seen.threshold))]
    lines = [line_of(f"  {fitting(grounds, width - 2)}", PLAIN)]
    for item in row.evidence[:most]:
        text = fitting([f'"{clean(headline(item.shown))}"', clean(item.source)], width - 4)
        lines.append(line_of(f"    {text}", PLAIN))
    return lines


def _what(row: AlertRow, roomy: bool) -> list[Text]:
    ended = row.alert.resolved_at
    state = state_words("firing" if row.firing else "resolved")
    if ended and roomy and not row.firing:
        # The day that it fired stands beside it; there is no room for another one and the clock.
        same_day = utc(ended, "%F") == utc(row.alert.fired_at, "%F")
        state = _("resolved {time}").format(time=utc(ended, "%H:%M" if same_day else "%m-%d"))
    name = name_cell(row.alert.series)
    return [Text(state), Text(short_id(row.alert.id)), name if row.alert.heads else Text("+ ") + name]


def _when(row: AlertRow, roomy: bool, now: datetime | None) -> Text:
    fired = row.alert.fired_at
    if roomy:
        return Text(utc(fired, "%m-%d %H:%M"))
    same_day = now is not None and utc(now, "%F") == utc(fired, "%F")
    return Text(utc(fired, "%H:%M" if same_day else "%m-%d"))


def _counted(row: AlertRow) -> list[Text]:
    if (seen := row.seen) is None:
        return [Text(UNKNOWN)] * 3
    return [Text(number(seen.negatives)), Text(estimate(seen.expected_negatives)), Text(estimate(seen.score))]


def _notified(receivers: Sequence[ReceiverRow], width: int) -> Text:
    if not receivers:
        return Text(_("nobody"), QUIET)
    # "not" keeps the row's red off words that are no alarm.
    parts = [Text(_receiver(state), TROUBLE if state.error else "not bold default") for state in receivers]
    cell = Text(", ", "not bold default").join(parts)
    if cell.cell_len > width and len(parts) > 1:
        # Those in trouble come first, and of the others the one with the fewest signs left; a number tells of the rest.
        cell = parts[0] + Text(f" +{len(parts) - 1}", "not bold default")
    return cell


def _receiver(state: ReceiverRow) -> str:
    if not state.total:
        return _("{receiver} not sent").format(receiver=clean(state.receiver))
    words = f"{clean(state.receiver)} {state.delivered}/{state.total}"
    if state.error:
        told = _("{receiver} failing: {error}") if state.next_at else _("{receiver} given up: {error}")
        return told.format(receiver=words, error=clean(state.error))
    return words if state.delivered == state.total else _("{receiver} waiting").format(receiver=words)
