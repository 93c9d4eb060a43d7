import asyncio
from collections.abc import Awaitable, Callable, Mapping

import httpx

from stream.embedded import free_port
from stream.errors import BrokerError
from stream.health import Health
from stream.pipeline.liveness import Offsets, Partition, Position


def _at(committed: int, end: int) -> Offsets:
    return Offsets({Partition("bellwether.news", 0): Position(committed, end)})


class _Reader:
    """Offsets by hand; ``None`` is a broker that does not answer."""

    def __init__(self, offsets: dict[str, Offsets] | None) -> None:
        self.offsets = offsets

    def read(self) -> dict[str, Offsets]:
        if self.offsets is None:
            raise BrokerError("away")
        return self.offsets

    def close(self) -> None:
        pass


async def _fine() -> None:
    pass


async def _gone() -> None:
    raise ConnectionError("refused")


Checks = Mapping[str, Callable[[], Awaitable[object]]]


def _ask(path: str, reader: _Reader, checks: Checks, stall_after: float, wait: float = 0.0) -> httpx.Response:
    async def work() -> httpx.Response:
        port = free_port()
        health = Health(("127.0.0.1", port), reader, checks, stall_after)
        await health.start()
        try:
            await asyncio.sleep(wait)
            async with httpx.AsyncClient() as client:
                return await client.get(f"http://127.0.0.1:{port}{path}")
        finally:
            await health.stop()

    return asyncio.run(work())


def test_a_worker_that_stopped_committing_although_there_is_lag_is_not_healthy() -> None:
    answer = _ask("/healthz", _Reader({"bellwether-classify": _at(5, 14)}), {}, stall_after=0.2, wait=0.5)
    assert answer.status_code == 503
    assert answer.text.startswith("bellwether-classify: bellwether.news/0: 9 records wait")


def test_a_worker_without_lag_is_healthy_and_a_broker_that_is_away_is_no_stall() -> None:
    assert _ask("/healthz", _Reader({"g-classify": _at(5, 5)}), {}, 0.2, 0.5).text == "ok"
    assert _ask("/healthz", _Reader(None), {}, 0.2, 0.5).text == "ok"


def test_readiness_names_what_does_not_answer() -> None:
    answer = _ask("/readyz", _Reader({}), {"redis": _fine, "postgres": _gone}, 60)
    assert (answer.status_code, answer.text) == (503, "postgres: refused")
    assert _ask("/readyz", _Reader({}), {"redis": _fine}, 60).status_code == 200


def test_metrics_are_in_prometheus_format() -> None:
    answer = _ask("/metrics", _Reader({"bellwether-classify": _at(5, 14)}), {}, 60, 0.2)
    assert 'bellwether_lag_documents{stage="classify"} 9.0' in answer.text
    assert "# TYPE bellwether_documents_total counter" in answer.text
