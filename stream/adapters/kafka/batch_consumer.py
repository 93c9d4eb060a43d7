"""Faust's consumer, without a step for each record.

Faust hands records on one by one: for each it makes two objects and starts four tasks, asks for two locks and calls
its sensors. With two stages that was a quarter of a worker's processor time. Here what was fetched goes on as it came,
in lists of aiokafka's records, and a batch is acknowledged at once. What Faust does for each fetch, at a rebalance and
for commits stays as it is.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from time import monotonic
from typing import Any

from aiokafka.errors import ConsumerStoppedError
from faust.transport.drivers import aiokafka
from faust.types import TP

from stream.adapters.kafka.record_queue import RecordQueue

POLL = 1.0  # seconds that a look for records waits; Faust's own


class BatchConsumer(aiokafka.Consumer):
    """Puts what is fetched into ``records``, and commits what was acknowledged."""

    records: RecordQueue

    def acknowledge(self, records: Sequence[Any]) -> None:
        """Note that the effects of a batch are stored; batches come in the order in which they were taken."""
        for tp, offset in _last_offsets(records):
            committed = self._committed_offset[tp]
            if committed is None or offset >= committed:
                self._acked[tp].append(offset)

    def _new_offset(self, tp: Any) -> int | None:
        """Return the offset to commit. Batches are acknowledged in order, so all before the last one is done."""
        acked = self._acked[tp]
        if not acked:
            return None
        offset = int(max(acked)) + 1
        acked.clear()
        return offset

    async def _drain_messages(self, fetcher: Any) -> None:
        """Fetch until stopped; Faust's fetcher runs this."""
        try:
            while not (self._stopped.is_set() or fetcher._stopped.is_set()):
                await self.sleep(0)  # without a record nothing below need give way to other tasks
                if not self.should_stop:
                    records, active = await self._wait_next_records(POLL)
                    if records is not None and not self.should_stop:
                        await self._pass_on(records, active)
        except (ConsumerStoppedError, asyncio.CancelledError):
            if not self.app.should_stop:
                raise
        except Exception as error:
            self.log.exception("Drain messages raised: %r", error)
            raise

    async def _pass_on(self, fetched: Mapping[Any, list[Any]], active: set[Any] | None) -> None:
        """Queue what was fetched, of all partitions in turn.

        What is left when partitions are given away is dropped: it is read again, by whoever has them then.
        """
        generation = self.app.consumer_generation_id
        if not self.flow_active:
            await self._seek_back()
            return
        chosen = {tp: batch for tp, batch in fetched.items() if active is None or tp in active}
        waiting = [record for _, record in self.scheduler.iterate(chosen)]
        at = 0
        while at < len(waiting):
            if not self.records.room:
                await self.wait_first(self.records.wait_for_room(), self.suspend_flow.wait())
            if self.should_stop or not self.flow_active or self.app.consumer_generation_id != generation:
                return
            part = waiting[at : at + self.records.room]
            self.records.put(part)
            at += len(part)
            for tp, offset in _last_offsets(part):
                self._read_offset[tp] = offset
                # Faust warns of a partition in which records wait and none has gone on for long.
                self.app.monitor.stream_inbound_time[tp] = monotonic()

    async def _seek_back(self) -> None:
        try:
            await self.perform_seek()
        except Exception as error:  # the broker is away; once it is back, Faust seeks before it reads on
            self.log.warning("could not go back to the committed offsets: %r", error)


def _last_offsets(records: Sequence[Any]) -> list[tuple[TP, int]]:
    last = {(record.topic, record.partition): record.offset for record in records}
    return [(TP(*place), offset) for place, offset in last.items()]
