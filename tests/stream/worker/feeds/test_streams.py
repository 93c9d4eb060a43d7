"""A stream through the stage: published, withdrawn, and gone on with by the next worker from where the first was."""

import asyncio
from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from stream.adapters.files.sources import Sources
from stream.pipeline.documents.document import AHEAD_FOR
from stream.pipeline.feeds.sources import SourceSpec, SourcesSpec, sources_of
from stream.worker.feeds.gathering import Gathering
from stream.worker.feeds.looking import Tools
from stream.worker.feeds.wiring import Readers, masked
from tests.fakes.sources import FakeSourceStore
from tests.networks import BEGIN, Jetstream, post, serving
from tests.served import FakeIntake

pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning")


def test_a_document_that_lies_ahead_is_masked_and_refused_later() -> None:
    (source,) = sources_of(SourcesSpec(sources=(SourceSpec(name="a", url="https://a.example", mask=("email",)),)))
    ahead = datetime.now(UTC) + timedelta(days=2)
    content = msgspec.json.encode(
        {"id": "1", "source": "a", "text": "ann@example.org", "published_at": ahead.isoformat()}
    )
    assert msgspec.json.decode(masked(source, content))["text"] == "[email]"


def test_a_stream_is_published_withdrawn_and_gone_on_with_by_another_worker() -> None:
    store, intake = FakeSourceStore(), FakeIntake()

    async def follow(sources: Sources, published: int) -> None:
        """Run a worker until so many documents are published, and stop it."""
        readers = Readers(store, None, AHEAD_FOR)
        tools = Tools(store, intake, prepare=masked, aclose=readers.aclose)
        stage = Gathering(lambda: sources, lambda: False, readers.by_type, tools)
        await stage.tick()
        async with asyncio.timeout(240):
            while len(intake.taken) < published:  # noqa: ASYNC110 - the stage tells nobody
                await asyncio.sleep(0.05)
        await stage.on_stop()

    async def work() -> None:
        server = Jetstream([post(1, "write to ann@example.org"), post(2, "cats")])
        async with serving(server) as host:
            spec = SourceSpec(
                name="net", type="jetstream", url=f"ws://{host}/subscribe", keywords=("write",), mask=("email",),
                allow_http=True, allow_private=True,
            )  # fmt: skip
            sources = Sources({one.name: one for one in sources_of(SourcesSpec(sources=(spec,)))}, {})
            await follow(sources, 1)
            server.connections = [[post(1, "write to ann@example.org"), post(1, "", "delete"), post(2, "", "delete")]]
            await follow(sources, 2)
        made = [msgspec.json.decode(value) for _, _, value in intake.taken]
        assert [(one["text"], one.get("withdrawn", False)) for one in made] == [
            ("write to [email]", False),
            ("[withdrawn]", True),
        ]
        assert made[0]["id"] == made[1]["id"]
        assert server.asked[1]["cursor"] == [str(BEGIN + 2)]
        assert store.rows["net"].next_at <= datetime.now(UTC)  # given back, for whoever is next

    asyncio.run(work())
