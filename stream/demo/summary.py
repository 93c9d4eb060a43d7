"""What the demo says at its end: what happened, in a line for each thing, and what to do next."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from stream.demo.receiver import Received
from stream.demo.rumour import Rumour
from stream.pipeline.figures import estimate, number, short_id
from stream.view import AlertRow, Snapshot
from stream.view.snapshot import clean, ordered_alerts
from stream.view.tables import utc
from stream.view.wording import series_name

WIDTH = 78  # of a line that is indented by two in 80 columns


@dataclass(frozen=True, slots=True)
class Counts:
    """Of all that was played: records, distinct ids, documents counted, dead letters; and the seconds it took."""

    records: int
    ids: int
    counted: int
    dead_letters: int
    seconds: float


def happened(counts: Counts, rumour: Rumour | None, snapshot: Snapshot, received: Sequence[Received]) -> list[str]:
    """Return what happened, in lines that fit 80 columns where names are short."""
    lines = [
        f"Played {counts.records:,} records, counted {counts.counted:,}, dead letters {counts.dead_letters:,},"
        f" in {counts.seconds:.0f} s."
    ]
    if counts.ids != counts.records - counts.dead_letters:
        lines[0] = lines[0].replace(" records,", f" records with {counts.ids:,} distinct ids,")
    if rumour is not None:
        lines.append(str(rumour))
    return [*lines, *_alerts(snapshot.alerts), _webhooks(received)]


def webhook_note(item: Received) -> str:
    """Return a line on one webhook."""
    at = f"webhook {utc(item.at, '%H:%M:%S')}"
    if not item.verified:
        return f"{at} the signature is NOT valid: {clean(item.message_id)}"
    data = item.content["data"]
    others = data["members_total"] - 1
    with_it = f" and {others} more" if others else ""
    return f"{at} {item.type} of {clean(series_name(data['series']))}{with_it}, signature valid"


def own_command() -> str:
    """Return how the caller can call ``bellwether``: by name where the shell finds it, else by its path."""
    if shutil.which("bellwether"):
        return "bellwether"
    path = Path(sys.executable).with_name("bellwether")
    return str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else str(path)


def next_steps(command: str) -> list[str]:
    """Return what to try after the demo."""
    return _columns(
        (f"{command} demo --hold", "stays up, for your own documents"),
        (f"{command} demo --feed FILE", "your documents: JSON lines, CSV"),
        ("docs/tutorial.md", "your feed, watchlist, rules, webhook"),
    )


def next_while_it_holds(command: str, env: Path, alert: str | None) -> list[str]:
    """Return what to try in another shell while the servers are up.

    Args:
        alert: the id of an alert to look at.
    """
    mine = '{"source": "me", "text": "Castermere plunges"}'
    show = [f"{command} alerts show {short_id(alert)}"] if alert else []
    return [f". {env}", *show, f"echo '{mine}' | {command} publish"]


def _columns(*rows: tuple[str, str]) -> list[str]:
    width = max(len(left) for left, _ in rows)
    return [f"{left:{width}}  {right}" for left, right in rows]


def _alerts(rows: Sequence[AlertRow]) -> Iterator[str]:
    if not rows:
        yield "No alert fired."
    groups: dict[str, list[AlertRow]] = {}
    for row in sorted(ordered_alerts(rows), key=lambda row: row.alert.fired_at):
        groups.setdefault(row.alert.group_id or row.alert.id, []).append(row)
    for members in groups.values():
        head, *others = ordered_alerts(members)
        fired = f"{_name(head)} fired at {_clock(head.alert.fired_at)} (alert {short_id(head.alert.id)})"
        yield f"{fired}{_numbers(head)}."
        ended = [row.alert.resolved_at for row in members if row.alert.resolved_at]
        over = f"over at {_clock(max(ended))}" if len(ended) == len(members) else "still firing"
        if others:
            yield _with_it([f"{_name(row)} {_clock(row.alert.fired_at)}" for row in others], over)
        else:
            yield f"It was alone, and is {over}."


def _with_it(others: Sequence[str], over: str) -> str:
    """Return the line on the others of an event, with as many of their names as fit."""
    for shown in range(len(others), 0, -1):
        more = f" and {len(others) - shown} more" if shown < len(others) else ""
        if len(line := f"With it {', '.join(others[:shown])}{more}; all {over}.") <= WIDTH:
            break
    return line


def _name(row: AlertRow) -> str:
    return clean(series_name(row.alert.series))


def _numbers(row: AlertRow) -> str:
    if (seen := row.seen) is None:
        return ""
    counted = f"{number(seen.negatives)} of {number(seen.documents)} negative"
    return f": {counted}, {estimate(seen.expected_negatives)} expected"


def _clock(moment: datetime) -> str:
    return utc(moment, "%H:%M")


def _webhooks(received: Sequence[Received]) -> str:
    if not received:
        return "Webhooks received: none."
    valid = sum(item.verified for item in received)
    signed = "signatures valid" if valid == len(received) else f"{valid} of {len(received)} signatures valid"
    return f"Webhooks: {', '.join(item.type or 'one not valid' for item in received)}; {signed}."
