"""Stage ``notify``: the outbox to the receivers; and what time does: reminders, silences that end, forgetting."""

from __future__ import annotations

import asyncio
import logging
from datetime import datetime, timedelta
from random import Random

import msgspec

from stream import metrics
from stream.clocks import Clock, utc_now
from stream.errors import DeliveryError
from stream.pipeline.notify import SYSTEM, Delivery, Desk, Outbox, Receiver, Retention, next_attempt
from stream.pipeline.notify.compose import encode_unannounced

# All that is claimed is sent at once, each in 15 seconds at most; so no lease ends while somebody still sends.
LEASE, AT_ONCE = timedelta(seconds=60), 8
# Looking through a long queue costs more than a delivery does.
SETTLE_EVERY = timedelta(seconds=1)
GONE = 410
FORGET_EVERY = timedelta(hours=1)

logger = logging.getLogger(__name__)


class Notify:
    """Stage ``notify``: the outbox of one receiver is delivered, per group in order, at least once."""

    def __init__(
        self, outbox: Outbox, receiver: Receiver, clock: Clock = utc_now, random: Random | None = None
    ) -> None:
        self.name = f"notify-{receiver.name}"
        self._outbox, self._receiver, self._clock = outbox, receiver, clock
        self._random = random or Random()  # noqa: S311 - jitter, not secrecy
        self._settled: datetime | None = None
        # From zero on: of a counter that begins with its first delivery, Prometheus would not see that one.
        for result in ("delivered", "failed", "given-up", "no-news"):
            metrics.DELIVERIES.labels(receiver.name, result)

    async def tick(self) -> bool:
        """Deliver what is due."""
        now = self._clock()
        if not self._receiver.is_log and (self._settled is None or now - self._settled >= SETTLE_EVERY):
            stale = await self._outbox.settle(self._receiver.name, now)
            metrics.DELIVERIES.labels(self._receiver.name, "no-news").inc(stale)
            self._settled = now
        claimed = await self._outbox.claim(self._receiver.name, now, LEASE, AT_ONCE)
        # Everyone ends, whatever happens to one of them: what was sent must be marked.
        done = await asyncio.gather(*map(self._deliver, claimed), return_exceptions=True)
        for outcome in done:
            if isinstance(outcome, BaseException):
                raise outcome
        if not claimed:
            self._settled = None  # What comes after a pause is looked at first.
        return bool(claimed)

    async def _deliver(self, delivery: Delivery) -> None:
        if delivery.unannounced:
            delivery = msgspec.structs.replace(delivery, payload=encode_unannounced(delivery.payload))
        try:
            await self._receiver.send(delivery)
        except DeliveryError as error:
            await self._failed(delivery, error)
        else:
            await self._outbox.delivered(delivery, self._clock())
            metrics.DELIVERIES.labels(self._receiver.name, "delivered").inc()

    async def _failed(self, delivery: Delivery, error: DeliveryError) -> None:
        name, attempts, now = self._receiver.name, delivery.attempts + 1, self._clock()
        if error.status == GONE:
            # It waits, and is sent when a person has enabled the receiver again, unless it is no news then.
            logger.error("receiver '%s': %s; disabled until `bellwether receivers enable %s`", name, error, name)
            await self._outbox.disable(name, str(error), SYSTEM, now)
            again: datetime | None = now
        elif error.permanent:
            again = None
        else:
            again = next_attempt(attempts, now, self._random, error.retry_after)
        await self._outbox.failed(delivery, str(error), again)
        metrics.DELIVERIES.labels(name, "failed" if again else "given-up").inc()


class Remind:
    """What time does to alerts: silences end, what nobody acknowledged is repeated, what is old is forgotten."""

    name = "remind"

    def __init__(self, desk: Desk, retention: Retention, clock: Clock = utc_now) -> None:
        self._desk, self._retention, self._clock = desk, retention, clock
        self._forgotten: datetime | None = None

    async def tick(self) -> bool:
        """Do what is due."""
        now = self._clock()
        if sent := await self._desk.remind(now):
            metrics.REMINDERS.inc(sent)
        if self._forgotten is None or now - self._forgotten >= FORGET_EVERY:
            await self._desk.forget(self._retention, now)
            self._forgotten = now
        return False
