import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from stream.adapters.postgres import series_store
from stream.adapters.postgres.alert_store import PostgresAlertStore
from stream.adapters.postgres.series_store import PostgresSeriesStore
from stream.errors import StoreError
from stream.pipeline.notify import moment_of
from stream.pipeline.rules import Reason
from stream.pipeline.windows.bucket import minute_of
from stream.pipeline.windows.earlier import Earlier
from stream.pipeline.windows.evidence import Evidence
from stream.pipeline.windows.projection import Projection
from tests.contracts.alerts import decision, tick
from tests.contracts.series import MINUTE, Opened, SeriesStoreContract, bucket
from tests.fakes.alerts import FakeSeriesStore
from tests.postgres import opened_engine

Work = Callable[[Projection], Awaitable[Any]]


class TestFake(SeriesStoreContract):
    @pytest.fixture
    def opened(self) -> Opened:
        async def run(work: Work) -> None:
            await work(FakeSeriesStore())

        return lambda work: asyncio.run(run(work))


class TestPostgres(SeriesStoreContract):
    @pytest.fixture
    def opened(self, database: str) -> Opened:
        async def run(work: Work) -> None:
            async with opened_engine(database) as engine:
                await work(PostgresSeriesStore(engine))

        return lambda work: asyncio.run(run(work))

    def test_ten_thousand_rows_come_back_as_they_were_sent(self, opened: Opened) -> None:
        def rows(documents: int) -> Any:
            return {MINUTE + n: {f"series {m}": bucket(documents) for m in range(20)} for n in range(500)}

        async def work(store: Projection) -> None:
            for documents in (1, 2, 2):  # new, changed, the same
                assert await store.upsert(rows(documents), {}) == 10_000
            assert await store.minutes(MINUTE, MINUTE + 500) == rows(2)

        opened(work)

    def test_the_pool_of_evidence_is_what_was_put_last(self, database: str) -> None:
        def item(number: int, **changes: Any) -> Evidence:
            text_ = f"bank {number} \0 \ud800"
            fields = {
                "id": f"d{number}",
                "source": "s",
                "published_at": moment_of(MINUTE),
                "text": text_,
                "negative": 0.9,
            }
            return Evidence(**{**fields, "entries": ("A", "B"), "story": "x", **changes})

        async def work() -> None:
            async with opened_engine(database) as engine:
                store = PostgresSeriesStore(engine)
                assert await store.put_evidence({}) == 0
                many = {f"s{n}": [item(n), item(n + 1)] for n in range(1500)}
                assert await store.put_evidence({MINUTE: many, MINUTE + 1: {"s1": [item(7)]}}) == 3001
                await store.put_evidence({MINUTE: {"s1": [item(2, copies=4), item(9)]}})
                async with engine.connect() as connection:
                    query = text("SELECT document, copies, entries, text FROM series_evidence WHERE series = 's1'")
                    rows = sorted((await connection.execute(query)).all())
                    assert [row[:2] for row in rows] == [("d2", 4), ("d7", 1), ("d9", 1)]
                    assert rows[0][2:] == (["A", "B"], "bank 2 \ufffd ?")
                    assert await connection.scalar(text("SELECT count(*) FROM series_evidence")) == 3001
                await store.upsert({MINUTE + 3 * 1440: {"s": bucket(1)}}, {})
                assert not await store.retain(2, 1, 1)
                async with engine.connect() as connection:
                    assert await connection.scalar(text("SELECT count(*) FROM series_evidence")) == 0

        asyncio.run(work())

    def test_what_people_read_stands_beside_the_documents_own_words(self, database: str) -> None:
        at, query = moment_of(MINUTE), text("SELECT document, text, readable FROM series_evidence ORDER BY document")
        texts = {"a": ("Bank can&#39;t <b>pay</b>\0", "Bank can't pay\ufffd"), "b": ("Bank fails\0", None)}
        pool = {MINUTE: {"s": [Evidence(name, "s", at, verbatim, 0.9) for name, (verbatim, _) in texts.items()]}}

        async def work() -> None:
            async with opened_engine(database) as engine:
                for _ in range(2):
                    await PostgresSeriesStore(engine).put_evidence(pool)
                    async with engine.begin() as connection:
                        found = [tuple(row) for row in await connection.execute(query)]
                        wanted = [(name, *pair) for name, pair in texts.items()]
                        assert found == [(name, own.replace("\0", "\ufffd"), shown) for name, own, shown in wanted]
                        # As a worker of the release before left it: the next one that puts the document mends it.
                        await connection.execute(text("UPDATE series_evidence SET readable = NULL"))

        asyncio.run(work())

    def test_what_was_written_before_an_event(self, database: str) -> None:
        """Of a name that is new or was silent; one that speaks, and a store that knows a few days, say nothing."""
        day = 1440

        def said(minute: int, name: str, text_: str = "") -> Evidence:
            return Evidence(name, "wire", moment_of(minute), text_ or f"{name} fails", 0.9, story=name, title="T")

        async def work() -> None:
            async with opened_engine(database) as engine:
                store, alerts = PostgresSeriesStore(engine), PostgresAlertStore(engine)
                assert await alerts.earlier("new", MINUTE) is None
                old, lately = MINUTE - 20 * day, MINUTE - 2 * day
                minutes = {
                    MINUTE - 40 * day: {"silent": bucket(1)},
                    old: {"silent": bucket(1), "loud": bucket(1)},
                    lately: {"silent": bucket(2), "loud": bucket(4)},
                    MINUTE: {"silent": bucket(9), "new": bucket(9)},
                }
                await store.upsert(minutes, {old: {"late": 3}})
                pool = {
                    old: [said(old, "a")],
                    lately: [said(lately, "b", "RT @x: c fails"), said(lately, "c")],
                    MINUTE: [said(MINUTE, "d")],
                }
                await store.put_evidence({minute: {"silent": items} for minute, items in pool.items()})
                assert await alerts.earlier("loud", MINUTE) is None
                for nothing in ("new", "late"):
                    assert await alerts.earlier(nothing, MINUTE) == Earlier(30)
                found = await alerts.earlier("silent", MINUTE)
                assert found is not None
                assert (found.days, found.documents, found.last) == (30, 3, moment_of(lately))
                assert [(item.id, item.title) for item in found.evidence] == [("b", "T"), ("a", "T")]
                # When the store was fifteen days old, and six.
                assert await alerts.earlier("new", MINUTE - 25 * day) == Earlier(15)
                assert await alerts.earlier("new", MINUTE - 34 * day) is None

        asyncio.run(work())

    def test_old_decisions_go_in_parts_and_not_with_a_tick(
        self, database: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """And not with a tick of the detector; also those of a rule that is gone."""
        monkeypatch.setattr(series_store, "DELETED_ROWS", 7)
        old, day = MINUTE - 3 * 1440, 1440

        async def kept(engine: AsyncEngine) -> list[tuple[str, int]]:
            async with engine.connect() as connection:
                rows = (await connection.execute(text("SELECT rule, minute FROM series_decisions"))).all()
            return sorted((row.rule, minute_of(row.minute)) for row in rows)

        async def work() -> None:
            async with opened_engine(database) as engine:
                store, series = PostgresAlertStore(engine), PostgresSeriesStore(engine)
                for rule, first in (("gone", old), ("there", old), ("there", MINUTE)):
                    past = [decision(Reason.EXPECTED, "s", first + n) for n in range(10)]
                    version = (await store.load(rule))[0]
                    assert await store.commit(rule, version, tick(decisions=past, evaluated=first + 10 * day))
                assert len(await kept(engine)) == 30
                await series.upsert({MINUTE: {"s": bucket(1)}}, {})
                assert not await series.retain(9, 9, 9)
                assert [await series.retain(9, 9, 2) for _ in range(3)] == [True, True, False]
                assert await kept(engine) == [("there", MINUTE + n) for n in range(10)]

        asyncio.run(work())

    def test_a_row_that_says_the_same_is_not_written_again(self, database: str) -> None:
        async def work() -> None:
            async with opened_engine(database) as engine:
                store = PostgresSeriesStore(engine)
                versions = []
                for second in (bucket(1), bucket(1), bucket(2)):
                    await store.upsert({MINUTE: {"a": bucket(1), "b": second}}, {})
                    async with engine.connect() as connection:
                        query = text("SELECT xmin::text FROM series_minutes ORDER BY series")
                        versions.append((await connection.scalars(query)).all())
                assert versions[0] == versions[1]
                assert versions[1][0] == versions[2][0]
                assert versions[1][1] != versions[2][1]

        asyncio.run(work())

    def test_a_server_that_is_gone_is_a_store_error(self) -> None:
        async def work() -> None:
            async with opened_engine("postgresql+psycopg://u:hidden@127.0.0.1:1/d") as engine:
                with pytest.raises(StoreError, match=r"Postgres did not write the minutes: .*refused") as caught:
                    await PostgresSeriesStore(engine).upsert({MINUTE: {"s": bucket(1)}}, {})
                assert "hidden" not in str(caught.value)

        asyncio.run(work())
