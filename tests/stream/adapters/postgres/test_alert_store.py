import asyncio
from concurrent.futures import ThreadPoolExecutor

import msgspec
import pytest
from sqlalchemy import text

from stream.adapters.postgres.alert_store import PostgresAlertStore
from stream.embedded import Postgres
from stream.errors import StoreError
from stream.pipeline.notify import AlertStore, Outbox, Status
from stream.pipeline.rules import Reason, Rule, begin
from stream.pipeline.units import DAY
from tests.contracts.alerts import (
    LEASE,
    NOW,
    RULE,
    AlertStoreContract,
    Opened,
    decision,
    document,
    firing,
    resolved,
    tick,
)
from tests.contracts.states import states_over_midnight
from tests.postgres import killed, opened_engine
from tests.stores import on_fakes, on_postgres


class TestFake(AlertStoreContract):
    @pytest.fixture
    def opened(self) -> Opened:
        return on_fakes()


class TestPostgres(AlertStoreContract):
    @pytest.fixture
    def opened(self, database: str) -> Opened:
        return on_postgres(database)

    def test_of_two_engines_one_commits(self, database: str) -> None:
        async def work() -> None:
            async with opened_engine(database) as one, opened_engine(database) as two:
                stores = [PostgresAlertStore(one), PostgresAlertStore(two)]
                for version in range(20):
                    made = tick(latest={f"s{n}": decision(Reason.EXPECTED, f"s{n}") for n in range(50)})
                    assert sorted(await asyncio.gather(*(s.commit(RULE, version, made) for s in stores))) == [
                        False,
                        True,
                    ]

        asyncio.run(work())

    def test_the_beginning_of_an_id_is_looked_up_in_an_index(self, database: str) -> None:
        async def work() -> None:
            async with opened_engine(database) as engine:
                made = tick(*(firing(f"s{n}") for n in range(2000)))
                assert await PostgresAlertStore(engine).commit(RULE, 0, made)
                async with engine.begin() as connection:
                    await connection.execute(text("ANALYZE alerts"))
                    query = "EXPLAIN SELECT id FROM alerts WHERE id LIKE 'abcdef12%' LIMIT 100"
                    plan = "\n".join((await connection.scalars(text(query))).all())
                assert "alerts_id_beginning" in plan

        asyncio.run(work())

    def test_two_rules_at_once_do_not_lock_each_other_out(self, database: str) -> None:
        names = [f"s{n}" for n in range(2000)]

        async def commits(rule: str, order: list[str]) -> None:
            made = tick(latest={name: decision(Reason.EXPECTED, name) for name in order})
            async with opened_engine(database) as engine:
                for version in range(8):
                    assert await PostgresAlertStore(engine).commit(rule, version, made)

        # In threads: on one event loop, one statement has mostly ended before the next is put together.
        with ThreadPoolExecutor(2) as pool:
            orders = {"one": names, "two": names[::-1]}.items()
            list(pool.map(lambda item: asyncio.run(commits(*item)), orders))

    def test_no_text_breaks_the_transaction(self, opened: Opened) -> None:
        bad = document(1, id="i\ud800", source="s\0", author="\udfff", url="\0", text="a\ud83d b\0c 😀")

        async def work(store: AlertStore, outbox: Outbox) -> None:
            assert await store.commit(RULE, 0, tick(firing(evidence=[bad, document(2)])))
            story = await store.story(firing().alert_id)
            assert story is not None
            assert story.evidence[0] == document(
                1, id="i?", source="s\ufffd", author="?", url="\ufffd", text="a? b\ufffdc 😀"
            )
            (sent,) = await outbox.claim("webhook", NOW, LEASE, 1)
            assert msgspec.json.decode(sent.payload)["data"]["evidence"][0]["text"] == "a? b\ufffdc 😀"
            assert await store.story("\0\ud800") is None

        opened(work)

    def test_an_alert_keeps_ten_documents(self, opened: Opened) -> None:
        async def work(store: AlertStore, outbox: Outbox) -> None:
            await store.commit(RULE, 0, tick(firing(evidence=[document(n) for n in range(30)])))
            story = await store.story(firing().alert_id)
            assert story is not None
            assert [item.id for item in story.evidence] == [f"d{n}" for n in range(10)]

        opened(work)

    def test_a_tick_that_fails_in_its_middle_writes_nothing(self, own_database: str) -> None:
        async def work() -> None:
            async with opened_engine(own_database) as engine:
                async with engine.begin() as connection:
                    await connection.execute(text("ALTER TABLE deliveries ADD CHECK (receiver <> 'broken')"))
                store = PostgresAlertStore(engine)
                full = tick(firing(), latest={"s": decision(Reason.FIRING, "s")}, receivers=["fine", "broken"])
                with pytest.raises(StoreError, match=r"Postgres did not commit a tick: .*check"):
                    await store.commit(RULE, 0, full)
                assert await store.load(RULE) == (0, None)
                assert (await store.alerts(None, 9), await store.latest_decisions()) == ([], {})

        asyncio.run(work())

    def test_the_state_is_written_whole_now_and_then_and_else_what_changed(self, database: str) -> None:
        sizes = text("SELECT version, length(state), evaluated FROM detector_state")
        changes = text("SELECT coalesce(sum(length(changes)), 0), count(*) FROM detector_changes")

        async def work() -> None:
            async with opened_engine(database) as engine:
                store, another = PostgresAlertStore(engine), PostgresAlertStore(engine)
                before, wholes, last = None, 0, -1
                for version, state in enumerate(states_over_midnight(DAY + 40)):
                    assert await store.commit(RULE, version, tick(state=state, before=before))
                    async with engine.connect() as connection:
                        at, whole, evaluated = (await connection.execute(sizes)).one()
                        weight, count = (await connection.execute(changes)).one()
                    assert (at, evaluated) == (version + 1, state.evaluated)
                    assert weight <= whole
                    wholes += count == 0
                    assert count in (0, last + 1)
                    before, last = state, count
                assert 1 < wholes < 15
                # A worker that does not know what the whole weighs writes it; who knew the one before finds it whole.
                assert await another.commit(RULE, version + 1, tick(state=state, before=state))
                assert await store.load(RULE, (version - 3, begin(Rule(), 0))) == (version + 2, state)
                async with engine.begin() as connection:
                    assert (await connection.execute(changes)).one() == (0, 0)
                    await connection.execute(text("INSERT INTO detector_changes VALUES ('negative-surge', 3, '')"))
                with pytest.raises(StoreError, match="do not lead to version"):
                    await store.load(RULE)

        asyncio.run(work())

    def test_a_state_that_cannot_be_read_says_so(self, database: str) -> None:
        async def work() -> None:
            async with opened_engine(database) as engine:
                async with engine.begin() as connection:
                    await connection.execute(text("INSERT INTO detector_state VALUES ('r', 4, '{}', 1)"))
                with pytest.raises(StoreError, match="'r' that cannot be read"):
                    await PostgresAlertStore(engine).load("r")

        asyncio.run(work())

    def test_a_server_that_is_gone_or_comes_back(self, postgres: Postgres, database: str) -> None:
        async def work() -> None:
            async with opened_engine(database) as engine:
                store = PostgresAlertStore(engine)
                assert await store.commit(RULE, 0, tick(firing()))
                with killed(postgres):
                    with pytest.raises(StoreError, match="Postgres did not commit a tick"):
                        await store.commit(RULE, 1, tick(resolved()))
                    with pytest.raises(StoreError, match="Postgres did not return the detector's state"):
                        await store.load(RULE)
                assert await store.commit(RULE, 1, tick(resolved()))
                assert [alert.status for alert in await store.alerts(None, 9)] == [Status.RESOLVED]

        asyncio.run(work())
