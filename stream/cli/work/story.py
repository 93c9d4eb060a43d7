"""An alert's whole story in a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from rich.console import Console
from rich.table import Table
from rich.text import Text

from stream.cli.listing import listing
from stream.cli.operating import SECONDS, TIME, shown
from stream.pipeline.documents.readable import readable
from stream.pipeline.figures import estimate, number, short_id, span
from stream.pipeline.notify import Alert, AlertStory, DeliveryState, Transition
from stream.pipeline.notify.payload import VOLUME
from stream.pipeline.notify.retries import EXPIRED, NOT_SENT, OVER, REPLACED
from stream.pipeline.notify.wording import (
    detail_words,
    earlier_shown_words,
    earlier_words,
    robust_words,
    series_words,
    severity_words,
    state_words,
    step_words,
)
from stream.pipeline.windows.evidence import Evidence
from stream.translation import N_, _
from stream.view.wording import OLD_NEWS, headline

WEIGHTS = N_("Independent documents: a copy of a story, and each further text of one source, counts as less than one.")
# What the outbox stores of what was never sent.
UNSENT = {
    OVER: N_("not sent: the incident had resolved"),
    REPLACED: N_("not sent: a newer update followed"),
    EXPIRED: N_("not sent: 24 hours old"),
}


def print_story(story: AlertStory, console: Console) -> None:
    """Print numbers, steps, ledger, members of the group, evidence and deliveries."""
    alert = story.alert
    console.print(Text(_headline(alert), style="bold"))
    began = _("id {id}, fired {time} UTC").format(id=alert.id, time=f"{alert.fired_at:{TIME}}")
    ended = _(", resolved {time} UTC").format(time=f"{alert.resolved_at:{TIME}}") if alert.resolved_at else ""
    console.print(began + ended, highlight=False)
    if series_words(alert.series) != alert.series:  # what is typed in commands
        console.print(Text(_("series {series}").format(series=shown(alert.series))))
    if story.members:
        console.print(Text(_event(story)))
    for line in _standing(story):
        console.print(Text(line))
    for step in story.transitions:
        console.print(Text(_step(step)))
    for line in _robust(story):
        console.print(Text(shown(line)))
    if any(_has_fractions(step) for step in story.transitions):
        console.print(_(WEIGHTS), style="dim")
    console.print(_ledger(story))
    if story.members:
        console.print(_members(story))
    console.print(_evidence(story.evidence, N_("Evidence")))
    if (earlier := alert.earlier) is not None:
        console.print(earlier_words(earlier.days, earlier.documents, earlier.negatives, earlier.last), highlight=False)
        if earlier.evidence:
            console.print(_evidence(earlier.evidence, N_("The last negative ones before")))
        if few := earlier_shown_words(len(earlier.evidence), earlier.negatives):
            console.print(few, highlight=False)
    console.print(_deliveries(story))


def _headline(alert: Alert) -> str:
    severity, status = severity_words(alert.severity, alert.level), state_words(alert.status)
    return _("{series}: {rule}, {severity}, {status}").format(
        series=shown(series_words(alert.series)), rule=alert.rule, severity=severity, status=status
    )


def _standing(story: AlertStory) -> Iterator[str]:
    alert = story.alert
    yield _("told: {receivers}").format(receivers=", ".join(story.told) or _("nobody"))
    if untold := [name for name in alert.receivers if name not in story.told]:
        yield _("not told: {receivers}; see the deliveries below").format(receivers=", ".join(untold))
    if alert.silenced_by:
        yield _("kept quiet by silence {id}").format(id=alert.silenced_by)
    if alert.acknowledged_by:
        time = f"{alert.acknowledged_at:{SECONDS}}"
        yield _("acknowledged by {name} at {time} UTC").format(name=shown(alert.acknowledged_by), time=time)


def _step(step: Transition) -> str:
    head = f"{step.at:{TIME}} {step_words(step.step)}"
    tail = _("recorded {time} UTC").format(time=f"{step.recorded_at:{SECONDS}}")
    if step.decision is None:
        words = _("{step} by {name}: {reason}; {recorded}")
        reason = detail_words(shown(step.reason))
        return words.format(step=head, name=shown(step.actor), reason=reason, recorded=tail)
    seen = step.decision.observation
    fields = {"documents": number(seen.documents), "minutes": str(seen.window), "score": estimate(seen.score)}
    fields |= {"step": head, "recorded": tail}
    if seen.kind == VOLUME:
        return _(
            "{step}: {documents} independent documents in {minutes} min; usual {usual} ({low} to {high});"
            " score {score}; {recorded}"
        ).format(
            usual=estimate(seen.usual_documents),
            low=number(seen.expected_low),
            high=number(seen.expected_high),
            **fields,
        )
    return _(
        "{step}: {negatives} negative of {documents} independent documents in {minutes} min; expected {expected}"
        " of as many ({share}), usual {usual}; score {score}; {recorded}"
    ).format(
        negatives=number(seen.negatives),
        expected=estimate(seen.expected_negatives),
        share=f"{seen.expected_share:.0%}",
        usual=estimate(seen.usual_negatives),
        **fields,
    )


def _robust(story: AlertStory) -> list[str]:
    """Return whether it would have fired without its largest source, and story."""
    decision = next((step.decision for step in story.transitions if step.decision is not None), None)
    if decision is None:
        return []
    largest = decision.without_story.largest if decision.without_story else ""
    named = next((headline(item.shown) for item in story.evidence if item.story == largest), "")
    return robust_words(decision, named or _("none of its documents is below"))


def _has_fractions(step: Transition) -> bool:
    if step.decision is None:
        return False
    observation = step.decision.observation
    return any(not value.is_integer() for value in map(float, (observation.documents, observation.negatives)))


def _ledger(story: AlertStory) -> Table:
    """Of the newest document of the evidence: when it was published, and how long each part of the way took."""
    alert = story.alert
    table = listing(N_("step"), N_("time (UTC)"), N_("after the step before"), title=N_("Latency ledger"))
    steps = {
        _("published (newest evidence)"): alert.published_at,
        _("ingested (Kafka)"): alert.ingested_at,
        _("scored"): alert.scored_at,
        _("fired (written)"): alert.created_at,
        _("delivered (first receiver)"): story.delivered_at,
    }
    before: datetime | None = None
    for name, at in steps.items():
        took = _span((at - before).total_seconds()) if at and before else ""
        if at and at == alert.ingested_at and before and at - before > OLD_NEWS:
            took += _(", old news when it came")  # a late feed, or a replay: not the time that we took
        table.add_row(name, f"{at:{SECONDS}}.{at.microsecond // 1000:03d}" if at else _("not known"), took)
        before = at or before
    return table


def _span(seconds: float) -> str:
    """Return a part of the way: to the millisecond under a minute, as most parts are, and longer ones in words."""
    return _("{seconds} s").format(seconds=f"{seconds:.3f}") if seconds < 60 else span(seconds)


def _event(story: AlertStory) -> str:
    """Say which event it belongs to, and who stands for it."""
    others = len(story.members)
    if story.alert.heads:
        one, many = _("head of an event with {others} other alert"), _("head of an event with {others} other alerts")
        return (one if others == 1 else many).format(others=others)
    head = next((one for one in story.members if one.heads), None)
    if head is None:
        return _("of an event with others")
    series = shown(series_words(head.series))
    return _("of the event of {series} ({id})").format(series=series, id=short_id(head.id))


def _members(story: AlertStory) -> Table:
    table = listing(N_("id"), N_("series"), N_("severity"), N_("status"), whole={"id"}, title=N_("Of the same event"))
    for member in sorted(story.members, key=lambda one: not one.heads):
        words = severity_words(member.severity, member.level), state_words(member.status)
        table.add_row(short_id(member.id), Text(shown(series_words(member.series))), *words)
    return table


def _evidence(documents: Sequence[Evidence], title: str) -> Table:
    table = listing(N_("published (UTC)"), N_("source"), N_("p(negative)"), N_("text"), title=title)
    for item in documents:
        cut = _(" [cut]") if item.truncated and not item.title else ""
        text = readable(item.shown) + cut + (f"\n{item.url}" if item.url else "")
        table.add_row(f"{item.published_at:{TIME}}", Text(shown(item.source)), negative_of(item), Text(shown(text)))
    return table


def negative_of(item: Evidence) -> str:
    """Return how negative a document is and, where that is what it says of an entry alone, how negative as a whole."""
    whole = "" if item.negative_of_text is None else _(" (text {share})").format(share=f"{item.negative_of_text:.2f}")
    return f"{item.negative:.2f}{whole}"


def _deliveries(story: AlertStory) -> Table:
    columns = N_("id"), N_("receiver"), N_("type"), N_("failed"), N_("state, message id")
    table = listing(*columns, whole={"id", "type"}, title=N_("Deliveries"))
    for sent in story.deliveries:
        # One below the other: side by side they would leave no room for words at 80 columns.
        cells = (str(sent.id), sent.receiver, sent.type, str(sent.attempts))
        table.add_row(*cells, Text(f"{state_of(sent)}\n{sent.message_id}"))
    return table


def state_of(sent: DeliveryState) -> str:
    """Return how a delivery stands, in words."""
    if sent.delivered_at:
        return _("delivered {time}").format(time=f"{sent.delivered_at:{SECONDS}}")
    error = shown(sent.error or "")
    if sent.next_at is None:
        if error.startswith(NOT_SENT):
            return _(UNSENT.get(error, error))
        return _("given up: {error}").format(error=error)
    time = f"{sent.next_at:{SECONDS}}"
    return _("again at {time}: {error}").format(time=time, error=error) if error else _("waiting")
