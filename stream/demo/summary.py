"""What the demo says at its end: what happened, in a line for each thing, and what to do next."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from rich.cells import cell_len

from stream.demo.receiver import Received
from stream.demo.rumour import Rumour
from stream.pipeline.figures import estimate, number, short_id
from stream.translation import _, chosen_language
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
    told = [] if rumour is None else [str(rumour)]
    return [_played(counts), *told, *_alerts(snapshot.alerts), _webhooks(received)]


def webhook_note(item: Received) -> str:
    """Return a line on one webhook."""
    at = f"webhook {utc(item.at, '%H:%M:%S')}"
    if not item.verified:
        return _("{webhook} the signature is NOT valid: {id}").format(webhook=at, id=clean(item.message_id))
    data = item.content["data"]
    others = data["members_total"] - 1
    with_it = _(" and {others} more").format(others=others) if others else ""
    series = clean(series_name(data["series"])) + with_it
    return _("{webhook} {type} of {series}, signature valid").format(webhook=at, type=item.type, series=series)


def own_command() -> str:
    """Return how the caller can call ``bellwether``: by name where the shell finds it, else by its path."""
    if shutil.which("bellwether"):
        return "bellwether"
    path = Path(sys.executable).with_name("bellwether")
    return str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else str(path)


def next_steps(command: str) -> list[str]:
    """Return what to try after the demo."""
    demo = f"{command} demo" + ("" if chosen_language() == "en" else f" --language {chosen_language()}")
    return _columns(
        (f"{demo} --hold", _("stays up, for your own documents")),
        (f"{demo} --feed FILE", _("your documents: JSON lines, CSV")),
        (_("docs/tutorial.md"), _("your feed, watchlist, rules, webhook")),
    )


def next_while_it_holds(command: str, env: Path, alert: str | None) -> list[str]:
    """Return what to try in another shell while the servers are up.

    Args:
        alert: the id of an alert to look at.
    """
    text = _("Castermere plunges")
    mine = f'{{"source": "me", "text": "{text}"}}'
    show = [f"{command} alerts show {short_id(alert)}"] if alert else []
    return [f". {env}", *show, f"echo '{mine}' | {command} publish"]


def _columns(*rows: tuple[str, str]) -> list[str]:
    width = max(len(left) for left, _ in rows)
    return [f"{left:{width}}  {right}" for left, right in rows]


def _played(counts: Counts) -> str:
    distinct = counts.ids == counts.records - counts.dead_letters
    words = (
        _("Played {records} records, counted {counted}, dead letters {dead}, in {seconds} s.")
        if distinct
        else _(
            "Played {records} records with {ids} distinct ids, counted {counted}, dead letters {dead}, in {seconds} s."
        )
    )
    return words.format(
        records=f"{counts.records:,}",
        ids=f"{counts.ids:,}",
        counted=f"{counts.counted:,}",
        dead=f"{counts.dead_letters:,}",
        seconds=f"{counts.seconds:.0f}",
    )


def _alerts(rows: Sequence[AlertRow]) -> Iterator[str]:
    if not rows:
        yield _("No alert fired.")
    groups: dict[str, list[AlertRow]] = {}
    for row in sorted(ordered_alerts(rows), key=lambda row: row.alert.fired_at):
        groups.setdefault(row.alert.group_id or row.alert.id, []).append(row)
    for members in groups.values():
        head, *others = ordered_alerts(members)
        fired, alert = _clock(head.alert.fired_at), short_id(head.alert.id)
        words = _("{series} fired at {time} (alert {alert}){numbers}.")
        yield words.format(series=_name(head), time=fired, alert=alert, numbers=_numbers(head))
        ended = [row.alert.resolved_at for row in members if row.alert.resolved_at]
        at_an_end = len(ended) == len(members)
        over = _("over at {time}").format(time=_clock(max(ended))) if at_an_end else _("still firing")
        if others:
            yield _with_it([f"{_name(row)} {_clock(row.alert.fired_at)}" for row in others], over)
        else:
            yield _("It was alone, and is {over}.").format(over=over)


def _with_it(others: Sequence[str], over: str) -> str:
    """Return the line on the others of an event, with as many of their names as fit."""
    for shown in range(len(others), 0, -1):
        more = _(" and {more} more").format(more=len(others) - shown) if shown < len(others) else ""
        named = _(", ").join(others[:shown]) + more
        if cell_len(line := _("With it {others}; all {over}.").format(others=named, over=over)) <= WIDTH:
            break
    return line


def _name(row: AlertRow) -> str:
    return clean(series_name(row.alert.series))


def _numbers(row: AlertRow) -> str:
    if (seen := row.seen) is None:
        return ""
    counted = {"negatives": number(seen.negatives), "documents": number(seen.documents)}
    words = _(": {negatives} of {documents} negative, {expected} expected")
    return words.format(expected=estimate(seen.expected_negatives), **counted)


def _clock(moment: datetime) -> str:
    return utc(moment, "%H:%M")


def _webhooks(received: Sequence[Received]) -> str:
    if not received:
        return _("Webhooks received: none.")
    valid = sum(item.verified for item in received)
    some = _("{valid} of {all} signatures valid").format(valid=valid, all=len(received))
    types = _(", ").join(item.type or _("one not valid") for item in received)
    signed = _("signatures valid") if valid == len(received) else some
    return _("Webhooks: {types}; {signed}.").format(types=types, signed=signed)
