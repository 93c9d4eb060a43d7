import asyncio
from datetime import timedelta

import pytest

from stream.adapters.postgres.alert_store import PostgresAlertStore
from stream.adapters.postgres.outbox import MAX_ERROR, PostgresOutbox
from stream.errors import StoreError
from stream.pipeline.notify import AlertStore, Delivery, Outbox
from tests.contracts.alerts import LEASE, NOW, RULE, Opened, firing, tick
from tests.contracts.outbox import OutboxContract
from tests.postgres import opened_engine
from tests.stores import on_fakes, on_postgres


class TestFake(OutboxContract):
    @pytest.fixture
    def opened(self) -> Opened:
        return on_fakes()


class TestPostgres(OutboxContract):
    @pytest.fixture
    def opened(self, database: str) -> Opened:
        return on_postgres(database)

    def test_two_engines_never_claim_the_same(self, database: str) -> None:
        async def work() -> None:
            async with opened_engine(database) as one, opened_engine(database) as two:
                await PostgresAlertStore(one).commit(RULE, 0, tick(*(firing(f"s{n}") for n in range(200))))
                boxes = [PostgresOutbox(one), PostgresOutbox(two)] * 5
                claims = await asyncio.gather(*(box.claim("webhook", NOW, LEASE, 15) for box in boxes))
                got = [item.id for claim in claims for item in claim]
                assert len(got) == len(set(got)) > 0

        asyncio.run(work())

    def test_an_error_is_kept_in_short_whatever_it_holds(self, opened: Opened) -> None:
        async def work(store: AlertStore, outbox: Outbox) -> None:
            await store.commit(RULE, 0, tick(firing()))
            (mine,) = await outbox.claim("webhook", NOW, LEASE, 1)
            await outbox.failed(mine, "\ud800\0" + "x" * 5000, NOW)
            story = await store.story(mine.alert_id)
            assert story is not None
            assert story.deliveries[0].error == "?\ufffd" + "x" * (MAX_ERROR - 2)

        opened(work)

    def test_a_server_that_is_gone_is_a_store_error(self) -> None:
        delivery = Delivery(1, "a", "m", "webhook", "t", b"{}")

        async def work() -> None:
            async with opened_engine("postgresql+psycopg://u:hidden@127.0.0.1:1/d") as engine:
                outbox = PostgresOutbox(engine)
                for call in (
                    outbox.claim("webhook", NOW, timedelta(1), 1),
                    outbox.delivered(delivery, NOW),
                    outbox.failed(delivery, "e", None),
                ):
                    with pytest.raises(StoreError, match="Postgres did not"):
                        await call

        asyncio.run(work())
