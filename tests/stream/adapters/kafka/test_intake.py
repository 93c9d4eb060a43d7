"""Documents handed in over HTTP, to a real broker and a real worker: acknowledged, and counted once by id."""

import asyncio
import gc
import json
import logging
import time
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from stream.adapters.kafka import intake, records
from stream.adapters.kafka.access import KafkaAccess
from stream.adapters.kafka.intake import KafkaIntake
from stream.adapters.kafka.topic_admin import create_topics
from stream.api.tokens import Role, new_token
from stream.embedded import Server, Servers, free_port
from stream.embedded.worker import WorkerProcess
from stream.errors import BrokerError
from stream.pipeline.documents.masking import Acceptance
from stream.pipeline.topics import Topics
from stream.settings import load_settings
from stream.worker.preparation import prepare
from tests.brokers import BROKERS

# kafka-python leaves the socket of a connection that was refused to the garbage collector.
pytestmark = [pytest.mark.kafka, pytest.mark.slow, pytest.mark.filterwarnings("ignore::ResourceWarning")]
TOPICS, LINE = Topics(), b'{"id": "%d", "source": "wire", "text": "Shares plunge on losses"}'


@pytest.mark.parametrize("kind", BROKERS)
def test_what_is_answered_is_with_the_broker_and_a_broker_that_is_away_is_told(
    kind: type[Server], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.CRITICAL, "kafka")  # what is logged holds on to the error, and that to its sockets
    caplog.handler.setLevel(logging.WARNING)
    monkeypatch.setattr(intake, "PATIENCE", 3.0)
    broker = kind(tmp_path / "broker")

    async def work() -> None:
        taker = KafkaIntake(access, TOPICS, Acceptance())
        lines = [LINE % number for number in range(2000)] + [b"{"]
        for _ in range(2):  # the same again, as who did not get our answer does
            answer = await taker.take("social", lines)
            assert (answer.published, [item.line for item in answer.refused]) == (2000, [2001])
        assert len(list(await asyncio.to_thread(lambda: list(records.read_topic(access, TOPICS.social))))) == 4000
        broker.kill()
        with pytest.raises(BrokerError, match="send them again, each id counts once"):
            await taker.take("social", lines)
        await asyncio.to_thread(broker.start)
        await asyncio.to_thread(create_topics, access, TOPICS.all, 1, 1)  # the embedded broker forgets them
        assert (await taker.take("social", lines[:5])).published == 5
        await taker.aclose()

    with broker:
        access = KafkaAccess(broker.url)
        create_topics(access, TOPICS.all, 1, 1)
        asyncio.run(work())
    gc.collect()  # here, where what it warns of is passed over
    assert broker.url in caplog.text  # the log says where; the answer does not


def test_documents_go_from_http_into_the_windows_and_count_once(open_folder: Path) -> None:
    token, line = new_token("script", Role.PUBLISH)
    (open_folder / "tokens").write_text(line)
    with Servers(open_folder / "servers") as servers:
        port = free_port()
        values = {**servers.settings, "api_tokens": str(open_folder / "tokens"), "api_port": str(port)}
        prepare(load_settings(**values))
        with WorkerProcess(values, open_folder / "worker.log") as worker:
            worker.wait_until_ready()
            document = {"source": "wire", "text": "Shares plunge", "published_at": int(time.time() * 1000)}
            content = "\n".join(json.dumps({**document, "id": str(number)}) for number in range(20))
            headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/x-ndjson"}
            for _ in range(2):
                answer = httpx.post(
                    f"http://127.0.0.1:{port}/v1/documents", content=content, headers=headers, timeout=120
                )
                assert (answer.status_code, answer.json()["published"]) == (202, 20)
            _wait_for(lambda: _counted(worker) == (20, 20))


def _counted(worker: WorkerProcess) -> tuple[int, int]:
    """Return how many documents the windows have counted, and how many came again."""
    lines = httpx.get(f"{worker.url}/metrics", timeout=120).text.splitlines()
    values = dict(line.rsplit(" ", 1) for line in lines if line.startswith("bellwether_documents_total"))
    found = [values.get(f'bellwether_documents_total{{outcome="{name}",stage="aggregate"}}') for name in OUTCOMES]
    return int(float(found[0] or 0)), int(float(found[1] or 0))


OUTCOMES = ("counted", "repeated")


def _wait_for(look: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 300
    while not look():
        assert time.monotonic() < deadline
        time.sleep(0.2)
