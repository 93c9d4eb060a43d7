"""Invented documents about three names of one group: a calm past, an event, and rules that watch one series."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import msgspec

from models.classifier import Prediction
from stream.pipeline.backtest import DocumentHistory, HistoryCollector
from stream.pipeline.documents.record import ArtifactRef, ScoredDocument
from stream.pipeline.documents.watchlist import Entry
from stream.pipeline.rules import Mute, Rule
from stream.pipeline.rules.parted import parted
from stream.pipeline.windows.contribution import Contribution, contribution_of

START = datetime(2026, 3, 2, tzinfo=UTC)
DAYS = 8
EVENT = START + timedelta(days=DAYS, hours=14)
MIDNIGHT = START + timedelta(days=DAYS + 1)
ENTRIES = {name: Entry(name=name, group="exchanges") for name in ("Acme", "Bolt", "Corvo")}
NOW = START + timedelta(days=DAYS + 3)
NAME, GROUP, TOPIC = "entry:Acme", "group:exchanges", "topic:Markets"
SPARSE = parted(Rule(), ())[2]
Said = tuple[ScoredDocument, tuple[str, ...]]  # and the names of the entries


def says(key: str, at: datetime, names: str = "Acme", topic: str = "Markets", *, negative: bool = True) -> Said:
    label = "negative" if negative else "neutral"
    probabilities = {"negative": 0.9 if negative else 0.1, "neutral": 0.1 if negative else 0.9, "positive": 0.0}
    document = ScoredDocument(
        id=key,
        source=f"outlet {key}",
        published_at=at,
        text=f"{names} in words of its own, {key}",
        sentiment=Prediction(label, probabilities),
        topic=Prediction(topic, {}),
        artifact=ArtifactRef("a", "h"),
    )
    return document, tuple(names.split())


def calm() -> list[Said]:
    """Of each name three documents a day; of the others of the group one in three is negative."""
    found = []
    for n in range((DAYS + 2) * 3):
        at = START + timedelta(hours=8 * n)
        found.append(says(f"a{n}", at, "Acme", negative=False))
        found += [says(f"{name}{n}", at + timedelta(hours=2), name, negative=n % 9 == 1) for name in ("Bolt", "Corvo")]
    return found


def event(count: int = 8, begin: datetime = EVENT, names: str = "Acme", key: str = "e") -> list[Said]:
    return [says(f"{key}{n}", begin + timedelta(minutes=20 * n), names) for n in range(count)]


def history(said: Iterable[Said]) -> DocumentHistory:
    collector = HistoryCollector()
    for document, names in said:
        collector.add(document, [ENTRIES[name] for name in names])
    return collector.collected()


def watching(series: str, name: str = "first", *, late: bool = False) -> Rule:
    """The test of sparse series, of one of them; the late one is silent until midnight, when the first is over."""
    mutes = (Mute(10 * 60, 24 * 60),) if late else ()
    return msgspec.structs.replace(SPARSE, name=name, series=(series,), mutes=mutes)


def late(series: str) -> Rule:
    return watching(series, "late", late=True)


def quickly(key: str, begin: datetime, count: int, names: str = "Acme") -> list[Said]:
    return [says(f"{key}{n}", begin + timedelta(seconds=30 * n), names) for n in range(count)]


def contributions(said: Iterable[Said]) -> list[Contribution]:
    return [contribution_of(document, [ENTRIES[name] for name in names]) for document, names in said]
