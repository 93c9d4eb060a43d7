"""Every PromQL query on a real Prometheus that scrapes a real worker."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx
import pytest
from prometheus_client import start_http_server

from dashboards.build import committed
from dashboards.expand import Period, expand_promql
from dashboards.translation.legends import NAMES
from stream import metrics
from stream.adapters.kafka.publisher import Publisher
from stream.embedded import Servers
from stream.embedded.worker import WorkerProcess
from stream.pipeline.topics import Topics
from stream.settings import load_settings
from stream.worker.preparation import prepare
from tests.dashboards.chinese import Json, is_english, line_of
from tests.dashboards.prometheus import SCRAPE, missing, scraping

pytestmark = pytest.mark.slow

BEGAN = time.monotonic()  # before the worker
PANELS = committed()["bellwether-pipeline"]["panels"]
CHINESE = committed("zh")["bellwether-pipeline"]["panels"]
LINES = [
    target for panel in CHINESE for target in panel["targets"] if panel["type"] == "timeseries" and "expr" in target
]
QUERIES = {
    f"{panel['title']} {target['refId']}": target["expr"]
    for panel in PANELS
    for target in panel["targets"]
    if "expr" in target
}


@pytest.fixture(scope="module")
def prometheus() -> Iterator[httpx.Client]:
    if problem := missing():
        pytest.skip(problem)
    # Not in pytest's own folders, which are closed: root runs Postgres as another user.
    with TemporaryDirectory(prefix="bellwether-", ignore_cleanup_errors=True) as name:
        Path(name).chmod(0o755)
        yield from _scraped(Path(name))


def _scraped(folder: Path) -> Iterator[httpx.Client]:
    with Servers(folder / "servers") as servers:
        settings = load_settings(**servers.settings)
        prepare(settings)
        with (
            WorkerProcess(servers.settings, folder / "worker.log") as worker,
            Publisher(settings.kafka_access) as publisher,
        ):
            worker.wait_until_ready()
            server, thread = start_http_server(0, "127.0.0.1", metrics.REGISTRY)
            with scraping(folder, [f"127.0.0.1:{worker.port}", f"127.0.0.1:{server.server_port}"]) as client:
                _run(client, publisher)
                yield client
            server.shutdown()
            server.server_close()
            thread.join()


def _run(client: httpx.Client, publisher: Publisher) -> None:
    """Publish good, bad and foreign documents and make trouble, until Prometheus has seen what each stage does."""
    topics, deadline, number, awaited = Topics(), time.monotonic() + 240, 0, set(AWAITED)
    while time.monotonic() < deadline:
        documents = [
            {"id": f"d{number}-{n}", "source": "s", "text": f"Bank {5 * number + n} falls", "published_at": _ms(number)}
            for n in range(5)
        ]
        documents.append({**documents[0], "id": f"d{number}-de", "text": "Die Aktie der Bank bricht ein", "lang": "de"})
        for topic in (topics.news, topics.social):
            publisher.send(
                [(topic, None, json.dumps(item).encode()) for item in documents] + [(topic, None, b"no json")]
            )
        metrics.RETRIES.labels("notify").inc()
        metrics.DELIVERIES.labels("webhook", "failed").inc()
        metrics.FEED_SOURCES.labels("ok").set(2)
        metrics.UNHEARD_NEED.labels("negatives").set(40)
        metrics.UNHEARD_NEED.labels("minutes").set(30)
        metrics.FEED_LOOKS.labels("unchanged").inc()
        number += 1
        time.sleep(SCRAPE)
        # Each at some time, not all at one: a busy machine does not do all of it within the same seconds.
        awaited = {expression for expression in awaited if not _samples(client, expression)}
        if number > 8 and not awaited:
            return
    raise AssertionError(f"not seen within four minutes: {awaited}")


STAGES = ("classify", "aggregate", "project", "detect", "notify")
# How Prometheus sees that everything has happened that the queries ask for.
AWAITED = [
    "rate(bellwether_decisions_total[8s]) > 0",
    "bellwether_series > 0",
    'rate(bellwether_documents_total{outcome="dead-letter"}[8s]) > 0',
    "rate(bellwether_not_read_documents_total[8s]) > 0",
    *(f'rate(bellwether_stage_seconds_count{{stage=~"{stage}(-.+)?"}}[8s]) > 0' for stage in STAGES),
]


def _ms(number: int) -> int:
    """Each round a minute later, up to now: decisions need minutes that are over."""
    return round((datetime.now(UTC) - timedelta(minutes=max(0, 20 - number))).timestamp() * 1000)


def _samples(client: httpx.Client, expression: str) -> list[Any]:
    answer = client.get("/api/v1/query", params={"query": expression}).raise_for_status().json()
    return list(answer["data"]["result"])


CASES = [(query, stage) for query, sent in QUERIES.items() for stage in (STAGES if "$stage" in sent else ("any",))]


@pytest.mark.parametrize(("query", "stage"), CASES)
def test_every_query_returns_data(prometheus: httpx.Client, query: str, stage: str) -> None:
    expression = QUERIES[query]
    end = datetime.now(UTC)
    period = Period(end - timedelta(minutes=30), end, SCRAPE)
    sent = expand_promql(expression, period, {"stage": stage}, scrape=2 * SCRAPE)
    times = {"start": str(period.start.timestamp()), "end": str(end.timestamp()), "step": "1"}
    answer = prometheus.get("/api/v1/query_range", params={"query": sent, **times})
    assert answer.is_success, answer.text
    series = answer.json()["data"]["result"]
    assert series, sent
    values = [float(value) for item in series for _, value in item["values"]]
    assert any(value == value for value in values), f"nothing but NaN: {sent}"


@pytest.mark.parametrize("target", LINES, ids=lambda target: target["expr"])
def test_every_line_has_a_chinese_name(prometheus: httpx.Client, target: Json) -> None:
    panel = next(panel for panel in CHINESE if target in panel["targets"])
    end = datetime.now(UTC)
    sent = expand_promql(
        target["expr"], Period(end - timedelta(minutes=30), end, SCRAPE), {"stage": "classify"}, scrape=2 * SCRAPE
    )
    for item in _samples(prometheus, sent):
        name = line_of(panel, target["legendFormat"], item["metric"])
        for label, value in item["metric"].items():
            if label in NAMES or value.startswith("notify-"):  # which a receiver's name follows
                name = name.replace(value.removeprefix("notify-"), "")
        assert not is_english(name), item["metric"]


def test_a_wrong_query_would_be_seen(prometheus: httpx.Client) -> None:
    assert prometheus.get("/api/v1/query", params={"query": "sum(rate(x[$__rate_interval]))"}).status_code == 400


def test_what_the_worker_says_of_itself_is_plausible(prometheus: httpx.Client) -> None:
    [age] = _samples(prometheus, QUERIES["How old is the data? A"])
    assert 0 <= float(age["value"][1]) < 3600
    ages = _samples(prometheus, QUERIES["Does every feed bring news? A"])
    assert {item["metric"]["topic"] for item in ages} == {"bellwether.news", "bellwether.social"}
    assert all(-5 < float(item["value"][1]) < 1300 for item in ages)
    # Not its rate: of few samples it may be above 1, and is 0 once the last document is a minute old.
    [busy] = _samples(prometheus, "max(bellwether_model_busy_seconds_total)")
    assert 0 < float(busy["value"][1]) <= time.monotonic() - BEGAN
