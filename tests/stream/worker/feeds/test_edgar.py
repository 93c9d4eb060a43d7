"""EDGAR's newest filings, against a publisher that blocks as the SEC does."""

from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

from stream.pipeline.feeds.edgar import PAGE
from stream.pipeline.feeds.sources import SourceSpec
from tests.publishers import Answer, Publisher, Request, entry, filings
from tests.stream.worker.feeds.gathered import Desk, wire

MINUTE = timedelta(minutes=1)


def edgar(publisher: Publisher, **more: object) -> SourceSpec:
    return wire(f"{publisher.url}/edgar", type="edgar", **more)


class Sec:
    """Gives a page of its filings, the newest first; blocks who comes too fast, or does not say who comes."""

    def __init__(self, publisher: Publisher, count: int) -> None:
        self.publisher, self.count, self.blocked = publisher, count, 0
        publisher.pages["/edgar"] = self.answer

    def answer(self, request: Request) -> Answer:
        times = [one.at for one in self.publisher.asked("/edgar")]
        too_fast = sum(request.at - at < 1.0 for at in times) > 10
        if "@" not in request.headers["user-agent"] or too_fast:
            self.blocked += 1
            return Answer(403, b"<html>Request Rate Threshold Exceeded</html>")
        query = parse_qs(urlsplit(request.path).query)
        start = int(query["start"][0])
        numbers = range(self.count, 0, -1)[start : start + PAGE]
        return Answer(200, filings(*(entry(f"0-{n}", f"FIRM {n}") for n in numbers)))


def test_a_filing_is_one_document_for_the_company_that_it_is_about(publisher: Publisher) -> None:
    people = entry("0-1", "Doe John", "4", "Reporting") + entry("0-1", "ACME CORP", "4", "Issuer")
    publisher.pages["/edgar"] = Answer(200, filings(people, entry("0-2", "BETA INC")))
    beta, acme = Desk(edgar(publisher)).look()
    assert (acme["title"], beta["title"]) == ("ACME CORP files 4", "BETA INC files 8-K")
    assert beta["body"] == "Results of Operations and Financial Condition"
    assert (beta["lang"], beta["published_at"]) == ("en", "2026-06-29T21:30:33+00:00")


def test_forms_are_asked_for_one_by_one(publisher: Publisher) -> None:
    Sec(publisher, 3)
    Desk(edgar(publisher, forms=["8-K", "SC 13D"])).look()
    queries = [parse_qs(urlsplit(one.path).query) for one in publisher.requests]
    assert [query["type"] for query in queries] == [["8-K"], ["SC 13D"]]
    assert queries[0]["output"] == ["atom"]


def test_where_a_whole_page_is_new_the_pages_behind_it_are_read(publisher: Publisher) -> None:
    sec, desk = Sec(publisher, 150), Desk(edgar(publisher))
    assert len(desk.look()) == PAGE, "at the start, the newest page will do"
    sec.count += 250
    assert len(desk.look(MINUTE)) == 250
    assert desk.look(MINUTE) == []
    assert len(publisher.requests) == 1 + 3 + 1
    assert sec.blocked == 0


def test_many_pages_stay_below_the_rate_of_the_sec(publisher: Publisher) -> None:
    sec, desk = Sec(publisher, 1), Desk(edgar(publisher, forms=["8-K", "6-K", "4", "10-Q", "10-K", "S-1"]))
    desk.look()
    sec.count += 2000
    desk.look(MINUTE)
    assert len(publisher.requests) > 10
    assert sec.blocked == 0


def test_who_is_blocked_stays_away_for_ten_minutes(publisher: Publisher) -> None:
    Sec(publisher, 1)
    desk = Desk(edgar(publisher), contact="desk at the bank")
    desk.look()
    assert "answered 403" in (desk.health().error or "")
    assert desk.due_in() >= 10 * MINUTE


def test_sec_gov_is_not_asked_without_a_contact() -> None:
    desk = Desk(SourceSpec(name="wire", type="edgar"), SourceSpec(name="press", url="https://www.sec.gov/news.rss"))
    desk.contact = None
    desk.look()
    for name in ("wire", "press"):
        assert "BELLWETHER_FEEDS_CONTACT" in (desk.health(name).error or "")
