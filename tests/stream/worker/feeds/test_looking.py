"""Looks at feeds, against a publisher that plays the faults of real ones."""

import gzip
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import brotli
import pytest

from stream.adapters.http import fetching
from stream.errors import BrokerError
from tests.publishers import Answer, Publisher, Request, item, rss
from tests.stream.worker.feeds.gathered import NOW, Desk, wire

MINUTE = timedelta(minutes=1)
EVERY = 5 * MINUTE


def titles(documents: list[dict[str, str]]) -> list[str]:
    return [one["title"] for one in documents]


def test_new_items_are_published_once_and_a_changed_one_under_its_id(publisher: Publisher) -> None:
    desk = Desk(wire(publisher.feed("/f", item("Up", "1"))))
    (first,) = desk.look()
    assert (first["title"], first["source"]) == ("Up", "wire")
    publisher.feed("/f", item("Down", "2"), item("Up again", "1"))
    assert {one["title"]: one["id"] == first["id"] for one in desk.look(EVERY)} == {"Up again": True, "Down": False}
    assert desk.look(EVERY) == []
    assert (desk.health().documents, desk.health().looks) == (2, 3)


def test_an_item_that_changes_with_each_look_is_published_some_times_and_then_left(publisher: Publisher) -> None:
    desk = Desk(wire(publisher.url + "/f"))
    sent = 0
    for reads in range(12):
        publisher.feed("/f", item(f"Read {reads} times", "1"))
        sent += len(desk.look(EVERY))
    assert sent == 6


def test_validators_go_back_to_the_byte_and_304_is_no_news(publisher: Publisher) -> None:
    tag, when = 'W/"a, \u00e4"', "Mon, 29 Jun 2026 10:00:00 GMT; length=8"

    def answer(request: Request) -> Answer:
        if request.headers.get("if-none-match") == tag and request.headers.get("if-modified-since") == when:
            return Answer(304)
        return Answer(200, rss(item("Up", "1")), {"ETag": tag, "Last-Modified": when})

    publisher.pages["/f"] = answer
    desk = Desk(wire(publisher.url + "/f"))
    assert len(desk.look()) == 1
    assert desk.look(EVERY) == []
    assert (desk.health().unchanged, desk.health().failures) == (1, 0)


def test_a_server_that_answers_304_for_ever_is_asked_in_full_once_a_day(publisher: Publisher) -> None:
    body = [rss(item("Up", "1"))]
    publisher.pages["/f"] = lambda request: (
        Answer(304) if "if-none-match" in request.headers else Answer(200, body[0], {"ETag": '"same"'})
    )
    desk = Desk(wire(publisher.url + "/f", every="6h"))
    desk.look()
    body[0] = rss(item("Down", "2"))
    assert [titles(desk.look(timedelta(hours=6))) for _ in range(4)] == [[], [], [], ["Down"]]


def test_a_304_that_nobody_asked_for_is_a_failure(publisher: Publisher) -> None:
    publisher.pages["/f"] = Answer(304)
    desk = Desk(wire(publisher.url + "/f"))
    desk.look()
    assert "answered 304" in (desk.health().error or "")


def test_a_body_that_is_the_same_is_not_read_again(publisher: Publisher, monkeypatch: pytest.MonkeyPatch) -> None:
    publisher.pages["/f"] = Answer(200, rss(item("Up", "1")))
    desk = Desk(wire(publisher.url + "/f"))
    desk.look()
    monkeypatch.setattr("stream.adapters.http.feed_readers.parse_feed", None)
    assert desk.look(EVERY) == []
    assert desk.health().failures == 0


def test_what_ends_too_early_gives_its_whole_items_and_comes_again(publisher: Publisher) -> None:
    whole = rss(item("One", "1"), item("Two", "2"), item("Three", "3"))
    publisher.pages["/f"] = Answer(200, whole[: whole.index(b"Three") + 2], {"ETag": '"1"'})
    desk = Desk(wire(publisher.url + "/f"))
    assert sorted(titles(desk.look())) == ["One", "Two"]
    assert "ends too early" in (desk.health().error or "")
    publisher.pages["/f"] = Answer(200, whole, {"ETag": '"1"'})
    assert titles(desk.look(EVERY)) == ["Three"]
    assert "if-none-match" not in publisher.asked("/f")[1].headers
    assert desk.health().failures == 0


