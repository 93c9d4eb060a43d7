"""The scenario in Chinese: its texts, how the Chinese model reads them, and whom the watchlist finds."""

from __future__ import annotations

import re
from collections import Counter
from datetime import UTC, datetime

import msgspec
import pytest

from models.artifact import SHIPPED
from models.labels import NEGATIVE
from models.language import detect
from models.loading import load_models
from stream.demo.chinese import CHINESE
from stream.demo.scenario import Published, Sizes, burst_window, crisis_window, generate
from stream.demo.watched import demo_entries
from stream.pipeline.documents.classify import score
from stream.pipeline.documents.document import Document, parse_document
from stream.pipeline.documents.record import ScoredDocument
from stream.pipeline.documents.watchlist import Watchlist
from stream.pipeline.stories.memory import StoryMemory
from stream.pipeline.stories.signature import signature_of

END = datetime(2026, 3, 12, 10, 0, tzinfo=UTC)
NAMES = CHINESE.names
WATCHLIST = Watchlist(demo_entries(NAMES))
# Latin letters that stand in Chinese news: abbreviations, exchanges before a code, what a headline calls a stock.
LATIN = {"IPO", "APP", "SH", "A", "T"}


def _document(item: Published) -> Document:
    return parse_document(msgspec.json.encode(item.document), item.at)


@pytest.fixture(scope="module")
def documents() -> list[Document]:
    return [_document(item) for item in generate(3, END, script=CHINESE)]


@pytest.fixture(scope="module")
def read() -> list[ScoredDocument]:
    """A smaller scenario, as the shipped models read it."""
    sizes = Sizes(days=2, per_day=500, crisis=200, copies=50)
    some = [_document(item) for item in generate(5, END, sizes, CHINESE)]
    model = load_models(SHIPPED, None, "cpu", 1)
    answers = [answer for answer in score(some, model, WATCHLIST.places) if isinstance(answer, ScoredDocument)]
    assert len(answers) == len(some)
    return answers


def _of_the_crisis(document: Document) -> bool:
    return document.published_at >= crisis_window(END)[0] and "晨川" in document.content


def _negative(documents: list[ScoredDocument]) -> float:
    return sum(document.sentiment.label == NEGATIVE for document in documents) / len(documents)


def test_the_texts_are_chinese(documents: list[Document]) -> None:
    assert len(documents) > 13_000
    for document in documents:
        assert detect(document.content) == "zh", document.content
        text = re.sub(r"https://queming\.example/[0-9a-f]{8}", "", document.content)
        assert set(re.findall("[A-Za-z]+", text)) <= LATIN, text
        assert "汀泽" in text or not re.search(r"\s[，。]|，{2}|，$|^，", text), text
        assert not re.search("[A-Za-z]", document.source)


def test_most_usual_texts_are_their_own(documents: list[Document]) -> None:
    texts = Counter(document.title for document in documents if document.title)
    assert len(texts) > 0.95 * texts.total()


def test_each_name_of_the_watchlist_is_found_and_the_bank_by_its_short_name(documents: list[Document]) -> None:
    found = Counter(entry.name for document in documents for entry in WATCHLIST.entries_in(document.content))
    assert found.keys() == {entry.name for entry in demo_entries(NAMES)}
    assert min(found.values()) >= 30, found.most_common()[-3:]
    told = [document for document in documents if _of_the_crisis(document)]
    assert 150 <= len(told) <= 200
    for document in told:
        assert NAMES.failing in {entry.name for entry in WATCHLIST.entries_in(document.content)}, document.content
    companies = dict(NAMES.companies)
    for name in companies:
        code = companies[name].removesuffix(".SS")
        assert [entry.name for entry in WATCHLIST.entries_in(f"SH{code} 涨2%")] == [name]


def test_the_failing_bank_has_a_past(documents: list[Document]) -> None:
    before = [one for one in documents if not _of_the_crisis(one) and NAMES.failing in one.content]
    days = Counter((END - one.published_at).days for one in before)
    assert all(days[day] >= 15 for day in range(4)), days


def test_the_copies_of_the_rumour_are_few_stories_and_the_crisis_is_many(documents: list[Document]) -> None:
    start, over = burst_window(END)
    memory, copies, told = StoryMemory(), Counter[str](), Counter[str]()
    for document in documents:
        story = memory.assign(signature_of(document, [one.name for one in WATCHLIST.entries_in(document.content)]))
        if start <= document.published_at < over and "资不抵债" in document.content.replace("資", "资"):
            copies[story] += 1
        elif _of_the_crisis(document):
            told[story] += 1
    assert copies.total() > 1_100  # the others are in traditional characters, or with a space there
    assert len(copies) <= 3, copies
    assert len(told) >= 80, len(told)


def test_the_model_finds_the_crisis_negative_and_usual_days_mostly_not(read: list[ScoredDocument]) -> None:
    usual = [one for one in read if not _of_the_crisis(one) and NAMES.rumoured not in one.content]
    crisis = [one for one in read if _of_the_crisis(one)]
    assert {one.artifact.name for one in read} == {"bge-zh"}
    assert 0.15 <= _negative(usual) <= 0.35, _negative(usual)
    assert _negative(crisis) >= 0.75, _negative(crisis)


def test_the_model_does_not_take_the_denials_for_bad_news(read: list[ScoredDocument]) -> None:
    over = burst_window(END)[1]
    told = [one for one in read if NAMES.rumoured in one.content and "传" in one.content and one.published_at > over]
    assert len(told) >= 2
    assert _negative(told) <= 0.5, [one.content for one in told]
