"""Texts go out of PostgreSQL, in whatever table they stand, and do not come back."""

import asyncio
from datetime import timedelta

import msgspec
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from stream.adapters.postgres.alert_store import PostgresAlertStore
from stream.adapters.postgres.desk import PostgresDesk
from stream.adapters.postgres.erasures import PostgresErasures
from stream.adapters.postgres.series_store import PostgresSeriesStore
from stream.adapters.postgres.tables import deliveries, erased_documents, series_evidence
from stream.pipeline.documents.erasure import Erasure, mark_of
from stream.pipeline.notify import Retention, moment_of
from stream.pipeline.notify.payload import Before, decode
from stream.pipeline.windows.earlier import Earlier
from stream.pipeline.windows.evidence import Evidence
from tests.contracts.alerts import MINUTE, NOW, RULE, document, firing, tick
from tests.postgres import opened_engine

TITLE = "Jane Doe of “Acme” resigns"
TEXT = f"{TITLE}\nIn her "


def _evidence(number: int, source: str = "wire") -> Evidence:
    fields = {"text": TEXT + str(number), "title": TITLE, "author": "@jane", "url": "https://example.org/jane"}
    return document(number, source=source, **fields)


def test_a_text_goes_from_alerts_notifications_and_the_pool_and_its_hash_stays(database: str) -> None:
    async def work() -> None:
        async with opened_engine(database) as engine:
            alerts, series, erasures = PostgresAlertStore(engine), PostgresSeriesStore(engine), PostgresErasures(engine)
            await alerts.commit(RULE, 0, tick(firing(evidence=[_evidence(1), _evidence(2)])))
            await series.put_evidence({MINUTE: {"topic:Macro": [_evidence(1), _evidence(2)]}})
            assert await erasures.of_author("@jane") == [Erasure("d1", "wire"), Erasure("d2", "wire")]
            erased = await erasures.erase([Erasure("d1")], "by hand", NOW)
            assert erased == (1, 1, 1, {"d1": frozenset({MINUTE})})
            assert await erasures.erase([Erasure("d1")], "by hand", NOW) == (0, 0, 0, {"d1": frozenset({MINUTE})})
            ((alert,), mark) = await alerts.alerts(None, 9), mark_of(TEXT + "1")
            story = await alerts.story(alert.id)
            assert story is not None
            assert [(item.text, item.title, item.author, item.url) for item in story.evidence] == [
                (mark, None, None, None),
                (TEXT + "2", TITLE, "@jane", "https://example.org/jane"),
            ]
            async with engine.connect() as connection:
                columns = series_evidence.c.text, series_evidence.c.title
                pool = [tuple(row) for row in await connection.execute(select(*columns).order_by("document"))]
                payload = (await connection.execute(select(deliveries.c.payload))).scalar_one()
            assert pool == [(mark, None), (TEXT + "2", TITLE)]
            assert [(item.text, item.title, item.url) for item in decode(payload).data.evidence] == [
                (mark, msgspec.UNSET, None),
                (TEXT + "2", TITLE, "https://example.org/jane"),
            ]

    asyncio.run(work())


def test_what_was_written_before_an_event_goes_too(database: str) -> None:
    async def work() -> None:
        async with opened_engine(database) as engine:
            alerts = PostgresAlertStore(engine)
            before = Earlier(30, 1, 1, moment_of(MINUTE - 9000), (_evidence(2),))
            await alerts.commit(RULE, 0, tick(msgspec.structs.replace(firing(evidence=[_evidence(1)]), earlier=before)))
            erased = await PostgresErasures(engine).erase([Erasure("d2")], "by hand", NOW)
            assert erased[:3] == (1, 0, 1)
            story = await alerts.story((await alerts.alerts(None, 9))[0].id)
            assert story is not None
            assert story.alert.earlier is not None
            async with engine.connect() as connection:
                told = decode((await connection.execute(select(deliveries.c.payload))).scalar_one()).data
            assert isinstance(told.earlier, Before)
            assert [item.text for item in story.alert.earlier.evidence] == [mark_of(TEXT + "2")]
            assert [item.text for item in told.earlier.evidence] == [mark_of(TEXT + "2")]
            assert [story.evidence[0].text, told.evidence[0].text] == [TEXT + "1"] * 2

    asyncio.run(work())


def test_a_text_that_is_written_later_is_gone_too(database: str) -> None:
    async def work() -> None:
        async with opened_engine(database) as engine:
            alerts, series, erasures = PostgresAlertStore(engine), PostgresSeriesStore(engine), PostgresErasures(engine)
            await erasures.erase([Erasure("d1"), Erasure("d2", "other")], "withdrawn", NOW)
            await series.put_evidence({MINUTE: {"topic:Macro": [_evidence(1), _evidence(2)]}})
            await alerts.commit(RULE, 0, tick(firing(evidence=[_evidence(1), _evidence(2, source="other/@jane")])))
            async with engine.connect() as connection:
                rows = (await connection.execute(select(series_evidence).order_by("document"))).all()
            # Another source's document of this id is not that one's to withdraw.
            assert [(row.text, row.title, row.readable, row.author) for row in rows] == [
                (mark_of(TEXT + "1"), None, None, None),
                (TEXT + "2", TITLE, None, "@jane"),
            ]
            story = await alerts.story((await alerts.alerts(None, 9))[0].id)
            assert story is not None
            assert {item.text for item in story.evidence} == {mark_of(TEXT + "1"), mark_of(TEXT + "2")}
            assert moment_of(MINUTE) == rows[0].minute

    asyncio.run(work())


KEPT = Retention(evidence=timedelta(days=2), alerts=timedelta(days=9), erased=timedelta(days=9))


async def _known(engine: AsyncEngine) -> list[str]:
    async with engine.connect() as connection:
        return list(await connection.scalars(select(erased_documents.c.document).order_by("document")))


def test_that_a_document_was_erased_is_forgotten_after_all_that_could_bring_it_back(database: str) -> None:
    async def work() -> None:
        async with opened_engine(database) as engine:
            desk, erasures = PostgresDesk(engine, []), PostgresErasures(engine)
            await erasures.erase([Erasure("d1"), Erasure("d2", "wire"), Erasure("d3")], "by hand", NOW)
            await PostgresSeriesStore(engine).put_evidence({MINUTE: {"topic:Macro": [_evidence(3)]}})
            await erasures.erase([Erasure("d2", "wire")], "by hand", NOW + timedelta(days=1))
            await desk.forget(KEPT, NOW + KEPT.erased)
            assert await _known(engine) == ["d1", "d2", "d3"]
            assert await desk.forget(KEPT, NOW + timedelta(days=9, seconds=1)) == 1
            # One was erased again, the other still stands in the pool, where its text could be written again.
            assert await _known(engine) == ["d2", "d3"]
            await desk.forget(KEPT, NOW + timedelta(days=99))
            assert await _known(engine) == ["d3"]

    asyncio.run(work())


def test_what_stands_in_an_alert_that_is_not_over_stays_erased(database: str) -> None:
    async def work() -> None:
        async with opened_engine(database) as engine:
            await PostgresAlertStore(engine).commit(RULE, 0, tick(firing(evidence=[_evidence(1)])))
            await PostgresErasures(engine).erase([Erasure("d1")], "by hand", NOW)
            await PostgresDesk(engine, []).forget(KEPT, NOW + timedelta(days=99))
            assert await _known(engine) == ["d1"]

    asyncio.run(work())
