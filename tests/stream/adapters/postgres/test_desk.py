import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

import pytest

from stream.adapters.postgres.alert_store import PostgresAlertStore
from stream.adapters.postgres.desk import PostgresDesk
from stream.adapters.postgres.outbox import PostgresOutbox
from stream.pipeline.notify import AlertStore, Desk, Outbox, Routing, RoutingSource, Status
from tests.contracts.alerts import NOW, RULE, firing, resolved, tick
from tests.contracts.desk import DeskContract, OpenedDesk, Ports
from tests.fakes.alerts import FakeAlertStore, FakeDesk, FakeOutbox
from tests.postgres import opened_engine

ROUTING = Routing(("pager",))
Work = Callable[[Ports], Awaitable[Any]]


def _ports(store: AlertStore, outbox: Outbox, desk: Callable[[RoutingSource], Desk]) -> Ports:
    ports = Ports(store, outbox, desk(lambda: ports.routing), ROUTING)
    return ports


class TestFake(DeskContract):
    @pytest.fixture
    def opened(self) -> OpenedDesk:
        async def run(work: Work) -> None:
            store = FakeAlertStore()
            await work(_ports(store, FakeOutbox(store), partial(FakeDesk, store)))

        return lambda work: asyncio.run(run(work))


class TestPostgres(DeskContract):
    @pytest.fixture
    def opened(self, database: str) -> OpenedDesk:
        async def run(work: Work) -> None:
            async with opened_engine(database) as engine:
                desk = partial(PostgresDesk, engine)
                await work(_ports(PostgresAlertStore(engine), PostgresOutbox(engine), desk))

        return lambda work: asyncio.run(run(work))

    def test_of_many_who_acknowledge_at_once_one_is_named(self, opened: OpenedDesk) -> None:
        async def work(ports: Ports) -> None:
            await ports.commit(firing())
            asked = [ports.desk.acknowledge(firing().alert_id, f"p{n}", "", now=NOW) for n in range(8)]
            answers = await asyncio.gather(*asked)
            assert len({alert.acknowledged_by for found in answers for alert in found or []}) == 1
            assert [item.type for item in await ports.deliver()] == ["alert.firing", "alert.updated"]

        opened(work)

    def test_an_acknowledgement_and_a_resolution_at_once_end_resolved(self, database: str) -> None:
        async def work() -> None:
            async with opened_engine(database) as one, opened_engine(database) as two:
                store, desk = PostgresAlertStore(one), PostgresDesk(two, lambda: ROUTING)
                for n in range(10):
                    rule, name = f"{RULE}{n}", f"s{n}"
                    assert await store.commit(rule, 0, tick(firing(name), receivers=lambda: ROUTING))
                    await asyncio.gather(
                        store.commit(rule, 1, tick(resolved(name), receivers=lambda: ROUTING)),
                        desk.acknowledge(firing(name).alert_id, "Ann", "", now=NOW),
                    )
                assert await store.alerts(Status.ACKNOWLEDGED, 99) == []
                assert len(await store.alerts(Status.RESOLVED, 99)) == 10

        asyncio.run(work())