@pytest.mark.parametrize("form", ["seconds", "date"])
def test_a_host_that_asks_to_be_left_alone_is_by_all_sources(publisher: Publisher, form: str) -> None:
    wait = "1860" if form == "seconds" else format_datetime(datetime.now(UTC) + 31 * MINUTE, usegmt=True)
    publisher.pages["/f"] = Answer(429, b"", {"Retry-After": wait})
    desk = Desk(wire(publisher.url + "/f"))
    desk.look()
    assert 30 * MINUTE < desk.due_in() <= 31 * MINUTE
    desk.sources = Desk(wire(publisher.feed("/g", item("Up", "1")), name="other")).sources
    assert desk.look(MINUTE) == []
    assert (desk.health("other").failures, len(publisher.asked("/g"))) == (0, 0)
    assert titles(desk.look(30 * MINUTE)) == ["Up"]


def test_a_wait_of_years_is_a_day(publisher: Publisher) -> None:
    publisher.pages["/f"] = Answer(503, b"", {"Retry-After": "999999999"})
    desk = Desk(wire(publisher.url + "/f"))
    desk.look()
    assert desk.due_in() == timedelta(days=1)


@pytest.mark.parametrize("status", [403, 429, 500, 404])
def test_failures_back_off_and_a_success_forgets_them(publisher: Publisher, status: int) -> None:
    publisher.pages["/f"] = Answer(status)
    desk = Desk(wire(publisher.url + "/f"))
    waits = []
    for _ in range(4):
        desk.look(timedelta(days=1))
        waits.append(desk.due_in())
    assert waits == [EVERY, 2 * EVERY, 4 * EVERY, 8 * EVERY]
    publisher.feed("/f", item("Up", "1"))
    assert titles(desk.look(timedelta(days=1))) == ["Up"]
    assert (desk.health().failures, desk.health().error, desk.due_in()) == (0, None, EVERY)


@pytest.mark.parametrize("status", [301, 308])
def test_a_feed_that_moved_for_good_is_asked_at_its_new_address(publisher: Publisher, status: int) -> None:
    publisher.feed("/new", item("Up", "1"))
    publisher.pages["/f"] = Answer(status, b"", {"Location": "/new"})
    desk = Desk(wire(publisher.url + "/f"))
    assert len(desk.look()) == 1
    desk.look(EVERY)
    assert (len(publisher.asked("/f")), len(publisher.asked("/new"))) == (1, 2)


def test_a_feed_that_moved_to_a_page_that_is_none_keeps_its_address(publisher: Publisher) -> None:
    publisher.pages["/f"] = Answer(301, b"", {"Location": "/new"})
    publisher.pages["/new"] = Answer(200, b"<!doctype html><title>Welcome</title>")
    desk = Desk(wire(publisher.url + "/f"))
    desk.look()
    assert "HTML page" in (desk.health().error or "")
    publisher.feed("/f", item("Up", "1"))
    assert len(desk.look(EVERY)) == 1


@pytest.mark.parametrize("status", [302, 303, 307])
def test_a_feed_that_moved_for_now_keeps_its_address(publisher: Publisher, status: int) -> None:
    publisher.feed("/new", item("Up", "1"))
    publisher.pages["/f"] = Answer(status, b"", {"Location": "/new"})
    desk = Desk(wire(publisher.url + "/f"))
    desk.look()
    desk.look(EVERY)
    assert len(publisher.asked("/f")) == 2


def test_a_feed_that_is_gone_is_not_asked_again(publisher: Publisher) -> None:
    publisher.pages["/f"] = Answer(410)
    desk = Desk(wire(publisher.url + "/f"))
    desk.look()
    desk.look(timedelta(days=7))
    assert len(publisher.asked("/f")) == 1
    assert "gone for good" in (desk.health().disabled or "")


