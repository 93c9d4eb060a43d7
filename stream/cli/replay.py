"""``bellwether alerts replay``: decide on an alert again, on what was recorded when it fired."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
import typer

from stream.adapters.files.rules import read_rules
from stream.cli.operating import Json, operate, shown
from stream.errors import StoreError, UsageError
from stream.operations import Operations
from stream.pipeline.notify import AlertStory, ReplayRecord
from stream.pipeline.rules import Recorded, differences
from stream.pipeline.rules import replay as decide_again
from stream.pipeline.windows.independence import independent_weights
from stream.settings import load_settings
from stream.worker.wiring import classifier_of

Id = Annotated[str, typer.Argument(help="The alert's id, or its beginning.")]
HALF_A_THOUSANDTH = 0.0005


class Replay(msgspec.Struct, frozen=True):
    """What came of it: lines of what differs, and what else has changed since."""

    alert: str
    identical: bool
    differences: list[str]
    documents: int
    first_place: tuple[str, int, int] | None
    last_place: tuple[str, int, int] | None
    since_then: list[str]


def replay(alert: Id, json: Json = False) -> None:
    """Compute an alert's decision again from its record, and say that it is identical or exactly what differs.

    The record holds the rule, the classifier's errors, the detector's state before the decision, the counts by minute,
    and the documents of the window. Exit code 1 when anything differs.
    """
    story, record = operate(lambda operations: _load(operations, alert))
    found = _replay(story, record)
    if json:
        typer.echo(msgspec.json.encode(found).decode())
    else:
        _print(found, story)
    if not found.identical:
        raise typer.Exit(1)


async def _load(operations: Operations, alert: str) -> tuple[AlertStory, ReplayRecord]:
    story = await operations.story(alert)
    record = await operations.store.replay_record(story.alert.id)
    if record is None:
        raise UsageError(f"alert '{story.alert.id}': nothing was recorded when it fired, so it cannot be replayed")
    return story, record


def _replay(story: AlertStory, record: ReplayRecord) -> Replay:
    try:
        recorded = Recorded.decode(record.content)
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


def _recounted(recorded: Recorded) -> list[str]:
    """Return what the recorded documents weigh beside what was counted, where that differs."""
    seen = recorded.decision.observation
    if not recorded.members or recorded.decision.without_source is None:
        return []  # Of a crowded minute, or a long window, not every document is kept.
    total, negative = independent_weights(recorded.members)
    pairs = (("documents", seen.documents, total), ("negatives", seen.negatives, negative))
    return [
        f"{name}: {counted:g} were counted, the recorded documents weigh {weight:g}"
        for name, counted, weight in pairs
        if abs(counted - weight) > HALF_A_THOUSANDTH
    ]


def _since(record: ReplayRecord) -> list[str]:
    """Return what is not as it was: it does not change the decision, which is made on what was recorded."""
    settings = load_settings()
    said: list[str] = []
    if record.rule_hash not in {rule.hash for rule in read_rules(settings.rules)}:
        said.append("the rule is not in force any more, or was changed")
    if record.artifact_hash != classifier_of(settings).artifact_hash:
        said.append("another model classifies now")
    return said


def _print(found: Replay, story: AlertStory) -> None:
    say: Any = typer.echo
    say(f"alert {found.alert}, {shown(story.alert.series)}, rule '{story.alert.rule}'")
    where = f", {_place(found.first_place)} to {_place(found.last_place)}" if found.first_place else ""
    say(f"recorded: {found.documents} documents in its window{where}")
    if found.identical:
        say("identical: the same decision, digit for digit")
    else:
        say(f"{len(found.differences)} differences:")
        for line in found.differences:
            say(f"  {shown(line)}")
    for line in found.since_then:
        say(f"since then {line}")


def _place(place: tuple[str, int, int] | None) -> str:
    return "/".join(map(str, place or ()))
