"""What people may ask for, checked once for the command line and the HTTP API."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from stream.clocks import Clock, utc_now
from stream.errors import NotFoundError, UsageError
from stream.pipeline.documents.intake import Intake, Published
from stream.pipeline.feeds.health import described
from stream.pipeline.feeds.ports import SourceState, SourceStore
from stream.pipeline.notify import (
    Alert,
    AlertStore,
    AlertStory,
    Delivery,
    DeliveryState,
    Desk,
    Outbox,
    Receiver,
    Routing,
    Silence,
    Standing,
    Status,
    Waiting,
    message_id,
    parse_matcher,
)
from stream.pipeline.notify.compose import encode_test
from stream.pipeline.notify.doubts import Known
from stream.pipeline.notify.matching import MAX_ACTOR, MAX_COMMENT, MAX_MATCHERS

LONGEST_SILENCE = timedelta(days=366)  # a year; what should never be told is a matter of rules or routes
MAX_COUNTED = 100  # alerts whose ids begin alike: an error says how many there are, up to so many


@dataclass(frozen=True)
class SilenceRequest:
    """A silence as somebody asks for it; without ``starts_at`` it begins now."""

    matchers: Sequence[str]
    ends_at: datetime
    comment: str
    starts_at: datetime | None = None


@dataclass(frozen=True)
class ReceiverState:
    """How a receiver stands. One that is not ``known`` is not configured (any more), but still has a queue."""

    name: str
    known: bool
    disabled: Standing | None
    waiting: Waiting


@dataclass(frozen=True)
class Operations:
    """What people do to alerts, silences, receivers and deliveries.

    Attributes:
        names: returns the names of the receivers in use.
        receivers: returns the receivers in use, by name.
        routing: returns the routing in use.
        intake: takes documents; None where nobody does.
        sources: knows how sources are; None where nobody asks.
        known: returns the rules and the watchlist in use, by which a silence is doubted.

    Every method raises StoreError when the store does not answer, UsageError when it is asked for nonsense, and
    NotFoundError when there is no such thing.
    """

    store: AlertStore
    desk: Desk
    outbox: Outbox
    names: Callable[[], Sequence[str]]
    receivers: Callable[[], Mapping[str, Receiver]]
    routing: Callable[[], Routing]
    clock: Clock = utc_now
    intake: Intake | None = None
    sources: SourceStore | None = None
    known: Callable[[], Known] = Known

    async def publish(self, feed: str, lines: Sequence[bytes]) -> Published:
        """Publish documents to the raw topic of a feed, news or social; raises BrokerError, too."""
        if self.intake is None:
            raise UsageError("nobody takes documents here")
        if not any(line.strip() for line in lines):
            raise UsageError("there is no document; write one a line")
        return await self.intake.take(feed, lines)

    async def source_states(self) -> list[SourceState]:
        """Return how every source is that was ever read, by name, those too that are in no file any more."""
        if self.sources is None:
            raise UsageError("nobody knows of sources here")
        health, now = await self.sources.health(), self.clock()
        return [described(name, one, next_at, now) for name, (one, next_at) in sorted(health.items())]

    async def source_state(self, name: str) -> SourceState:
        """Return how a source is."""
        found = next((one for one in await self.source_states() if one.name == name), None)
        if found is None:
            raise NotFoundError(f"source '{name[:100]}': it has not been read yet")
        return found

    async def story(self, beginning: str) -> AlertStory:
        """Return the alert whose id is, or begins with, ``beginning``."""
        if (story := await self.store.story(beginning)) is not None:
            return story
        matching = await self.store.ids_with_prefix(beginning, MAX_COUNTED)
        if len(matching) != 1:
            count = f"{MAX_COUNTED} alerts or more" if len(matching) == MAX_COUNTED else f"{len(matching)} alerts"
            problem = f"{count} begin so" if matching else "no such alert; see `bellwether alerts list`"
            raise NotFoundError(f"alert '{beginning}': {problem}")
        story = await self.store.story(matching[0])
        if story is None:
            raise NotFoundError(f"alert '{beginning}' has just been forgotten")
        return story

    async def alerts_with_heads(self, status: Status | None, limit: int) -> list[Alert]:
        """Return the latest alerts, up to ``limit``, and of these the heads that are older and of ``status``, too."""
        found = {alert.id: alert for alert in await self.store.alerts(status, limit)}
        for head in {alert.head for alert in found.values()} - found.keys() - {""}:
            story = await self.store.story(head)
            if story is not None and status in (None, story.alert.status):
                found[head] = story.alert
        return list(found.values())

    async def acknowledge(self, beginning: str, author: str, comment: str, *, alone: bool = False) -> list[Alert]:
        """Acknowledge an alert and its group, or it ``alone``; return them as they now stand."""
        alert_id = (await self.story(beginning)).alert.id
        actor, text = _actor(author), _one_line(comment, "comment", MAX_COMMENT)
        alerts = await self.desk.acknowledge(alert_id, actor, text, now=self.clock(), alone=alone)
        if alerts is None:
            raise NotFoundError(f"alert '{beginning}' has just been forgotten")
        return alerts

    async def silence(self, request: SilenceRequest, author: str) -> tuple[Silence, list[Alert]]:
        """Keep alerts quiet; return the silence and the open alerts that it holds for now."""
        now = self.clock()
        starts = max(request.starts_at or now, now)
        if not 0 < len(request.matchers) <= MAX_MATCHERS:
            raise UsageError(f"a silence has 1 to {MAX_MATCHERS} matchers")
        if not starts < request.ends_at <= now + LONGEST_SILENCE:
            raise UsageError("a silence ends after it begins, and within a year")
        silence = Silence(
            id=secrets.token_hex(6),
            matchers=tuple(parse_matcher(text) for text in request.matchers),
            starts_at=starts,
            ends_at=request.ends_at,
            author=_actor(author),
            comment=_one_line(request.comment, "comment", MAX_COMMENT),
            created_at=now,
        )
        if not silence.comment:
            raise UsageError("a silence needs a comment: whoever is not told should learn why")
        await self.desk.add_silence(silence)
        routing = self.routing()
        return silence, [one for one in await self.store.open_alerts() if silence.covers(routing.labels(one), starts)]

    async def known_labels(self) -> dict[str, set[str]]:
        """Return, by label, the values that alerts can have, as far as it is known; see :class:`Known`."""
        routing = self.routing()
        opened = [routing.labels(alert) for alert in await self.store.open_alerts()]
        return self.known().values_with((await self.store.latest_decisions()).keys(), opened)

    async def end_silence(self, silence_id: str, author: str) -> Silence:
        """End a silence now."""
        silence = await self.desk.end_silence(silence_id, _actor(author), self.clock())
        if silence is None:
            raise NotFoundError(f"silence '{silence_id}': no such silence; see `bellwether alerts silences`")
        return silence

    async def silences(self, *, ended: bool = False) -> list[Silence]:
        """Return the silences, those that are over too if ``ended``."""
        return await self.desk.silences(since=None if ended else self.clock())

    async def receiver_states(self) -> list[ReceiverState]:
        """Return how every receiver stands."""
        disabled = {item.name: item for item in await self.outbox.disabled_receivers()}
        waiting = {item.receiver: item for item in await self.outbox.queues()}
        known = list(self.names())
        names = [*known, *sorted((disabled.keys() | waiting.keys()) - set(known))]
        return [
            ReceiverState(name, name in known, disabled.get(name), waiting.get(name, Waiting(name))) for name in names
        ]

    async def enable(self, name: str) -> bool:
        """Let a receiver's deliveries go again; False when it was not disabled."""
        was_disabled = await self.outbox.enable(name)
        if not was_disabled and name not in self.names():
            raise NotFoundError(_no_receiver(name, self.names()))
        return was_disabled

    async def disable(self, name: str, author: str, reason: str) -> None:
        """Keep a receiver's deliveries back."""
        if name not in self.names():
            raise NotFoundError(_no_receiver(name, self.names()))
        text = _one_line(reason, "reason", MAX_COMMENT) or "disabled by hand"
        await self.outbox.disable(name, text, _actor(author), self.clock())

    async def test(self, name: str) -> str:
        """Send a notification of type ``alert.test`` to a receiver, not through the outbox; return its id.

        Raises:
            DeliveryError: it was not taken.
        """
        receiver = self.receivers().get(name)
        if receiver is None:
            raise NotFoundError(_no_receiver(name, self.names()))
        id_ = message_id([f"test/{secrets.token_hex(8)}"])
        content = encode_test(self.clock(), name, self.routing().grafana)
        await receiver.send(Delivery(0, "test", id_, name, "alert.test", content, group_id="test"))
        return id_

    async def deliveries(self, receiver: str | None, *, undelivered: bool, limit: int) -> list[DeliveryState]:
        """Return the latest deliveries, newest first; of a receiver that is gone, too, if it had any."""
        found = await self.outbox.deliveries(receiver, undelivered=undelivered, limit=limit)
        if found or receiver is None or receiver in self.names():
            return found
        if not await self.outbox.deliveries(receiver, undelivered=False, limit=1):
            raise NotFoundError(_no_receiver(receiver, self.names()))
        return found

    async def delivery(self, delivery_id: int) -> tuple[DeliveryState, bytes]:
        """Return a delivery and its payload."""
        # Postgres' ids are of 63 bits; it would refuse a larger one.
        delivery = await self.outbox.delivery(delivery_id) if 0 < delivery_id < 1 << 63 else None
        if delivery is None:
            raise NotFoundError(f"delivery {delivery_id}: no such delivery; see `bellwether deliveries list`")
        return delivery

    async def retry(self, delivery_id: int) -> DeliveryState:
        """Make a delivery due at once."""
        state, content = await self.delivery(delivery_id)
        if any(standing.name == state.receiver for standing in await self.outbox.disabled_receivers()):
            enable = f"bellwether receivers enable {state.receiver}"
            raise UsageError(
                f"delivery {delivery_id} is not sent again: its receiver is disabled; `{enable}` lets it go"
            )
        if not await self.outbox.retry(delivery_id, self.clock()):
            raise UsageError(f"delivery {delivery_id} is not sent again: {_why_not_again(state, content)}")
        return (await self.delivery(delivery_id))[0]


def _actor(author: str) -> str:
    name = _one_line(author, "author", MAX_ACTOR)
    if not name:
        raise UsageError("an author is needed: who does this?")
    return name


def _why_not_again(state: DeliveryState, content: bytes) -> str:
    if not content:
        return "its payload was forgotten"
    if state.delivered_at is not None:
        return f"it was delivered at {state.delivered_at:%F %T} UTC"
    return f"its receiver has had later news of the incident; see `bellwether alerts show {state.alert_id[:12]}`"


def _one_line(text: str, what: str, most: int) -> str:
    if len(text) > most:
        raise UsageError(f"{what}: {len(text)} characters, at most {most} are kept")
    return " ".join(text.replace("\0", " ").split())  # a null byte is not stored, and is no comment


def _no_receiver(name: str, known: Sequence[str]) -> str:
    return f"receiver '{name}': no such receiver; there are {', '.join(known) or 'none'}"
