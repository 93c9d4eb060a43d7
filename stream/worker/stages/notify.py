"""Stage ``notify``: the outbox to the receivers; and what time does: reminders, silences that end, forgetting."""

from __future__ import annotations

import asyncio
import logging
from datetime import datetime, timedelta
from http import HTTPStatus
from random import Random

import msgspec

from stream import metrics
from stream.clocks import Clock, utc_now
from stream.errors import DeliveryError
from stream.pipeline.notify import SYSTEM, Delivery, Desk, Outbox, Receiver, Retention, next_attempt
from stream.pipeline.notify.compose import encode_unannounced

# All that is claimed is sent side by side, each in 15 seconds at most, and a robot's in 40 more that it waits its turn:
# so no lease ends while somebody still sends.
# More at a time would empty a long queue sooner, and hold more connections to a receiver that hangs.
LEASE, CLAIM_LIMIT = timedelta(seconds=60), 8
# Looking through a long queue for what is no news any more costs more than a delivery does.
SETTLE_EVERY = timedelta(seconds=1)
# What failed is tried when the receiver takes notifications again, not when its schedule says. So often at most: of a
# receiver that refuses one message and takes the others, that one's attempts would be over in no time.
HASTEN_EVERY = timedelta(minutes=5)
FORGET_EVERY = timedelta(hours=1)  # things are kept for days, so an hour more is no matter

logger = logging.getLogger(__name__)


class Notify:
    """Stage ``notify``: the outbox of one receiver is delivered, per group in order, at least once."""

    def __init__(
        self, outbox: Outbox, receiver: Receiver, clock: Clock = utc_now, random: Random | None = None
    ) -> None:
        self.name = f"notify-{receiver.name}"
        self._outbox, self._receiver, self._clock = outbox, receiver, clock
        self._random = random or Random()  # noqa: S311 - jitter, not secrecy
        self._settled_at: datetime | None = None
        self._fails = False  # as the log was told; it is not told of each attempt
        # Whether its last answer was a yes, and whether something that failed may wait, from before this start, too.
        self._takes, self._holds = False, True
        self._hastened_at: datetime | None = None
        self._hasten_from: datetime | None = None
        # From zero on: of a counter that begins with its first delivery, Prometheus would not see that one.
        for result in ("delivered", "failed", "given-up", "no-news"):
            metrics.DELIVERIES.labels(receiver.name, result)

    async def tick(self) -> bool:
        """Deliver what is due; return whether there may be more."""
        now = self._clock()
        if not self._receiver.is_log and (self._settled_at is None or now - self._settled_at >= SETTLE_EVERY):
            stale = await self._outbox.settle(self._receiver.name, now)
            metrics.DELIVERIES.labels(self._receiver.name, "no-news").inc(stale)
            self._settled_at = now
        claimed = await self._outbox.claim(self._receiver.name, now, LEASE, CLAIM_LIMIT)
        # Each delivery ends, whatever happens to another: what was sent must be marked.
        outcomes = await asyncio.gather(*map(self._deliver, claimed), return_exceptions=True)
        for outcome in outcomes:
            if isinstance(outcome, BaseException):
                raise outcome
        if not claimed:
            self._settled_at = None  # What comes after a pause is looked at first.
        return await self._hasten() or bool(claimed)

    async def _hasten(self) -> bool:
        """Let go what failed and waits, a few at a time, where the receiver takes notifications; return whether any."""
        now = self._clock()
        if not self._takes or not self._holds or (self._hasten_from is not None and now < self._hasten_from):
            return False
        self._holds = await self._outbox.hasten(self._receiver.name, now, CLAIM_LIMIT) > 0
        self._hastened_at = now if self._holds else self._hastened_at
        return self._holds

    async def _deliver(self, delivery: Delivery) -> None:
        if delivery.unannounced:
            delivery = msgspec.structs.replace(delivery, payload=encode_unannounced(delivery.payload))
        try:
            await self._receiver.send(delivery)
        except DeliveryError as error:
            if error.untried:
                self._takes, turn = False, self._clock() + timedelta(seconds=error.retry_after or 0.0)
                await self._outbox.put_off(delivery, str(error), turn)
            else:
                await self._record_failure(delivery, error)
        else:
            self._takes = True
            if self._fails:
                self._fails = False
                logger.warning("receiver '%s': it takes notifications again", self._receiver.name)
            await self._outbox.delivered(delivery, self._clock())
            metrics.DELIVERIES.labels(self._receiver.name, "delivered").inc()

    async def _record_failure(self, delivery: Delivery, error: DeliveryError) -> None:
        name, attempts, now = self._receiver.name, delivery.attempts + 1, self._clock()
        self._takes, self._holds = False, True
        self._hasten_from = self._hastened_at + HASTEN_EVERY if self._hastened_at else None
        if error.status == HTTPStatus.GONE:
            # It waits, and is sent when a person has enabled the receiver again, unless it is no news then.
            logger.error("receiver '%s': %s; disabled until `bellwether receivers enable %s`", name, error, name)
            await self._outbox.disable(name, str(error), SYSTEM, now)
            next_at: datetime | None = now
        elif error.permanent:
            next_at = None
        else:
            next_at = next_attempt(attempts, now, self._random, error.retry_after)
        self._tell_failure(delivery, error, is_given_up=next_at is None)
        await self._outbox.failed(delivery, str(error), next_at)
        metrics.DELIVERIES.labels(name, "failed" if next_at else "given-up").inc()

    def _tell_failure(self, delivery: Delivery, error: DeliveryError, *, is_given_up: bool) -> None:
        name = self._receiver.name
        if is_given_up:
            words = "receiver '%s': delivery %d is given up after failure %d: %s; see `bellwether deliveries list`"
            logger.error(words, name, delivery.id, delivery.attempts + 1, error)
        elif not self._fails and error.status != HTTPStatus.GONE:
            logger.warning("receiver '%s': %s; it is tried again, and further failures are not logged", name, error)
        # One that is gone was told as disabled. What it does when it is enabled again is told anew.
        self._fails = error.status != HTTPStatus.GONE


class Remind:
    """What time does to alerts: silences end, what nobody acknowledged is repeated, what is old is forgotten."""

    name = "remind"

    def __init__(self, desk: Desk, retention: Retention, clock: Clock = utc_now) -> None:
        self._desk, self._retention, self._clock = desk, retention, clock
        self._forgotten_at: datetime | None = None

    async def tick(self) -> bool:
        """Send what is due; once an hour, forget what is old. Returns False: the next tick comes in its time."""
        now = self._clock()
        if sent := await self._desk.remind(now):
            metrics.REMINDERS.inc(sent)
        if self._forgotten_at is None or now - self._forgotten_at >= FORGET_EVERY:
            await self._desk.forget(self._retention, now)
            self._forgotten_at = now
        return False
