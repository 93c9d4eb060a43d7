"""What the chaos tests publish: two days to learn from, a gap in which something breaks, and the hours after it.

The gap begins with a surge of negative text, a minute of event time after the past ends. A watermark that goes on with
the clock while nobody can read closes the surge's first minutes as empty, if the fault lasts longer than that. The tail
comes half an hour of event time after the gap, so that the time in which a deployment recovers decides nothing.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from stream.pipeline.topics import Topics
from stream.pipeline.windows.bucket import minute_of

Record = tuple[str, bytes, bytes]  # topic, key, value
TOPICS = Topics()
# Midnight, so that runs of one day do the same at the same times.
START = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=3)


@dataclass(frozen=True, slots=True)
class Part:
    """Documents spread evenly over ``hours`` that begin ``at``; of ``every`` one is negative."""

    name: str
    at: timedelta
    hours: float
    documents: int
    every: int = 5

    @property
    def end(self) -> datetime:
        return START + self.at + timedelta(hours=self.hours)


PAST = Part("past", timedelta(0), 48.0, 5000)
SURGE = Part("surge", timedelta(hours=48, minutes=1), 0.1, 300, 1)
AFTER = Part("after", timedelta(hours=48, minutes=7), 1.0, 200)
GAP = (SURGE, AFTER)
TAIL = Part("tail", timedelta(hours=49, minutes=37), 4.0, 420)
COUNT = sum(part.documents for part in (PAST, *GAP, TAIL))
FIRST, LAST = minute_of(START), minute_of(TAIL.end)
# The last minutes wait for the clock, and are not compared.
COMPARED = LAST - 10


def records(*parts: Part) -> Iterator[Record]:
    """Yield the documents of ``parts`` in event time."""
    for part in parts:
        pick = random.Random(part.name)
        for number in range(part.documents):
            at = START + part.at + timedelta(hours=part.hours) * number / part.documents
            place = f"{part.name}{number}"
            document = {"id": place, "source": f"s{pick.randrange(47)}", "published_at": at.isoformat()}
            document["text"] = _text(place, number, part.every)
            topic = TOPICS.social if pick.random() < 0.5 else TOPICS.news
            yield topic, document["source"].encode(), json.dumps(document).encode()


def _text(place: str, number: int, every: int) -> str:
    if number % every == 0:
        return f"Shares of bank {place} plunge on losses"
    return f"Shares of bank {place} rise on profit" if number % 3 else f"Company {place} names a new finance chief"
