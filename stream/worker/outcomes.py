"""What became of records, sent on: scored documents to their topic, what could not be read to the dead letters."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import msgspec
from aiokafka.errors import KafkaError, MessageSizeTooLargeError, RecordListTooLargeError
from faust.exceptions import ProducerSendError

from stream.adapters.kafka.stamps import compare_broker, origin_of
from stream.adapters.kafka.transport import broker_errors
from stream.clocks import Clock, Clocks
from stream.errors import BrokerError, DocumentError
from stream.pipeline.documents.dead_letters import dead_letter
from stream.pipeline.documents.document import to_utc_ms
from stream.pipeline.documents.record import LoggedDocument
from stream.pipeline.topics import Topics

Outcome = LoggedDocument | Exception
Send = Callable[[Sequence[Any], Sequence[Outcome]], Awaitable[list[Outcome]]]  # an outcome per record
_TOO_LARGE = (MessageSizeTooLargeError, RecordListTooLargeError)


class OutcomeSender:
    """Sends outcomes with the producer of ``app``.

    Args:
        clock: tells when a document was scored.
        clocks: compared with the broker's by what it answers.
    """

    def __init__(self, app: Any, topics: Topics, clock: Clock, clocks: Clocks) -> None:
        self._app, self._topics, self._clock, self._clocks = app, topics, clock, clocks

    async def send(self, records: Sequence[Any], outcomes: Sequence[Outcome]) -> list[Outcome]:
        """Send an outcome per record; what does not fit into a record becomes a dead letter.

        Returns:
            What the broker has in the end, an outcome per record.

        Raises:
            BrokerError: the broker did not take something; send the same again.
        """
        now = to_utc_ms(self._clock())
        stamped = [self._stamped(record, outcome, now) for record, outcome in zip(records, outcomes, strict=True)]
        large = await self._send([self._outgoing(*pair) for pair in zip(records, stamped, strict=True)])
        if large:
            for at in large:
                stamped[at] = DocumentError(f"{stamped[at]}"[:500] if isinstance(stamped[at], Exception) else TOO_LARGE)
            # Without a byte of the record a letter is below 10 kB, which every broker takes.
            again = await self._send([self._letter(records[at], stamped[at], kept=0) for at in large])
            if again:
                raise BrokerError(f"{self._topics.dead_letters} takes no record of 10 kB; raise its max.message.bytes")
        return stamped

    def _stamped(self, record: Any, outcome: Outcome, now: Any) -> Outcome:
        if not isinstance(outcome, LoggedDocument):
            return outcome
        return msgspec.structs.replace(outcome, origin=origin_of(record, self._clocks), scored_at=now)

    def _outgoing(self, record: Any, outcome: Outcome) -> tuple[str, bytes | None, bytes]:
        if isinstance(outcome, LoggedDocument):
            return self._topics.scored, outcome.id.encode(), msgspec.json.encode(outcome)
        return self._letter(record, outcome)

    def _letter(self, record: Any, reason: object, kept: int | None = None) -> tuple[str, None, bytes]:
        place = record.topic, record.partition, record.offset
        letter = dead_letter(reason, record.value, place, kept, record.timestamp)
        return self._topics.dead_letters, None, msgspec.json.encode(letter)

    async def _send(self, records: Sequence[tuple[str, bytes | None, bytes]]) -> list[int]:
        """Return the places of the records that are too large for the producer or the broker."""
        before = self._clocks.clock()
        futures = [await self._start(*record) for record in records]
        results = await asyncio.gather(*futures, return_exceptions=True)
        compare_broker(self._clocks, before, results)
        with broker_errors("take a record"):
            for result in results:
                if isinstance(result, BaseException) and not _too_large(result):
                    raise result
        return [at for at, result in enumerate(results) if isinstance(result, BaseException)]

    async def _start(self, target: str, key: bytes | None, value: bytes) -> Any:
        """Return a future of the broker's answer."""
        try:
            return await self._app.producer.send(target, key, value, None, None, None)
        except (KafkaError, ProducerSendError) as error:
            refusal = asyncio.get_running_loop().create_future()
            refusal.set_exception(error)
            return refusal


TOO_LARGE = "record: scored, it is too large for the producer or for the topic's max.message.bytes"


def _too_large(error: BaseException) -> bool:
    return isinstance(error, _TOO_LARGE) or isinstance(error.__cause__, _TOO_LARGE)
