"""Full text: what a page gives, what robots.txt forbids, and what leaves an item as its feed has it."""

import asyncio
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from stream.adapters.http import pages
from stream.adapters.http.fetching import Fetcher
from stream.adapters.http.pages import Pages, require_extra
from stream.errors import SettingsError
from stream.pipeline.feeds.sources import Source
from tests.publishers import Answer, Publisher, publishing

ARTICLE = "".join(
    f"<p>Shares of the bank fell by {number} percent on Monday after it said that book {number} had lost money.</p>"
    for number in range(2, 8)
)
PAGE = (
    "<html><head><title>Bank falls</title><link rel=canonical href='{own}'></head><body><nav>Home Login Subscribe</nav>"
    f"<article><h1>Bank falls</h1>{ARTICLE}</article><footer>Accept our cookies</footer></body></html>"
)
HTML = {"Content-Type": "text/html; charset=utf-8"}


def _source(**fields: Any) -> Source:
    return Source(
        name="wire",
        type="rss",
        url="http://x",
        channel="news",
        source="wire",
        every=timedelta(minutes=5),
        full_text=True,
        allow_http=True,
        allow_private=True,
        **fields,
    )


def _completed(publisher: Publisher, *paths: str) -> list[dict[str, Any]]:
    async def work() -> list[dict[str, Any]]:
        fetcher = Fetcher()
        reader, made = Pages(fetcher), []
        for path in paths:
            item = {"id": path, "source": "wire", "title": "Bank", "body": "in short", "url": publisher.url + path}
            made.append(msgspec.json.decode(await reader.complete(_source(), msgspec.json.encode(item))))
        await fetcher.aclose()
        return made

    return asyncio.run(work())


def test_the_text_of_a_page_becomes_the_body() -> None:
    with publishing() as publisher:
        own = f"{publisher.url}/own"
        publisher.pages["/a"] = Answer(200, PAGE.format(own=own).encode(), HTML)
        (made,) = _completed(publisher, "/a")
    assert (made["id"], made["title"], made["url"]) == ("/a", "Bank", own)
    assert made["body"].count("Shares of the bank fell") == 6
    assert not any(word in made["body"] for word in ("Subscribe", "cookies"))


def test_what_robots_forbid_is_not_fetched_and_the_rules_are_asked_for_once() -> None:
    with publishing() as publisher:
        publisher.pages["/robots.txt"] = Answer(
            200, b"User-agent: *\nDisallow: /closed\n", {"Content-Type": "text/plain"}
        )
        for path in ("/closed", "/open"):
            publisher.pages[path] = Answer(200, PAGE.format(own=publisher.url + path).encode(), HTML)
        closed, opened = _completed(publisher, "/closed", "/open")
        assert publisher.asked("/closed") == []
        assert len(publisher.asked("/robots.txt")) == 1
    assert closed["body"] == "in short"
    assert len(opened["body"]) > 200


@pytest.mark.parametrize(
    "answer",
    [
        Answer(404),
        Answer(500),
        Answer(200, b"%PDF-1.7", {"Content-Type": "application/pdf"}),
        Answer(200, b"<html><body><p>Please accept cookies.</p></body></html>", HTML),
        Answer(200, b"", HTML),
        Answer(200, b"<" * 100_000, HTML),
        Answer(200, b"<html>" + b"<p>x</p>" * 300_000, HTML),  # larger than is read
    ],
)
def test_what_is_no_article_leaves_the_item_as_it_is(answer: Answer) -> None:
    with publishing() as publisher:
        publisher.pages["/a"] = answer
        assert _completed(publisher, "/a")[0]["body"] == "in short"


def test_rules_that_cannot_be_had_forbid_all() -> None:
    with publishing() as publisher:
        publisher.pages["/robots.txt"] = Answer(503)
        publisher.pages["/a"] = Answer(200, PAGE.format(own="").encode(), HTML)
        assert _completed(publisher, "/a")[0]["body"] == "in short"
        assert publisher.asked("/a") == []


def test_without_the_extra_it_is_said_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    require_extra(_source())
    monkeypatch.setattr(pages, "find_spec", lambda name: None)
    with pytest.raises(SettingsError, match=r"source 'wire': full_text needs the extra 'fulltext': pip install"):
        require_extra(_source())