@pytest.mark.parametrize(
    ("headers", "head", "wait"),
    [
        ({"Cache-Control": "public, max-age=1800"}, "", 30 * MINUTE),
        ({"Cache-Control": "max-age=0, must-revalidate"}, "", EVERY),
        ({"Cache-Control": "no-cache, max-age=86400"}, "", EVERY),
        ({"Cache-Control": "max-age=31536000"}, "", timedelta(days=1)),
        ({}, "<ttl>60</ttl>", 60 * MINUTE),
        ({}, "<ttl>soon</ttl>", EVERY),
        ({}, "<sy:updatePeriod>hourly</sy:updatePeriod><sy:updateFrequency>2</sy:updateFrequency>", 30 * MINUTE),
        ({}, "<sy:updatePeriod>daily</sy:updatePeriod>", timedelta(days=1)),
        ({"Cache-Control": "max-age=600"}, "<ttl>30</ttl>", 30 * MINUTE),
    ],
)
def test_the_largest_of_all_wishes_counts_to_a_day(
    publisher: Publisher, headers: dict[str, str], head: str, wait: timedelta
) -> None:
    name = "http://purl.org/rss/1.0/modules/syndication/"
    body = rss(item("Up", "1"), head=head).replace(b'version="2.0"', f'version="2.0" xmlns:sy="{name}"'.encode())
    publisher.pages["/f"] = Answer(200, body, headers)
    desk = Desk(wire(publisher.url + "/f"))
    desk.look()
    assert desk.due_in() == wait
    desk.look(timedelta(days=2))
    assert desk.due_in() == wait, "a body that is the same has the same wishes"


@pytest.mark.parametrize("coding", ["gzip", "br"])
def test_what_is_compressed_is_read(publisher: Publisher, coding: str) -> None:
    pack = gzip.compress if coding == "gzip" else brotli.compress
    publisher.pages["/f"] = Answer(200, pack(rss(item("Up", "1"))), {"Content-Encoding": coding})
    assert len(Desk(wire(publisher.url + "/f")).look()) == 1
    assert publisher.requests[0].headers["accept-encoding"] == "gzip, br"


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (rss(item("Z\u00fcrich", "1")).decode().encode("latin-1"), {"Content-Type": "text/xml; charset=utf-8"}),
        (b"\xef\xbb\xbf" + rss(item("Z\u00fcrich", "1")), {"Content-Type": "text/xml"}),
        (rss(item("Z\u00fcrich", "1")).decode().encode("utf-16"), {"Content-Type": "application/rss+xml"}),
        (rss(item("Z&amp;uuml;rich", "1")), {}),
        (rss(item("<![CDATA[Z&uuml;rich]]>", "1")), {}),
    ],
)
def test_a_wrong_charset_a_bom_and_entities_do_no_harm(
    publisher: Publisher, body: bytes, headers: dict[str, str]
) -> None:
    publisher.pages["/f"] = Answer(200, body, headers)
    assert titles(Desk(wire(publisher.url + "/f")).look()) == ["Z\u00fcrich"]


@pytest.mark.parametrize(
    "body",
    [
        b"<!DOCTYPE html><html><title>503</title></html>",
        b"  <HTML><body>Access denied</body></HTML>",
        b"",
        b'{"error": "quota"}',
        b'<?xml version="1.0"?><sitemap/>',
    ],
)
def test_an_error_page_with_status_200_is_a_failure(publisher: Publisher, body: bytes) -> None:
    publisher.pages["/f"] = Answer(200, body, {"ETag": '"1"'})
    desk = Desk(wire(publisher.url + "/f"))
    assert desk.look() == []
    assert desk.health().failures == 1
    assert desk.store.rows["wire"].position.etag is None


def test_bombs_and_entities_that_grow_are_failures(publisher: Publisher) -> None:
    entities = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 10))
    grown = f'<?xml version="1.0"?><!DOCTYPE r [<!ENTITY e0 "boom">{entities}]>'.encode() + rss(item("&e9;", "1"))
    publisher.pages["/f"] = Answer(200, gzip.compress(b" " * 20_000_000), {"Content-Encoding": "gzip"})
    publisher.pages["/g"] = Answer(200, grown)
    desk = Desk(wire(publisher.url + "/f"), wire(publisher.url + "/g", name="grown"))
    assert all(len(str(one)) < 1000 for one in desk.look())
    assert "over 10 MiB" in (desk.health().error or "")


def test_a_slow_drip_ends_in_time(publisher: Publisher, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetching, "WHOLE", 0.3)
    publisher.pages["/f"] = Answer(200, rss(item("Up", "1")), drip=0.05)
    desk = Desk(wire(publisher.url + "/f"))
    desk.look()
    assert "did not answer" in (desk.health().error or "")


def test_items_that_share_a_link_or_whose_guid_is_an_attribute_stay_apart(publisher: Publisher) -> None:
    link = "<link>https://example.org/</link>"
    items = [item(f"News {n}", more=f'{link}<guid isPermaLink="true"/>', date=f"2026/6/{n}") for n in range(1, 5)]
    publisher.feed("/f", *items)
    desk = Desk(wire(publisher.url + "/f"))
    assert len({one["id"] for one in desk.look()}) == 4
    publisher.feed("/f", item("News 5", more=link), *items[:3])
    assert titles(desk.look(EVERY)) == ["News 5"]


