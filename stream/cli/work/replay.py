"""``bellwether alerts replay``: decide on an alert again, on what was recorded when it fired."""

from __future__ import annotations

from typing import Any

import msgspec
import typer

from stream.adapters.files.rules import read_rules
from stream.cli.operating import operate, shown
from stream.errors import StoreError, UsageError
from stream.operations import Operations
from stream.pipeline.notify import AlertStory, ReplayRecord
from stream.pipeline.rules import DecisionRecord, differences
from stream.pipeline.rules import replay as decide_again
from stream.pipeline.windows.independence import independent_weights
from stream.settings import load_settings
from stream.translation import N_, _
from stream.worker.classifier_facts import read_classifier_facts

HALF_A_THOUSANDTH = 0.0005


class Replay(msgspec.Struct, frozen=True):
    """An alert decided on again: lines of what differs, the places of its documents, what has changed since."""

    alert: str
    identical: bool
    differences: list[str]
    documents: int
    first_place: tuple[str, int, int] | None
    last_place: tuple[str, int, int] | None
    since_then: list[str]


def replay_alert(alert: str, json: bool) -> bool:
    """Print an alert's decision, made again from its record, and return whether it is identical."""
    story, record = operate(lambda operations: _load(operations, alert))
    result = _replay(story, record)
    if json:
        typer.echo(msgspec.json.encode(result).decode())
    else:
        _print(result, story)
    return result.identical


async def _load(operations: Operations, alert: str) -> tuple[AlertStory, ReplayRecord]:
    story = await operations.story(alert)
    record = await operations.store.replay_record(story.alert.id)
    if record is None:
        raise UsageError(f"alert '{story.alert.id}': nothing was recorded when it fired, so it cannot be replayed")
    return story, record


def _replay(story: AlertStory, record: ReplayRecord) -> Replay:
    try:
        recorded = DecisionRecord.decode(record.content)
    except ValueError as error:
        raise StoreError(f"alert '{story.alert.id}': {error}") from error
    lines = differences(recorded.decision, decide_again(recorded))
    stored = next((step.decision for step in story.transitions if step.decision is not None), None)
    lines += [f"stored with the alert: {line}" for line in differences(stored, recorded.decision)]
    lines += _recounted(recorded)
    places = [(at.topic, at.partition, at.offset) for item in recorded.members if (at := item.origin)]
    return Replay(
        alert=story.alert.id,
        identical=not lines,
        differences=lines,
        documents=len(recorded.members),
        first_place=min(places, default=None),
        last_place=max(places, default=None),
        since_then=_since(record),
    )


def _recounted(recorded: DecisionRecord) -> list[str]:
    """Return what the recorded documents weigh beside what was counted, where that differs."""
    observation = recorded.decision.observation
    if not recorded.members or recorded.decision.without_source is None:
        return []  # Of a crowded minute, or a long window, not every document is kept.
    total, negative = independent_weights(recorded.members)
    pairs = (("documents", observation.documents, total), ("negatives", observation.negatives, negative))
    return [
        f"{name}: {counted:g} were counted, the recorded documents weigh {weight:g}"
        for name, counted, weight in pairs
        if abs(counted - weight) > HALF_A_THOUSANDTH
    ]


def _since(record: ReplayRecord) -> list[str]:
    """Return what is not as it was: it does not change the decision, which is made on what was recorded."""
    settings = load_settings()
    changes: list[str] = []
    if record.rule_hash not in {rule.hash for rule in read_rules(settings.rules)}:
        changes.append(N_("the rule is not in force any more, or was changed"))
    if record.artifact_hash != read_classifier_facts(settings).artifact_hash:
        changes.append(N_("another model classifies now"))
    return changes


def _print(result: Replay, story: AlertStory) -> None:
    say: Any = typer.echo
    alert = {"id": result.alert, "series": shown(story.alert.series), "rule": story.alert.rule}
    say(_("alert {id}, {series}, rule '{rule}'").format(**alert))
    say(_recorded(result))
    if result.identical:
        say(_("identical: the same decision, digit for digit"))
    else:
        say(_("{count} differences:").format(count=len(result.differences)))
        for line in result.differences:
            say(f"  {shown(line)}")
    for line in result.since_then:
        say(_("since then {change}").format(change=_(line)))


def _recorded(result: Replay) -> str:
    """Return the line about the documents of the window."""
    if not result.documents:
        return _("recorded: its window's counts; of a window over three hours the single documents are not kept")
    if not result.first_place:
        return _("recorded: {count} documents in its window").format(count=result.documents)
    places = {"first": _place(result.first_place), "last": _place(result.last_place)}
    return _("recorded: {count} documents in its window, {first} to {last}").format(count=result.documents, **places)


def _place(place: tuple[str, int, int] | None) -> str:
    return "/".join(map(str, place or ()))
