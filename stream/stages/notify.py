"""Stage ``notify``: the outbox to the receivers."""

from __future__ import annotations

from datetime import timedelta
from random import Random

from stream import metrics
from stream.errors import DeliveryError
from stream.pipeline.notify import Delivery, Outbox, Receiver, next_attempt
from stream.stages.clock import Clock, utc_now

LEASE, CLAIM = timedelta(seconds=60), 20


class Notify:
    """Stage ``notify``: the outbox of one receiver is delivered, in order, at least once."""

    def __init__(
        self, outbox: Outbox, receiver: Receiver, clock: Clock = utc_now, random: Random | None = None
    ) -> None:
        self.name = f"notify-{receiver.name}"
        self._outbox, self._receiver, self._clock = outbox, receiver, clock
        self._random = random or Random()  # noqa: S311 - jitter, not secrecy

    async def tick(self) -> bool:
        """Deliver what is due."""
        claimed = await self._outbox.claim(self._receiver.name, self._clock(), LEASE, CLAIM)
        for delivery in claimed:
            await self._deliver(delivery)
        return bool(claimed)

    async def _deliver(self, delivery: Delivery) -> None:
        try:
            await self._receiver.send(delivery)
        except DeliveryError as error:
            attempts = delivery.attempts + 1
            again = None if error.permanent else next_attempt(attempts, self._clock(), self._random)
            await self._outbox.failed(delivery, str(error), again)
            metrics.DELIVERIES.labels(self._receiver.name, "failed" if again else "given-up").inc()
        else:
            await self._outbox.delivered(delivery, self._clock())
            metrics.DELIVERIES.labels(self._receiver.name, "delivered").inc()
