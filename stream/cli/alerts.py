"""``bellwether alerts``: what fired, all that is known of it, and what people do about it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer
from rich.text import Text

from stream.cli.listing import console, listing, print_listing
from stream.cli.operating import SECONDS, TIME, Author, Json, author_of, moment, operate, say, shown
from stream.errors import UsageError
from stream.pipeline.figures import short_id
from stream.pipeline.status import Status
from stream.translation import N_, _

if TYPE_CHECKING:
    from stream.operations import Operations
    from stream.pipeline.notify import Alert, Silence
    from stream.pipeline.notify.possible import Possible

app = typer.Typer(no_args_is_help=True, help="What fired, and why; acknowledge it, or keep it quiet.")
Id = Annotated[str, typer.Argument(help="The alert's id, or its beginning.")]


@app.command()
def replay(alert: Id, json: Json = False) -> None:
    """Compute an alert's decision again from its record, and say that it is identical or exactly what differs.

    The record holds the rule, the classifier's errors, the detector's state before the decision, the counts by minute,
    and the documents of the window. Exit code 1 when anything differs.
    """
    from stream.cli.work.replay import replay_alert

    if not replay_alert(alert, json):
        raise typer.Exit(1)


@app.command("list")
def list_(
    status: Annotated[Status | None, typer.Option(help="Only these.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="So many, newest first, and their events' heads.")] = 50,
    json: Json = False,
) -> None:
    """List alerts, newest first. Times are event times in UTC.

    Alerts of one event stand together, its head first; its other members have a "+".
    """
    from stream.pipeline.notify.grouping import by_event
    from stream.pipeline.notify.wording import series_words, severity_words

    alerts = operate(lambda operations: operations.alerts_with_heads(status, limit))
    if json:
        typer.echo(msgspec.json.encode(alerts).decode())
        return
    table = listing(
        N_("id"), N_("series"), N_("rule, severity"), N_("fired (UTC)"), N_("status"), whole={"id", "fired (UTC)"}
    )
    for alert in by_event(alerts):
        cells = (
            f"{alert.rule}, {severity_words(alert.severity, alert.level)}",
            f"{alert.fired_at:{TIME}}",
            shown(_standing(alert)),
        )
        series = ("" if alert.heads else "+ ") + shown(series_words(alert.series))
        table.add_row(short_id(alert.id), *map(Text, (series, *cells)))
    print_listing(table, N_("no alerts"))


@app.command()
def show(alert: Id, json: Json = False) -> None:
    """Show an alert: numbers, transitions, evidence, deliveries, and how long each part of the way took."""
    from stream.cli.work.story import print_story

    story = operate(lambda operations: operations.story(alert))
    if json:
        typer.echo(msgspec.json.encode(story).decode())
    else:
        print_story(story, console())


@app.command()
def ack(
    alert: Id,
    comment: Annotated[str, typer.Option("--comment", "-m", help="What you are doing about it.")] = "",
    alone: Annotated[bool, typer.Option(help="Leave the other members of its group alone.")] = False,
    author: Author = None,
) -> None:
    """Acknowledge an alert, with its group as it is now: no reminders of it until it ends. Its end is still sent."""
    name, begun = author_of(author), datetime.now(UTC)
    for member in operate(lambda operations: operations.acknowledge(alert, name, comment, alone=alone)):
        status = _acknowledged(member)
        before = member.acknowledged_at is not None and member.acknowledged_at < begun
        if comment.strip() and member.status is Status.ACKNOWLEDGED and before:
            status += _("; your comment is added")
        words = _("{series}: {status}").format(series=_series(member), status=status)
        typer.echo(f"{member.id}  {words}")


@app.command()
def silence(
    matchers: Annotated[list[str], typer.Argument(help='Such as severity=warning or entry=~"Acme.*"; all must hold.')],
    comment: Annotated[str, typer.Option("--comment", "-m", help="Why.")],
    for_: Annotated[str | None, typer.Option("--for", help="For how long: 30m, 4h, 2d.")] = None,
    until: Annotated[str | None, typer.Option(help="Until when, UTC: 2026-03-02T09:30.")] = None,
    start: Annotated[str | None, typer.Option("--from", help="From when, UTC; now if unset.")] = None,
    author: Author = None,
) -> None:
    """Keep matching alerts quiet for a time. They are stored all the same, and those that still fire when the silence
    ends are sent then.
    """
    from stream.operations import SilenceRequest
    from stream.pipeline.notify.doubts import doubts_of_matchers
    from stream.pipeline.units import duration

    if (for_ is None) == (until is None):
        raise UsageError("say either --for or --until")
    starts = moment(start) if start else datetime.now(UTC)
    try:
        ends = starts + duration(for_) if for_ else moment(until or "")
    except OverflowError:
        raise UsageError(f"--for {for_} from {starts:{SECONDS}} on ends after all times") from None
    request, name = SilenceRequest(matchers, ends, comment, starts if start else None), author_of(author)

    async def add(operations: Operations) -> tuple[Silence, list[Alert], Possible]:
        return *await operations.silence(request, name), await operations.known_labels()

    new, silenced, possible = operate(add)
    for sentence in doubts_of_matchers(new.matchers, possible):
        say(shown(sentence))
    times = {"begin": f"{new.starts_at:{SECONDS}}", "end": f"{new.ends_at:{SECONDS}}"}
    typer.echo(_("silence {id} from {begin} to {end} UTC").format(id=new.id, **times))
    typer.echo(_("it holds for: {matchers}").format(matchers=shown(" ".join(map(str, new.matchers)))))
    typer.echo(_("open alerts that it holds for: {count}").format(count=len(silenced) or _("none")))
    for alert in silenced:
        typer.echo(f"  {alert.id}  {_series(alert)}")


@app.command()
def unsilence(
    silence: Annotated[str, typer.Argument(help="The silence's id.")],
    author: Author = None,
) -> None:
    """End a silence now. Alerts that it kept quiet and that still fire are sent then."""
    name = author_of(author)
    ended = operate(lambda operations: operations.end_silence(silence, name))
    typer.echo(_("silence {id} ended at {end} UTC").format(id=ended.id, end=f"{ended.ends_at:{SECONDS}}") + _by(ended))


@app.command()
def silences(
    all_: Annotated[bool, typer.Option("--all", help="Those that are over, too.")] = False, json: Json = False
) -> None:
    """List silences, the last to begin first. Times are in UTC."""
    rows = operate(lambda operations: operations.silences(ended=all_))
    if json:
        typer.echo(msgspec.json.encode(rows).decode())
        return
    columns = N_("id"), N_("matchers"), N_("from (UTC)"), N_("until (UTC)"), N_("by"), N_("comment")
    table = listing(*columns, whole={"id"})
    for row in rows:
        texts = " ".join(map(str, row.matchers)), row.author + _by(row), row.comment
        matchers, author, comment = (Text(shown(text)) for text in texts)
        table.add_row(row.id, matchers, f"{row.starts_at:{TIME}}", f"{row.ends_at:{TIME}}", author, comment)
    print_listing(table, N_("no silences"))


def _standing(alert: Alert) -> str:
    from stream.pipeline.notify.wording import state_words

    words, name = state_words(alert.status), alert.acknowledged_by
    if alert.resolved_at:
        words = _("resolved {time}").format(time=f"{alert.resolved_at:{TIME}}")
        return words + _(", acknowledged by {name}").format(name=name) if name else _silenced(words, alert)
    return _("acknowledged by {name}").format(name=name) if name else _silenced(words, alert)


def _silenced(words: str, alert: Alert) -> str:
    return words + _(", silence {id}").format(id=alert.silenced_by) if alert.silenced_by else words


def _acknowledged(alert: Alert) -> str:
    if alert.status is Status.RESOLVED:
        return _("resolved at {time} UTC, nothing to acknowledge").format(time=f"{alert.resolved_at:{TIME}}")
    words, name = _("acknowledged by {name} at {time} UTC"), shown(alert.acknowledged_by or "")
    return words.format(name=name, time=f"{alert.acknowledged_at:{SECONDS}}")


def _series(alert: Alert) -> str:
    from stream.pipeline.notify.wording import series_words

    return shown(series_words(alert.series))


def _by(silence: Silence) -> str:
    return _(", ended by {name}").format(name=silence.ended_by) if silence.ended_by else ""