def test_dates_of_all_kinds_and_one_in_the_future(publisher: Publisher) -> None:
    dates = [
        "Mon, 29 Jun 2026 10:00:00 MEST",
        "2016/6/29",
        "",
        "someday",
        "29 Jun 26 10:00:00 GMT",
        "2031-01-01T00:00:00Z",
    ]
    publisher.feed("/f", *(item(f"News {n}", str(n), date) for n, date in enumerate(dates)))
    found = {one["title"][-1]: one.get("published_at", "")[:19] for one in Desk(wire(publisher.url + "/f")).look()}
    assert found == {
        "0": "2026-06-29T08:00:00", "1": "2016-06-29T00:00:00", "2": "", "3": "", "4": "2026-06-29T10:00:00",
    }  # fmt: skip


def test_an_item_that_shows_up_late_counts_when_it_was_fetched_and_the_past_does_not(
    publisher: Publisher,
) -> None:
    desk = Desk(wire(publisher.feed("/f", item("First", "0", format_datetime(NOW - 30 * MINUTE)))))
    (first,) = desk.look()
    assert first["published_at"] < (NOW - 20 * MINUTE).isoformat(), "what was there before is the past"
    ages = {"1": 5, "2": 40, "3": 150}
    dates = {n: format_datetime(NOW + EVERY - age * MINUTE) for n, age in ages.items()}
    publisher.feed("/f", *(item(f"News {n}", n, date) for n, date in dates.items()))
    found = {one["title"][-1]: one["published_at"] for one in desk.look(EVERY)}
    assert found["2"] == desk.now.isoformat()
    assert found["1"][:16] == (desk.now - 5 * MINUTE).isoformat()[:16]
    assert found["3"][:16] == (desk.now - 150 * MINUTE).isoformat()[:16]
    desk.now += timedelta(hours=3)
    publisher.feed("/f", item("News 4", "4", format_datetime(desk.now - 40 * MINUTE)))
    (late,) = desk.look()
    assert late["published_at"] < desk.now.isoformat(), "after an outage, the past keeps its dates"


def test_only_items_with_a_keyword_are_taken(publisher: Publisher) -> None:
    texts = ("Rates rise", "Corporates gain", "RATES", "\u592e\u884c\u964d\u606f", "$AAPLX", "$AAPL up")
    url = publisher.feed("/f", *(item(text, text) for text in texts))
    desk = Desk(wire(url, keywords=["rates", "\u964d\u606f", "$AAPL"]))
    assert sorted(titles(desk.look())) == ["$AAPL up", "RATES", "Rates rise", "\u592e\u884c\u964d\u606f"]


def test_what_the_broker_did_not_take_is_read_again(publisher: Publisher) -> None:
    desk = Desk(wire(publisher.feed("/f", item("Up", "1"))))
    desk.intake.error = BrokerError("away")
    assert desk.look() == []
    assert (desk.health().tried_at, desk.due_in()) == (None, timedelta(seconds=10))
    desk.intake.error = None
    assert titles(desk.look(timedelta(seconds=10))) == ["Up"]


def test_who_asks_says_so_and_a_token_goes_to_its_host_alone(publisher: Publisher) -> None:
    publisher.pages["/f"] = Answer(302, b"", {"Location": "/g"})
    publisher.feed("/g", item("Up", "1"))
    desk = Desk(wire(publisher.url + "/f"))
    desk.tokens["wire"] = "abc-123"
    desk.look()
    first, second = publisher.requests
    assert "desk@bank.example" in first.headers["user-agent"]
    assert first.headers["authorization"] == "Bearer abc-123"
    assert "authorization" not in second.headers


def test_addresses_that_are_not_public_are_refused_also_behind_a_redirect(publisher: Publisher) -> None:
    publisher.feed("/f", item("Up", "1"))
    desk = Desk(wire(publisher.url + "/f", allow_private=False))
    desk.look()
    assert "not public" in (desk.health().error or "")
    assert publisher.requests == []


def test_a_language_that_the_feed_does_not_give_is_that_of_the_file(publisher: Publisher) -> None:
    (document,) = Desk(wire(publisher.feed("/f", item("Up", "1")), language="en", source="Wire")).look()
    assert (document["lang"], document["source"]) == ("en", "Wire")
