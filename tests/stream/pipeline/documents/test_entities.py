"""What a document says of the watchlist's entries: found, asked for, written down, and counted in their windows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.calibration import Calibration
from models.classifier import Classified, NameAnswer, Prediction
from models.errors import TextError
from models.labels import SENTIMENT, TOPIC
from models.spans import Places
from stream.errors import DocumentError
from stream.pipeline.documents.classify import ScoredDocument, read_scored, score
from stream.pipeline.documents.document import Document
from stream.pipeline.documents.relevance import end_of_headline, relevance_of
from stream.pipeline.documents.watchlist import Entry, Watchlist
from stream.pipeline.windows.contribution import contribution_of
from stream.pipeline.windows.independence import weigh_members

AT = datetime(2026, 3, 5, tzinfo=UTC)
WATCHLIST = Watchlist(
    [Entry(name="Castella Bank", by_topic=True), Entry(name="Okara Motors"), Entry(name="AT&T", tickers=("T",))]
)
TEXT = "Castella Bank freezes withdrawals; Okara Motors' profit doubles"


def prediction(label: str, sure: float = 0.8) -> Prediction:
    rest = round((1 - sure) / 2, 6)
    return Prediction(label, {name: sure if name == label else rest for name in ("negative", "neutral", "positive")})


class Saying:
    """Calls a whole text positive, and each name by what follows it."""

    name, hash = "fake", "hash"
    languages = frozenset({"en"})
    own = True

    def __init__(self, **calibrations: Calibration) -> None:
        self.calibrations: Mapping[str, Calibration] = calibrations
        self.asked: list[Sequence[Places]] = []

    def classify(self, texts: Sequence[str], names: Sequence[Sequence[Places]] = ()) -> list[Classified | TextError]:
        self.asked += names
        heads = {SENTIMENT: prediction("positive"), TOPIC: Prediction("Macro", {"Macro": 1.0})}
        return [
            Classified(heads, names=tuple(self._said(text, places) for places in of_text))
            for text, of_text in zip(texts, names or [()] * len(texts), strict=True)
        ]

    def _said(self, text: str, places: Places) -> NameAnswer:
        label = "negative" if "freezes" in text[places[0][1] :][:12] else "positive"
        return NameAnswer(prediction(label), self.own)


def scored(text: str = TEXT, classifier: Any = None, **fields: Any) -> ScoredDocument:
    document = Document(**{"id": "1", "source": "wire", "published_at": AT, "text": text, **fields})
    (answer,) = score([document], classifier or Saying(), WATCHLIST.places)
    assert isinstance(answer, ScoredDocument)
    return answer


def test_each_entry_has_what_is_said_of_it() -> None:
    document = scored()
    assert document.sentiment.label == "positive"
    assert [(one.entry, one.sentiment.label, one.relevance, one.of_text) for one in document.entities] == [
        ("Castella Bank", "negative", 1.0, False),
        ("Okara Motors", "positive", 0.8, False),
    ]
    again = read_scored(msgspec.json.encode(document))
    assert again == document
    assert b"of_text" not in msgspec.json.encode(document)
    assert b"entities" not in msgspec.json.encode(scored("Nobody is named"))


def test_a_batch_without_names_is_asked_as_before() -> None:
    classifier = Saying()
    scored("Nobody is named", classifier)
    assert classifier.asked == []
    scored("AT&amp;T up, Castella  Bank down", classifier)
    assert classifier.asked == [[[(0, 4)], [(9, 22)]]]  # in the cleaned text


def test_a_model_without_a_head_of_names_gives_the_documents_marked() -> None:
    classifier = Saying()
    classifier.own = False
    document = scored(classifier=classifier)
    assert all(one.of_text and one.sentiment == document.sentiment for one in document.entities)
    assert b'"of_text":true' in msgspec.json.encode(document)


@pytest.mark.parametrize(
    ("text", "label", "of_text"),
    [
        ("$T freezes hiring", "positive", True),
        ("Why $T freezes, and $t will go on", "positive", True),
        ("$T freezes hiring, unlike $VZ", "negative", False),
        ("AT&T freezes hiring", "negative", False),
        ("AT&T freezes hiring; buy $VZ", "negative", False),
        ("AT&T freezes hiring, which saves $5", "negative", False),
    ],
)
def test_a_post_that_tags_one_share_is_about_it(text: str, label: str, of_text: bool) -> None:
    (entity,) = scored(text).entities
    assert (entity.entry, entity.sentiment.label, entity.of_text) == ("AT&T", label, of_text)


def test_a_feeds_calibration_holds_for_names_too() -> None:
    weights = {"negative": 100.0, "neutral": 1.0, "positive": 1.0}
    document = scored(classifier=Saying(wire=Calibration(1.0, weights)))
    assert document.sentiment.label == "negative"
    assert [one.sentiment.label for one in document.entities] == ["negative", "negative"]


def test_windows_of_an_entry_have_its_sentiment_and_the_topic_the_documents() -> None:
    document = scored()
    item = contribution_of(document, WATCHLIST.entries_in(TEXT))
    assert item.series == (
        "topic:Macro",
        "entry:Castella Bank",
        "entry:Okara Motors",
        "entry:Castella Bank/topic:Macro",
        "watchlist:all",
    )
    for series in ("entry:Castella Bank", "entry:Castella Bank/topic:Macro"):
        own = item.to(series)
        assert (own.member.sentiment, own.raw.negative, own.raw.positive) == ("negative", 1, 0)
        assert own.evidence is not None
        assert (own.evidence.negative, own.evidence.negative_of_text) == (0.8, 0.1)
    assert item.to("topic:Macro") is item
    assert (item.member.sentiment, item.raw.positive, item.evidence) == ("positive", 1, None)


def test_a_document_weighs_in_the_windows_of_an_entry_by_its_relevance() -> None:
    document = scored()
    item = contribution_of(document, WATCHLIST.entries_in(TEXT))
    members = {series: item.to(series).member for series in item.series}
    assert {series: member.relevance for series, member in members.items()} == {
        "topic:Macro": 1000,
        "entry:Castella Bank": 1000,
        "entry:Okara Motors": 800,
        "entry:Castella Bank/topic:Macro": 1000,
        "watchlist:all": 1000,
    }
    assert [one.weight for one in weigh_members([members["entry:Okara Motors"]])] == [800]
    assert item.to("entry:Okara Motors").raw == item.raw  # whole documents and probabilities are counted as they are


def test_older_records_and_changed_watchlists_count_with_the_documents_sentiment() -> None:
    old = msgspec.structs.replace(scored(), entities=())
    assert contribution_of(read_scored(msgspec.json.encode(old)), WATCHLIST.entries_in(TEXT)).own == {}
    renamed = contribution_of(scored(), [Entry(name="Castella")])
    assert renamed.to("entry:Castella").member.sentiment == "positive"


def test_who_is_only_quoted_has_no_window_of_it() -> None:
    document = scored("Gold sinks, says analyst at Castella Bank")
    assert [(one.entry, one.relevance) for one in document.entities] == [("Castella Bank", 0.1)]
    assert contribution_of(document, WATCHLIST.entries_in(document.content)).series == ("topic:Macro",)


def test_who_speaks_of_another_entry_is_only_quoted() -> None:
    document = scored("Castella Bank says Okara Motors will fall")
    assert [(one.entry, one.relevance) for one in document.entities] == [("Castella Bank", 0.1), ("Okara Motors", 1.0)]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"relevance": 1.5}, r"entities\[0\].relevance: 1.5"),
        ({"entry": "a\x00b"}, r"entities\[0\].entry"),
        ({"sentiment": {"label": "good", "probabilities": {}}}, r"entities\[0\].sentiment"),
        ({"relevance": "high"}, "not a scored document"),
    ],
)
def test_a_record_with_wrong_entities_is_refused(change: dict[str, Any], message: str) -> None:
    record = msgspec.json.decode(msgspec.json.encode(scored()))
    record["entities"][0] |= change
    with pytest.raises(DocumentError, match=message):
        read_scored(msgspec.json.encode(record))


def relevance(text: str, name: str, title: str | None = None) -> float:
    end = end_of_headline(text, title)
    starts = [at for at in range(len(text)) if text.startswith(name, at)]
    before = [(at, at + len(name)) for at in starts if at < end]
    after = [(at - end, at - end + len(name)) for at in starts if at >= end]
    return relevance_of(text[:end], text[end:], before, after)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Bank X: profit falls", 1.0),
        ("Bank X says profit fell", 1.0),
        ("Shares of Bank X fall", 1.0),
        ("Analyst says Bank X will fall", 1.0),
        ("Customers leave in droves: Bank X closes", 0.8),
        ("Customers leave in droves Bank X", 0.8),
        ("Bank X analyst quits as Bank X sinks", 1.0),
        ("Customers leave a lender. Bank X closes. It is over. All is lost.", 0.35),
        ("Customers leave a lender. Bank X closes. Bank X is over.", 0.6),
        ("Customers leave a lender. " + "So it goes. " * 19 + "Bank X waits.", 0.13),
    ],
)
def test_a_name_counts_by_where_it_stands_and_how_often(text: str, expected: float) -> None:
    assert relevance(text, "Bank X") == expected


def test_a_title_is_the_headline() -> None:
    assert relevance("Loss. At last\nBank X closes", "Bank X", "Loss. At last") == 0.6


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("<p>AT&amp;T  rises</p>", {"AT&T": ["AT&amp;T"]}),
        ("AT & T up, $T too", {"AT&T": ["AT & T", "T"]}),
        ("http://a.b/at&t Castella-Bank", {"Castella Bank": ["Castella-Bank"]}),
        ("Nobody", {}),
        ("Ｃastella\u00a0Bank", {"Castella Bank": ["Ｃastella\u00a0Bank"]}),
    ],
)
def test_places_are_those_of_the_text_as_it_came(text: str, found: dict[str, list[str]]) -> None:
    places = WATCHLIST.places(text)
    assert {entry: [text[start:stop] for start, stop in spans] for entry, spans in places.items()} == found


@given(st.text(alphabet="Castela Bnk AT&T-é<b>\n", max_size=60))
def test_places_lie_within_any_text(text: str) -> None:
    places = WATCHLIST.places(text)
    assert set(places) <= {match.entry for match in WATCHLIST.find(text)}
    assert all(0 <= start < stop <= len(text) for spans in places.values() for start, stop in spans)
