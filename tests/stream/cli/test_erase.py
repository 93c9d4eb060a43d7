"""Erasing on real servers: a text goes by hand and by its source, and a rebuild from the log does not bring it back."""

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
import pytest
import redis

from stream.adapters.kafka.access import KafkaAccess
from stream.adapters.kafka.publisher import Publisher
from stream.adapters.kafka.records import read_topic
from stream.embedded import Servers
from stream.embedded.worker import WorkerProcess
from stream.pipeline.documents.erasure import mark_of
from stream.pipeline.topics import Topics
from stream.settings import load_settings
from stream.worker.preparation import prepare
from tests.stream.conftest import Run

pytestmark = [pytest.mark.kafka, pytest.mark.slow, pytest.mark.filterwarnings("ignore::ResourceWarning")]
TOPICS = Topics()
JANE, JOE, ANN = "Jane's bank collapses in fraud", "Joe's fund defaults on all debts", "Ann's shares plunge on losses"


def test_texts_go_and_stay_gone(open_folder: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    with Servers(open_folder / "servers") as servers:
        prepare(load_settings(**servers.settings))
        for name, value in servers.settings.items():
            monkeypatch.setenv(f"BELLWETHER_{name.upper()}", str(value))
        now = int(time.time() * 1000)
        # The log does not tell the author: the raw record does.
        with WorkerProcess({**servers.settings, "mask": "handle"}, open_folder / "worker.log") as worker:
            worker.wait_until_ready()
            _publish(
                servers,
                {"id": "jane", "source": "a", "text": JANE, "author": "@jane", "published_at": now},
                {"id": "joe", "source": "b", "text": JOE, "published_at": now},
                {"id": "ann", "source": "c", "text": ANN, "published_at": now},
            )
            _until(lambda: _pool(servers) == {JANE, JOE, ANN})
            code, said, _ = run("documents", "erase", "--author", "@jane")
            assert code == 0
            assert "written to the log without their text: 1" in said
            assert "left: 1 records of bellwether.news hold a text" in said
            assert _pool(servers) == {mark_of(JANE), JOE, ANN}
            assert not _in_redis(servers, JANE)
            _publish(servers, {"id": "joe", "source": "b", "withdrawn": True})
            _publish(servers, {"id": "ann", "source": "b", "withdrawn": True})  # not its own
            _until(lambda: _pool(servers) == {mark_of(JANE), mark_of(JOE), ANN})
            _until(lambda: not _in_redis(servers, JOE))
            _client(servers).flushall()
            _until(lambda: _in_redis(servers, ANN))  # the worker has rebuilt it from the log
            _until(lambda: not _in_redis(servers, JANE) and not _in_redis(servers, JOE))
            assert _pool(servers) == {mark_of(JANE), mark_of(JOE), ANN}
        logged = [
            json.loads(record.value) for record in read_topic(KafkaAccess(servers.settings["kafka"]), TOPICS.scored)
        ]
        assert [one["text"] for one in logged if one["id"] == "jane"] == [JANE, mark_of(JANE)]
        code, said, error = run("documents", "erase", "--author", "@nobody")
        assert (code, "no document of the author '@nobody'" in error) == (2, True)


def _publish(servers: Servers, *documents: dict[str, Any]) -> None:
    with Publisher(KafkaAccess(servers.settings["kafka"])) as publisher:
        publisher.send((TOPICS.news, one["source"].encode(), json.dumps(one).encode()) for one in documents)


def _pool(servers: Servers) -> set[str]:
    with psycopg.connect(servers.settings["postgres"].replace("+psycopg", "")) as connection:
        return {row[0] for row in connection.execute("SELECT text FROM series_evidence")}


def _client(servers: Servers) -> Any:
    return redis.Redis.from_url(servers.settings["redis"])


def _in_redis(servers: Servers, text: str) -> bool:
    client = _client(servers)
    keys = [key for key in client.scan_iter("*evidence*") if client.type(key) == b"hash"]
    return any(text.encode() in value for key in keys for value in client.hgetall(key).values())


def _until(look: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 300
    while not look():
        assert time.monotonic() < deadline
        time.sleep(0.3)
