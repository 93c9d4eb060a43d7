"""What a document says of the watchlist's entries: found, asked for, written down, and counted in their windows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, cast

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
from stream.pipeline.documents.classify import score
from stream.pipeline.documents.document import Document
from stream.pipeline.documents.named_since import with_named_since
from stream.pipeline.documents.read_record import read_scored
from stream.pipeline.documents.reading import entries_of
from stream.pipeline.documents.record import ScoredDocument
from stream.pipeline.documents.relevance import relevance_of
from stream.pipeline.documents.sentences import end_of_headline
from stream.pipeline.documents.watchlist import Entry, Watchlist
from stream.pipeline.windows.contribution import contribution_of
from stream.pipeline.windows.independence import weigh_members
from stream.worker.log_records import LogSource

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


def scored(text: str | None = TEXT, classifier: Any = None, **fields: Any) -> ScoredDocument:
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
        ("Ask 买入$T freezes", "positive", True),
        ("$T.http://t.co/x it freezes, $T freezes", "positive", True),
    ],
)
def test_a_post_that_tags_one_share_is_about_it(text: str, label: str, of_text: bool) -> None:
    (entity,) = scored(text).entities
    assert (entity.entry, entity.sentiment.label, entity.of_text) == ("AT&T", label, of_text)


@pytest.mark.parametrize(
    "fields",
    [
        {"text": "Castella Bank ($T) freezes withdrawals; Okara Motors gains"},
        {"text": "AT&T ($T) gains, Castella Bank freezes withdrawals"},
        {"text": None, "title": "Castella Bank freezes withdrawals", "body": "Unrelated: $T gains."},
        {"text": None, "title": "Castella Bank ($T) freezes withdrawals", "body": None},
        {"text": None, "title": "$T freezes hiring", "body": None},
    ],
)
def test_a_tag_gives_no_entry_the_text_where_another_is_named_or_a_title_stands(fields: dict[str, Any]) -> None:
    document = scored(**fields)
    assert document.entities
    assert not any(one.of_text for one in document.entities)


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


def test_an_entry_that_a_record_does_not_have_weighs_by_the_text() -> None:
    fields: dict[str, Any] = {
        "text": None,
        "title": "Castella Bank freezes withdrawals, rivals gain",
        "body": "Okara Motors is calm.",
    }
    document = scored(**fields)
    for older in (document, msgspec.structs.replace(document, entities=())):
        for name in ("Castella", "rivals", "Okara", "calm"):
            list_now = Watchlist([Entry(name=name), Entry(name="Okara Motors")])
            entries = entries_of(older, list_now.entries_in)
            (live,) = score([Document(id="1", source="wire", published_at=AT, **fields)], Saying(), list_now.places)
            again = with_named_since(older, entries, list_now.places)
            assert isinstance(live, ScoredDocument)
            assert {name: again.relevance_of(name) for name in list_now.entries} == {
                name: live.relevance_of(name) for name in list_now.entries
            }
            assert again.sentiment_of(name) == document.sentiment
    assert with_named_since(document, entries_of(document, WATCHLIST.entries_in), WATCHLIST.places) is document
    assert contribution_of(document, [Entry(name="unknown")]).to("entry:unknown").member.relevance == 1000


def test_who_is_renamed_keeps_what_it_weighed() -> None:
    """Its old name is no other entry: what a document says of it is not less about it."""
    renamed = Watchlist([Entry(name="Castella Bank Group", aliases=("Castella Bank",))])
    source = LogSource(cast(Any, None), renamed.entries_in, places_in=renamed.places)
    assert [
        (series, source.contribution(document).to(series).member.relevance)
        for document in (
            scored("Castella Bank freezes withdrawals"),
            scored("Gold sinks, says analyst at Castella Bank"),
        )
        for series in source.contribution(document).series
    ] == [
        ("topic:Macro", 1000),
        ("entry:Castella Bank Group", 1000),
        ("watchlist:all", 1000),
        ("topic:Macro", 1000),
    ]


QUIET = "The market was quiet on Monday and traders waited for news. " * 40
UNTITLED = (
    "Shares of a lender that nobody had heard of before fell on the news that came out at noon in the city about "
)


@pytest.mark.parametrize("beginning", ["", "Johnson & Johnson. ", "See https://x.y/z now. ", "@desk ", "First.\n\n"])
@pytest.mark.parametrize("times", [1, 8])
def test_a_name_far_behind_has_the_texts_sentiment_and_little_relevance(beginning: str, times: int) -> None:
    body = beginning + QUIET * times + "Rivals such as Okara Motors were unchanged."
    document = scored(text=None, title="Castella Bank freezes withdrawals", body=body)
    told = {one.entry: one for one in document.entities}
    assert told["Okara Motors"].of_text
    assert 0 < told["Okara Motors"].relevance <= 0.1
    assert "entry:Okara Motors" not in contribution_of(document, entries_of(document, WATCHLIST.entries_in)).series


@pytest.mark.parametrize(
    "fields",
    [
        {"text": UNTITLED[:-4] + "Castella Bank and its clients. " + QUIET},
        {"text": None, "title": "Money at Castella", "body": "Bank holiday. " + QUIET},
        {"text": None, "title": "x " * 160 + "Castella Bank falls", "body": QUIET},
        {"text": None, "title": "Castella", "body": "Castella Bank falls. " + QUIET},
        {"text": None, "title": "LOSS AT T:US", "body": "LOSS AT T:US - Castella Bank gains"},
        {"text": None, "title": "Markets", "body": "y" * 20 + " word" * 41 + " and Castella Bank fell. " + QUIET},
        {"text": None, "title": "Castella Bank", "body": "Castella Bank"},
        {"text": None, "title": "Castella Bank falls", "body": "[removed]"},
        {"text": "Okara Motors. " + UNTITLED + "Castella\nBank. " + QUIET},
    ],
)
def test_windows_and_sentiments_are_of_the_same_names(fields: dict[str, Any]) -> None:
    document = scored(**fields)
    named = {entry.name for entry in entries_of(document, WATCHLIST.entries_in)}
    assert {one.entry for one in document.entities} == named
    assert all(one.relevance > 0 for one in document.entities)


@given(
    st.text(alphabet="Castel Bnk&T.\n-é!", max_size=400),
    st.none() | st.text(alphabet="Castel Bnk&T.\n", max_size=40),
)
def test_windows_and_sentiments_are_of_the_same_names_in_any_text(body: str, title: str | None) -> None:
    for words in (body, f"Castella Bank {body}AT&T", f"{body} {title} Castella Bank" * 4):
        (answer,) = score(
            [Document(id="1", source="wire", published_at=AT, title=title, body=words)], Saying(), WATCHLIST.places
        )
        if isinstance(answer, ScoredDocument):
            named = {entry.name for entry in entries_of(answer, WATCHLIST.entries_in)}
            assert {one.entry for one in answer.entities} == named


def test_a_headline_ends_behind_a_name_that_would_be_cut() -> None:
    document = scored(UNTITLED[:-8] + " Castella Bank and its many clients who had money there " + QUIET)
    (entry,) = document.entities
    assert (entry.relevance, entry.of_text) == (0.8, False)


def test_a_sign_within_a_name_ends_no_sentence() -> None:
    yahoo = Watchlist([Entry(name="Yahoo! Japan")])
    text = "Shares in Tokyo of Yahoo! Japan fell on Monday. " + QUIET
    for words in (text, text[:100]):
        document = Document(id="1", source="wire", published_at=AT, text=words)
        (answer,) = score([document], Saying(), yahoo.places)
        assert isinstance(answer, ScoredDocument)
        assert [(one.entry, one.relevance, one.of_text) for one in answer.entities] == [("Yahoo! Japan", 1.0, False)]


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
    end = len(title) if title else end_of_headline(text) or len(text)
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
        ("Customers leave one. Bank X closes.", 0.6),  # twenty signs are a headline, as in what is read
        ("Customers leave a lender. " + "So it goes. " * 19 + "Bank X waits.", 0.13),
    ],
)
def test_a_name_counts_by_where_it_stands_and_how_often(text: str, expected: float) -> None:
    assert relevance(text, "Bank X") == expected


@pytest.mark.parametrize("between", [" ", "\n", "\n\n", "</p><p>", "<br><br>", "\r\n\r\n", " \n", "\n* * *\n"])
def test_line_breaks_do_not_matter(between: str) -> None:
    body = between.join(["So it goes."] * 4 + ["Castella Bank waits."] + ["So it goes."] * 4)
    document = scored(text=None, title="Markets wrap: a quiet day", body=body)
    assert [one.relevance for one in document.entities] == [0.2]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("晨川银行周一冻结提款。", 0.6),
        ("晨川银行冻结提款！储户排队。", 0.42),
        ("晨川银行 sued Beta Inc. in the U.S. over a loan by Mr. Smith of St. Louis.", 0.6),
        ("晨川银行 fell. 12. 13.", 0.6),
    ],
)
def test_sentences_are_counted_as_people_do(body: str, expected: float) -> None:
    document = Document(id="1", source="wire", published_at=AT, title="市场综述", body=body)
    classifier = Saying()
    classifier.languages = frozenset()
    (answer,) = score([document], classifier, Watchlist([Entry(name="晨川银行")]).places)
    assert isinstance(answer, ScoredDocument)
    assert [one.relevance for one in answer.entities] == [expected]


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
