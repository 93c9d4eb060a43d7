"""Headline and body are read apart, whatever they are wrapped in, and neither drowns the other."""

from datetime import UTC, datetime

import pytest

from models.classifier import Classified, Prediction
from models.labels import SENTIMENT, TOPIC
from stream.pipeline.documents.document import Document
from stream.pipeline.documents.limits import MAX_TEXT_BYTES
from stream.pipeline.documents.parts import MOST_HEADLINE, MOST_LEAD, MOST_WHOLE, combine
from tests.stream.pipeline.documents.plain_parts import Parts, parts_of

AT = datetime(2026, 3, 5, tzinfo=UTC)
BLAND = "The office has two floors and a garden. " * 20


def _parts(text: str | None = None, title: str | None = None, body: str | None = None) -> Parts:
    return parts_of(Document(id="1", source="wire", published_at=AT, text=text, title=title, body=body))


@pytest.mark.parametrize(
    ("text", "headline"),
    [
        ("Acme files for insolvency\n" + BLAND, "Acme files for insolvency"),
        ("Acme files for insolvency. " + BLAND, "Acme files for insolvency."),
        ("Acme Inc. of the U.S. files for insolvency! " + BLAND, "Acme Inc. of the U.S. files for insolvency!"),
        ("Wow! Acme files for insolvency. " + BLAND, "Wow! Acme files for insolvency."),
        ("Acme loses 3.5 percent, says J. Smith. " + BLAND, "Acme loses 3.5 percent, says J. Smith."),
        (
            "某公司今天向法院申请破产保护，公司股票暂停交易。" + "公司有两层楼。" * 60,
            "某公司今天向法院申请破产保护,公司股票暂停交易。",
        ),
        ("<h1>Acme files for insolvency</h1><p>" + BLAND, "Acme files for insolvency"),
    ],
)
def test_the_headline_of_a_text_is_its_first_line_or_sentence(text: str, headline: str) -> None:
    parts = _parts(text)
    assert parts.headline == headline
    assert 0 < len(parts.body) <= MOST_LEAD


def test_a_short_text_is_read_whole() -> None:
    assert _parts("Acme files. It is in Ulm.\nShares fall.") == Parts("Acme files. It is in Ulm.\nShares fall.")
    assert _parts("<p>" * 200 + "Acme files.") == Parts("Acme files.")


@pytest.mark.parametrize(
    "text", ["a" * MAX_TEXT_BYTES, "a " * 30_000, "<p>a. " * 10_000, "\n" * 100 + "a" * 1000, "。" * 900]
)
def test_little_is_read_of_a_text_of_any_length(text: str) -> None:
    parts = _parts(text)
    assert len(parts.headline) <= max(MOST_WHOLE, MOST_HEADLINE)
    assert len(parts.body) <= MOST_LEAD
    assert parts.headline


@pytest.mark.parametrize(
    "before",
    [
        "<style>" + ".a{color: red} " * 1200 + "</style>",
        "<!-- " + "x " * 9000 + "-->",
        '<img src="data:image/png;base64,' + "A" * 20_000 + '">',
        "<div class='a'>" * 1500,
    ],
)
def test_what_stands_behind_long_markup_is_read(before: str) -> None:
    assert _parts(title="Morning note", body=f"{before}Acme collapses.").body == "Acme collapses."


def test_all_of_a_text_is_looked_through_for_names() -> None:
    parts = _parts(title="Morning note", body=BLAND * 50 + "Acme collapses.")
    assert parts.rest.endswith("Acme collapses.")
    assert len(parts.rest) > 17_000


def test_a_body_that_begins_with_its_headline_is_read_without_it() -> None:
    assert _parts(title="Acme falls", body="Acme falls - It lost a third.") == Parts(
        "Acme falls", "It lost a third.", "It lost a third."
    )
    assert _parts(title="Acme falls", body="Acme falls") == Parts("Acme falls")
    assert _parts(title="Acme", body="Acmeville burns") == Parts("Acme", "Acmeville burns", "Acmeville burns")


@pytest.mark.parametrize("empty", [None, "", " \u200b", "\n"])
def test_one_that_says_nothing_leaves_the_other(empty: str | None) -> None:
    assert _parts(title="Acme falls", body=empty) == _parts(title=empty, body="Acme falls") == Parts("Acme falls")


@pytest.mark.parametrize(
    "empty",
    [
        "[removed]",
        "[Removed]",
        "[deleted]",
        "[ Removed by Reddit ]",
        "null",
        "None",
        "N/A",
        ".",
        "......",
        "&nbsp;",
        "<p></p>",
        "<p>[removed]</p>",
        "&amp;nbsp;",
        "—",
    ],
)
def test_a_placeholder_is_no_text(empty: str) -> None:
    assert not any(_parts(text=empty))
    assert not any(_parts(title=empty, body=empty))
    assert _parts(title=empty, body="Acme fails") == _parts(title="Acme fails", body=empty) == Parts("Acme fails")


@pytest.mark.parametrize("text", ["Why?", "涨停", "No", "<TSLA>", "None of this is true", "Up.", "🚀", "-5%", "?!"])
def test_a_short_text_is_a_text(text: str) -> None:
    assert _parts(text=text).headline


def _answer(negative: float, neutral: float, topic: str = "Macro") -> Classified:
    sentiment = {"negative": negative, "neutral": neutral, "positive": round(1 - negative - neutral, 6)}
    topics = {"Macro": 0.1, "Earnings": 0.1} | {topic: 0.9}
    return Classified(
        {SENTIMENT: Prediction(max(sentiment, key=sentiment.__getitem__), sentiment), TOPIC: Prediction(topic, topics)}
    )


@pytest.mark.parametrize(
    ("headline", "body", "label"),
    [
        (_answer(0.99, 0.01), _answer(0.01, 0.97), "negative"),
        (_answer(0.60, 0.39), _answer(0.00, 0.99), "negative"),
        (_answer(0.01, 0.98), _answer(0.95, 0.04), "negative"),
        (_answer(0.01, 0.98), _answer(0.02, 0.97), "neutral"),
        (_answer(0.10, 0.80), _answer(0.30, 0.60), "neutral"),
        (_answer(0.01, 0.02), _answer(0.90, 0.05), "positive"),
    ],
)
def test_each_counts_by_what_it_has_to_say(headline: Classified, body: Classified, label: str) -> None:
    answer, weights = combine(headline, body)
    assert answer.heads[SENTIMENT].label == label
    assert sum(answer.heads[SENTIMENT].probabilities.values()) == pytest.approx(1)
    assert weights.headline + weights.body == pytest.approx(1)


def test_the_topic_is_that_of_the_part_that_speaks() -> None:
    answer, _ = combine(_answer(0.01, 0.98, "Macro"), _answer(0.95, 0.04, "Earnings"))
    assert answer.heads[TOPIC].label == "Earnings"
