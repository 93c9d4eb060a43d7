"""Receivers, and what is delivered to them."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from stream.clocks import Clock, utc_now
from stream.errors import NotFoundError, UsageError
from stream.operations.given import actor_of, one_line
from stream.pipeline.notify import Delivery, DeliveryState, Outbox, Receiver, Routing, Standing, Waiting, message_id
from stream.pipeline.notify.compose import encode_test
from stream.pipeline.notify.matching import MAX_COMMENT


@dataclass(frozen=True)
class ReceiverState:
    """How a receiver stands. One that is not ``known`` is not configured (any more), but still has a queue."""

    name: str
    known: bool
    disabled: Standing | None
    waiting: Waiting


@dataclass(frozen=True, kw_only=True)
class DeliveryOperations:
    """What people do to receivers and deliveries.

    Attributes:
        names: returns the names of the receivers in use.
        receivers: returns the receivers in use, by name.
        routing: returns the routing in use.
    """

    outbox: Outbox
    names: Callable[[], Sequence[str]]
    receivers: Callable[[], Mapping[str, Receiver]]
    routing: Callable[[], Routing]
    clock: Clock = utc_now

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
        text = one_line(reason, "reason", MAX_COMMENT) or "disabled by hand"
        await self.outbox.disable(name, text, actor_of(author), self.clock())

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
        if reason := await self._why_not_again(state, content):
            raise UsageError(f"delivery {delivery_id} is not sent again: {reason}")
        if not await self.outbox.retry(delivery_id, self.clock()):
            raise UsageError(f"delivery {delivery_id} has just changed; see `bellwether deliveries show {delivery_id}`")
        return (await self.delivery(delivery_id))[0]

    async def _why_not_again(self, state: DeliveryState, content: bytes) -> str:
        if not content:
            return "its payload was forgotten"
        if state.delivered_at is not None:
            return f"it was delivered at {state.delivered_at:%F %T} UTC"
        later = await self.outbox.overtaken_by(state.id, self.clock())
        if later is not None:
            return _overtaken(later)
        if any(standing.name == state.receiver for standing in await self.outbox.disabled_receivers()):
            enable = f"bellwether receivers enable {state.receiver}"
            if state.next_at is not None:
                return f"its receiver is disabled; `{enable}` lets it go"
            return f"its receiver is disabled; run `{enable}`, then retry it"
        return ""


def _overtaken(later: DeliveryState) -> str:
    """Say which later news of the incident forbids to send what was before it, and what to do."""
    if later.delivered_at is not None:
        return f"its receiver has had later news of the incident; see `bellwether alerts show {later.alert_id[:12]}`"
    if later.next_at is not None:
        return f"later news of the incident is being sent now; see `bellwether deliveries show {later.id}`"
    return f"the end of the incident was given up after it; send that: `bellwether deliveries retry {later.id}`"


def _no_receiver(name: str, known: Sequence[str]) -> str:
    return f"receiver '{name}': no such receiver; there are {', '.join(known) or 'none'}"
