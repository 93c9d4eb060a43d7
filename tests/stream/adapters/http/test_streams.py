"""Streams of social networks, from servers that drop, repeat, reorder, delete, close and refuse."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from stream.adapters.http import mastodon, streams
from stream.adapters.http.jetstream import JetstreamReader
from stream.adapters.http.mastodon import MastodonReader
from stream.adapters.http.streams import Cursor, StreamReader
from stream.errors import FeedError
from stream.pipeline.feeds.ports import Gathered, Known, Position
from stream.pipeline.feeds.selection import select
from stream.pipeline.feeds.sources import Source
from tests.networks import BEGIN, Jetstream, Mastodon, flat, post, serving

pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning")


def _source(kind: str, url: str, **fields: Any) -> Source:
    allowed = {"allow_http": True, "allow_private": True}
    return Source(
        name="net", type=kind, url=url, channel="social", source="net", every=timedelta(minutes=1), **allowed | fields
    )


async def _steps(reader: StreamReader, documents: int, cursor: str | None = None) -> list[Gathered]:
    """Return steps until so many documents have come."""
    reader.pause = lambda failures: 0.01
    found: list[Gathered] = []
    position = Position(url="u", address="u", cursor=cursor)
    async with asyncio.timeout(240):
        reading = reader.read(position)
        async for step in reading:
            found.append(step)
            if sum(len(one.documents) for one in found) >= documents:
                break
        await reading.aclose()  # type: ignore[attr-defined]
    return found


def _published(steps: Sequence[Gathered], keywords: Sequence[str] = ()) -> list[dict[str, Any]]:
    """Return what is published of steps, as the stage does: known ids are told apart."""
    known: dict[str, Known] = {}
    published = []
    for step in steps:
        selection = select(step.documents, known, keywords)
        known |= selection.items
        published += [msgspec.json.decode(one.content) for one in selection.publish]
    return published


def test_a_jetstream_that_drops_repeats_reorders_and_deletes_gives_each_post_once() -> None:
    first = [post(2, "two"), post(1, "one"), {"raw": "no JSON"}, post(3, "")]
    second = [post(2, "two"), post(3, "three"), {**post(9, "like"), "commit": {"collection": "app.bsky.feed.like"}}]
    third = [post(3, "three, edited", "update"), post(2, "", "delete"), post(7, "", "delete"), post(4, "four")]

    async def work() -> None:
        server = Jetstream(first, second, third)
        async with serving(server) as host:
            steps = await _steps(JetstreamReader(_source("jetstream", f"ws://{host}/subscribe")), 8)
        made = _published(steps)
        told = [(one["id"].rpartition("/")[2], one.get("text"), one.get("withdrawn")) for one in made]
        assert told[:3] == [("key2", "two", None), ("key1", "one", None), ("key3", "three", None)]
        # What was never published is not withdrawn.
        assert sorted(told[3:], key=str) == sorted(
            [("key3", "three, edited", None), ("key2", None, True), ("key4", "four", None)], key=str
        )
        assert {one["source"] for one in made if "text" in one} == {"net/did:plc:jane"}
        assert (made[0]["author"], made[0]["lang"]) == ("did:plc:jane", "en")
        assert made[0]["url"] == "https://bsky.app/profile/did:plc:jane/post/key2"
        assert [one.get("cursor") for one in server.asked] == [None, [str(BEGIN + 3)], [str(BEGIN + 9)]]
        assert server.asked[0]["wantedCollections"] == ["app.bsky.feed.post"]

    asyncio.run(work())


def test_version_two_goes_on_from_its_number_and_at_another_host_from_a_time_before() -> None:
    async def work() -> None:
        server = Jetstream([flat(5, "five"), flat(6, "six")], [flat(6, "six"), flat(7, "seven")])
        async with serving(server) as host:
            source = _source("jetstream", f"ws://{host}/xrpc/network.bsky.jetstream.subscribeEvents", lists=("did:a",))
            steps = await _steps(JetstreamReader(source), 4)
            assert [one["text"] for one in _published(steps)] == ["five", "six", "seven"]
            assert server.asked[0] == {"collections": ["app.bsky.feed.post"], "dids": ["did:a"], "kinds": ["commit"]}
            assert server.asked[1]["cursor"] == ["6"]
            other = msgspec.json.encode(Cursor(BEGIN, 99, "elsewhere.example")).decode()
            server.connections = [[flat(8, "eight")]]
            await _steps(JetstreamReader(source), 1, other)
            assert server.asked[2]["cursor"] == [str(BEGIN - 10_000_000)]

    asyncio.run(work())


def test_a_post_that_is_deleted_before_it_is_published_is_never_published() -> None:
    async def work() -> None:
        async with serving(Jetstream([post(1, "gone"), post(1, "", "delete"), post(2, "stays")])) as host:
            steps = await _steps(JetstreamReader(_source("jetstream", f"ws://{host}/")), 2)
        assert [one["id"].rpartition("/")[2] for one in _published(steps)] == ["key2"]

    asyncio.run(work())


def test_accounts_are_hidden_where_handles_are_masked() -> None:
    async def work() -> None:
        events = [post(1, "a"), post(2, "b"), post(3, "c", did="did:plc:joe"), post(1, "", "delete")]
        async with serving(Jetstream(events[:3], events[3:])) as host:
            reader = JetstreamReader(_source("jetstream", f"ws://{host}/", mask=("handle",)))
            made = _published(await _steps(reader, 4))
        assert len({one["source"] for one in made if "text" in one}) == 2  # still a voice each
        assert made[0]["source"].startswith("net/")
        assert made[3]["id"] == made[0]["id"]
        assert not any("jane" in str(one) or "joe" in str(one) for one in made)

    asyncio.run(work())


def test_only_posts_with_a_keyword_are_taken() -> None:
    async def work() -> None:
        events = [post(number, f"cat number {number}") for number in range(50)] + [post(60, "rates rise")]
        async with serving(Jetstream(events)) as host:
            steps = await _steps(JetstreamReader(_source("jetstream", f"ws://{host}/", keywords=("rates",))), 1)
        assert [one["text"] for one in _published(steps, ("rates",))] == ["rates rise"]

    asyncio.run(work())


@pytest.mark.parametrize(("status", "again"), [(429, 120.0), (403, 120.0)])
def test_a_refusal_is_told_at_once_and_says_when_to_come_again(status: int, again: float) -> None:
    async def work() -> None:
        async with serving(Jetstream(status)) as host:
            with pytest.raises(FeedError, match=f"answered {status}") as told:
                await _steps(JetstreamReader(_source("jetstream", f"ws://{host}/")), 1)
        assert (told.value.status, told.value.retry_after) == (status, again)

    asyncio.run(work())


def test_a_server_that_always_closes_is_a_failure_after_some_tries() -> None:
    async def work() -> None:
        server = Jetstream(*([[]] * 20))
        async with serving(server) as host:
            with pytest.raises(FeedError):
                await _steps(JetstreamReader(_source("jetstream", f"ws://{host}/")), 1)
        assert len(server.asked) == streams.TRIES + 1

    asyncio.run(work())


def test_private_addresses_are_refused() -> None:
    async def work() -> None:
        async with serving(Jetstream([post(1, "a")])) as host:
            source = _source("jetstream", f"ws://{host}/", allow_private=False)
            with pytest.raises(FeedError, match="is not public; set allow_private"):
                await _steps(JetstreamReader(source), 1)

    asyncio.run(work())


def test_a_slow_reader_makes_the_server_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams, "QUEUE", 5)

    async def work() -> None:
        reader = JetstreamReader(_source("jetstream", "ws://x/"))
        queue: asyncio.Queue[Any] = asyncio.Queue(streams.QUEUE)
        async with serving(Jetstream([post(number, "text") for number in range(2000)])) as host:
            task = asyncio.create_task(reader._pump(f"http://{host}/", queue))
            async with asyncio.timeout(240):
                while not queue.full():  # noqa: ASYNC110 - it tells nobody
                    await asyncio.sleep(0.05)
            await asyncio.sleep(0.5)
            assert (queue.qsize(), task.done()) == (5, False)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    asyncio.run(work())


STATUS = {
    "id": "113",
    "created_at": "2026-11-29T09:59:00.000Z",
    "content": "<p>Rates <b>rise</b></p><p>again &amp; again</p>",
    "language": "en",
    "url": "https://m.example/@jane/113",
    "account": {"acct": "jane"},
}


def _event(kind: str, data: Any) -> str:
    text = data if isinstance(data, str) else msgspec.json.encode(data).decode()
    return f"event: {kind}\ndata: {text}\n\n"


def test_mastodon_s_posts_edits_and_deletions() -> None:
    reblog = {**STATUS, "id": "114", "reblog": STATUS}
    hidden = {**STATUS, "id": "115", "visibility": "private"}
    edited = {**STATUS, "content": "<p>Rates fall</p>"}
    other = {**STATUS, "id": "116", "content": "Up", "account": {"acct": "joe@b.example"}}
    first = ":thump\n" + _event("update", STATUS) + _event("update", reblog) + _event("update", hidden)
    second = _event("status.update", edited) + _event("update", "{no JSON") + _event("filters_changed", "")
    third = _event("delete", "113") + _event("delete", "999") + _event("update", other)

    async def work() -> None:
        server = Mastodon(first, second, third)
        async with serving(server) as host:
            source = _source("mastodon", f"http://{host}", lists=("hashtag/finance",), language="de")
            made = _published(await _steps(MastodonReader(source, "secret"), 5))
        identity = f"mastodon:{host}/113"
        assert [(one["id"], one.get("text")) for one in made] == [
            (identity, "Rates rise\nagain & again"),
            (identity, "Rates fall"),
            (identity, None),
            (f"mastodon:{host}/116", "Up"),
        ]
        assert (made[0]["source"], made[0]["author"], made[0]["lang"]) == (f"net/jane@{host}", f"jane@{host}", "en")
        assert made[0]["published_at"] == "2026-11-29T09:59:00+00:00"
        assert (made[2]["withdrawn"], made[2]["source"]) == (True, "net")
        assert made[3]["source"] == "net/joe@b.example"
        assert server.asked == [("/api/v1/streaming/hashtag?tag=finance", "Bearer secret")] * 3

    asyncio.run(work())


def test_a_mastodon_event_without_an_end_is_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mastodon, "MAX_MESSAGE", 1000)
    monkeypatch.setattr(streams, "TRIES", 0)

    async def work() -> None:
        async with serving(Mastodon("data: " + "x" * 5000)) as host:
            with pytest.raises(FeedError, match="that much is not read"):
                await _steps(MastodonReader(_source("mastodon", f"http://{host}")), 1)

    asyncio.run(work())
