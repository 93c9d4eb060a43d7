"""An alert's whole story in a terminal."""

from __future__ import annotations

from collections.abc import Iterator
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
from stream.pipeline.notify.retries import NOT_SENT
from stream.pipeline.windows.evidence import Evidence
from stream.view.wording import OLD_NEWS

WEIGHTS = "Independent documents: a copy of a story, and each further text of one source, counts as less than one."


def print_story(story: AlertStory, console: Console) -> None:
    """Print numbers, steps, ledger, members of the group, evidence and deliveries."""
    alert = story.alert
    console.print(Text(f"{shown(alert.series)}: {alert.rule}, {alert.severity}, {alert.status}", style="bold"))
    ended = f", resolved {alert.resolved_at:{TIME}} UTC" if alert.resolved_at else ""
    console.print(f"id {alert.id}, fired {alert.fired_at:{TIME}} UTC{ended}", highlight=False)
    if story.members:
        console.print(Text(_event(story)))
    for line in _standing(alert):
        console.print(Text(line))
    for step in story.transitions:
        console.print(Text(_step(step)))
    if any(_has_fractions(step) for step in story.transitions):
        console.print(WEIGHTS, style="dim")
    console.print(_ledger(story))
    if story.members:
        console.print(_members(story))
    console.print(_evidence(story), _deliveries(story), sep="\n")


def _standing(alert: Alert) -> Iterator[str]:
    yield f"told: {', '.join(alert.receivers) or 'nobody'}"
    if alert.silenced_by:
        yield f"kept quiet by silence {alert.silenced_by}"
    if alert.acknowledged_by:
        yield f"acknowledged by {shown(alert.acknowledged_by)} at {alert.acknowledged_at:{SECONDS}} UTC"


def _step(step: Transition) -> str:
    head = f"{step.at:{TIME}} {step.step}"
    tail = f"recorded {step.recorded_at:{SECONDS}} UTC"
    if step.decision is None:
        return f"{head} by {shown(step.actor)}: {shown(step.reason)}; {tail}"
    observation = step.decision.observation
    window, score = f"in {observation.window} min", f"score {estimate(observation.score)}"
    documents = f"{number(observation.documents)} independent documents {window}"
    if observation.kind == VOLUME:
        expected = f"{number(observation.expected_low)} to {number(observation.expected_high)}"
        usual = f"usual {estimate(observation.usual_documents)} ({expected})"
        return f"{head}: {documents}; {usual}; {score}; {tail}"
    expected = f"expected {estimate(observation.expected_negatives)} of as many ({observation.expected_share:.0%})"
    usual = f"usual {estimate(observation.usual_negatives)}"
    return f"{head}: {number(observation.negatives)} negative of {documents}; {expected}, {usual}; {score}; {tail}"


def _has_fractions(step: Transition) -> bool:
    if step.decision is None:
        return False
    observation = step.decision.observation
    return any(not value.is_integer() for value in map(float, (observation.documents, observation.negatives)))


def _ledger(story: AlertStory) -> Table:
    """Of the newest document of the evidence: when it was published, and how long each part of the way took."""
    alert = story.alert
    table = listing("step", "time (UTC)", "after the step before", title="Latency ledger")
    steps = {
        "published (newest evidence)": alert.published_at,
        "ingested (Kafka)": alert.ingested_at,
        "scored": alert.scored_at,
        "fired (written)": alert.created_at,
        "delivered (first receiver)": story.delivered_at,
    }
    before: datetime | None = None
    for name, at in steps.items():
        took = _span((at - before).total_seconds()) if at and before else ""
        if at and at == alert.ingested_at and before and at - before > OLD_NEWS:
            took += ", old news when it came"  # a late feed, or a replay: not the time that we took
        table.add_row(name, f"{at:{SECONDS}}.{at.microsecond // 1000:03d}" if at else "not known", took)
        before = at or before
    return table


def _span(seconds: float) -> str:
    """Return a part of the way: to the millisecond under a minute, as most parts are, and longer ones in words."""
    return f"{seconds:.3f} s" if seconds < 60 else span(seconds)


def _event(story: AlertStory) -> str:
    """Say which event it belongs to, and who stands for it."""
    others = len(story.members)
    if story.alert.heads:
        return f"head of an event with {others} other alert{'' if others == 1 else 's'}"
    head = next((one for one in story.members if one.heads), None)
    return f"of the event of {shown(head.series)} ({short_id(head.id)})" if head else "of an event with others"


def _members(story: AlertStory) -> Table:
    table = listing("id", "series", "severity", "status", whole={"id"}, title="Of the same event")
    for member in sorted(story.members, key=lambda one: not one.heads):
        table.add_row(short_id(member.id), Text(shown(member.series)), member.severity, member.status)
    return table


def _evidence(story: AlertStory) -> Table:
    table = listing("published (UTC)", "source", "p(negative)", "text", title="Evidence")
    for item in story.evidence:
        text = readable(item.text) + (" [cut]" if item.truncated else "") + (f"\n{item.url}" if item.url else "")
        table.add_row(f"{item.published_at:{TIME}}", Text(shown(item.source)), negative_of(item), Text(shown(text)))
    return table


def negative_of(item: Evidence) -> str:
    """Return how negative a document is and, where that is what it says of an entry alone, how negative as a whole."""
    whole = "" if item.negative_of_text is None else f" (text {item.negative_of_text:.2f})"
    return f"{item.negative:.2f}{whole}"


def _deliveries(story: AlertStory) -> Table:
    columns = "id", "receiver", "type", "failed", "state, message id"
    table = listing(*columns, whole={"id", "type"}, title="Deliveries")
    for sent in story.deliveries:
        # One below the other: side by side they would leave no room for words at 80 columns.
        cells = (str(sent.id), sent.receiver, sent.type, str(sent.attempts))
        table.add_row(*cells, Text(f"{state_of(sent)}\n{sent.message_id}"))
    return table


def state_of(sent: DeliveryState) -> str:
    """Return how a delivery stands, in words."""
    if sent.delivered_at:
        return f"delivered {sent.delivered_at:{SECONDS}}"
    error = shown(sent.error or "")
    if sent.next_at is None:
        return error if error.startswith(NOT_SENT) else f"given up: {error}"
    return f"again at {sent.next_at:{SECONDS}}: {error}" if error else "waiting"
