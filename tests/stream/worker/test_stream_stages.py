"""What the two stages of the stream make of a batch with a bad record in it, over ports in memory."""

import asyncio
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import zip_longest
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.calibration import Calibration
from models.classifier import Classified, Prediction
from models.errors import TextError
from models.labels import SENTIMENT, TOPIC
from stream import metrics
from stream.errors import DocumentError, StoreError
from stream.pipeline.documents.masking import Acceptance, Masker
from stream.pipeline.documents.places import Places
from stream.pipeline.documents.record import ArtifactRef, Origin, ScoredDocument
from stream.pipeline.progress.watermark import LATE_FOR_MS, Progress
from stream.pipeline.stories.signature import Signature, signature_of
from stream.pipeline.stories.signing import signature_of_scored
from stream.pipeline.windows.contribution import Contribution
from stream.worker.batches import parts
from stream.worker.outcomes import Outcome
from stream.worker.stages.aggregate import Aggregate
from stream.worker.stages.classify import Classify, unread_warnings
from tests.fakes.continuity import continuity_of
from tests.fakes.stories import FakeStoryStore
from tests.fakes.windows import FakeWindowStore

AT = datetime(2026, 3, 5, tzinfo=UTC)
HEADS = {
    SENTIMENT: Prediction("neutral", {"negative": 0.1, "neutral": 0.8, "positive": 0.1}),
    TOPIC: Prediction("Macro", {"Macro": 1.0}),
}


@dataclass
class _Record:
    value: bytes | None
    offset: int
    topic: str = "bellwether.news"
    partition: int = 0
    timestamp: int = int(AT.timestamp() * 1000)


class _Kafka:
    """Keeps what a stage sent, and which records it finished."""

    def __init__(self) -> None:
        self.sent: list[Outcome] = []
        self.finished: list[Any] = []

    async def send(self, records: Sequence[Any], outcomes: Sequence[Outcome]) -> list[Outcome]:
        self.sent += outcomes
        return list(outcomes)

    def run(self, stage: Any, values: Sequence[bytes | None]) -> list[Outcome]:
        """Run a batch of records with these values through a stage; return what it sent."""
        records = [_Record(value, at) for at, value in enumerate(values)]

        async def run() -> None:
            await stage.store(records, await stage.compute(records))

        asyncio.run(run())
        assert self.finished == records
        return self.sent


class _Classifier:
    name, hash = "fake", "hash"
    calibrations: Mapping[str, Calibration] = {}
    languages = frozenset({"en"})

    def classify(self, texts: Sequence[str], names: object = ()) -> list[Classified | TextError]:
        if any("panic" in text for text in texts):
            raise ValueError("panic")
        return [TextError("blank") if "blank" in text else Classified(HEADS) for text in texts]


class _Stories(FakeStoryStore):
    """Has never heard of a digest that begins with one of ``odd``; not there at all where ``away``."""

    def __init__(self, odd: str = "", away: bool = False) -> None:
        super().__init__()
        self._odd, self._away = odd, away

    async def assign(self, signatures: Sequence[Signature]) -> list[str]:
        if self._away:
            raise StoreError("away")
        if any(item.exact[0] in self._odd for item in signatures):
            raise OverflowError("too many words")
        return await super().assign(signatures)


def _raw(text: str) -> bytes:
    return msgspec.json.encode({"source": "s", "text": text, "published_at": AT})


def _classified(
    stories: _Stories,
    values: Sequence[bytes | None],
    accepted: Acceptance = Acceptance(),  # noqa: B008 - frozen
) -> list[Outcome]:
    kafka = _Kafka()
    stage = Classify(_Classifier(), stories, kafka.send, kafka.finished.extend, accepted)
    return kafka.run(stage, values)


def test_classify_puts_bad_records_aside_and_scores_the_others() -> None:
    values = [_raw("one"), b"{", None, _raw("panic"), _raw("two"), _raw("blank"), _raw("three")]
    sent = _classified(_Stories(), values)
    assert [item.text if isinstance(item, ScoredDocument) else "" for item in sent] == [
        "one",
        "",
        "",
        "",
        "two",
        "",
        "three",
    ]
    assert "ValueError: panic" in str(sent[3])


def test_many_documents_that_no_model_reads_are_warned_of_and_few_are_not() -> None:
    for counter in (metrics.NOT_READ, metrics.DOCUMENTS):
        counter.clear()
    german, french = _raw("Die Aktie der Bank ist am Montag stark gefallen"), _raw("La banque annonce une perte nette")
    _classified(_Stories(), [_raw(f"Shares of company {number} rise") for number in range(99)] + [german])
    assert unread_warnings() == []
    _classified(_Stories(), [german, french, german])
    (warning,) = unread_warnings()
    assert warning.startswith("4 documents are in a language that the model does not read, and not counted: de 3, fr 1")


def test_what_is_masked_is_masked_before_it_is_scored_and_the_id_is_that_of_the_text_as_it_came() -> None:
    raw = _raw("Write to ann@example.org")
    masked, plain = (
        _classified(_Stories(), [raw], item)[0] for item in (Acceptance(masker=Masker(["email"])), Acceptance())
    )
    assert isinstance(masked, ScoredDocument)
    assert isinstance(plain, ScoredDocument)
    assert (masked.text, masked.id) == ("Write to [email]", plain.id)


def test_a_document_whose_story_cannot_be_told_takes_no_other_with_it() -> None:
    texts = [f"Company {number} reports results" for number in range(40)]
    sent = _classified(_Stories(odd="07f"), [_raw(text) for text in texts])
    odd = [item for item in sent if isinstance(item, DocumentError)]
    scored = [item for item in sent if isinstance(item, ScoredDocument)]
    assert 0 < len(odd) < 20
    assert len(odd) + len(scored) == 40
    assert all(item.story for item in scored)
    assert {str(item) for item in odd} == {"stories: OverflowError: too many words"}


def test_a_store_that_is_away_puts_nothing_aside() -> None:
    with pytest.raises(StoreError):
        _classified(_Stories(away=True), [_raw("one")])


class _Windows(FakeWindowStore):
    """Cannot count a document whose id is ``odd``; fails as a whole where ``away``."""

    def __init__(self, away: bool = False) -> None:
        super().__init__()
        self._away = away

    async def add(
        self, contributions: Sequence[Contribution], progress: Mapping[str, Progress], pace: int | None = None
    ) -> int:
        if self._away:
            raise StoreError("away")
        if any(item.member.id == "odd" for item in contributions):
            raise OverflowError("int too big to convert")
        return await super().add(contributions, progress, pace)


def _scored(key: str, text: str = "Up") -> bytes:
    return msgspec.json.encode(
        ScoredDocument(
            id=key,
            source="s",
            published_at=AT,
            text=text,
            sentiment=HEADS[SENTIMENT],
            topic=HEADS[TOPIC],
            artifact=ArtifactRef("name", "hash"),
            origin=Origin("bellwether.news", 0, 1, int(AT.timestamp() * 1000)),
        )
    )


def _entries_in(text: str) -> list[Any]:
    if "unmatchable" in text:
        raise RecursionError("too deep")
    return []


def test_aggregate_puts_aside_what_cannot_be_matched_or_counted() -> None:
    windows = _Windows()
    kafka = _Kafka()
    stage = Aggregate(continuity_of(windows, _entries_in), kafka.send, kafka.finished.extend, LATE_FOR_MS, lambda: AT)
    values = [_scored("a"), b"nonsense", _scored("odd"), _scored("b"), _scored("c", "unmatchable"), _scored("d"), None]
    reasons = [str(item) for item in kafka.run(stage, values)]
    assert [reason.split(": ")[0] for reason in reasons] == [
        "not a scored document",
        "windows",
        "counting",
        "not a scored document",
    ]
    assert "OverflowError: int too big to convert" in reasons[1]
    assert "RecursionError: too deep" in reasons[2]
    minute = int(AT.timestamp()) // 60
    counted = asyncio.run(windows.minutes([minute]))
    assert counted[minute]["topic:Macro"].documents == 3
    assert list(asyncio.run(windows.progress())) == ["0/bellwether.news/0"]


def test_aggregate_looks_for_names_in_title_and_body_each_by_itself() -> None:
    windows, kafka = _Windows(), _Kafka()
    asked: list[str] = []

    def entries_in(text: str) -> list[Any]:
        asked.append(text)
        return []

    stage = Aggregate(continuity_of(windows, entries_in), kafka.send, kafka.finished.extend, LATE_FOR_MS, lambda: AT)
    record = msgspec.json.decode(_scored("a")) | {"title": "A run on the Bank of", "body": "America &amp; a storm"}
    del record["text"]
    assert kafka.run(stage, [msgspec.json.encode(record)]) == []
    assert asked == ["A run on the Bank of", "America & a storm"]


@given(st.lists(st.none() | st.integers(0, 500), max_size=30), st.none() | st.integers(1, 600))
def test_a_batch_is_done_in_parts_of_so_many_bytes(sizes: list[int | None], most: int | None) -> None:
    records = [_Record(None if size is None else b"x" * size, at) for at, size in enumerate(sizes)]
    found = list(parts(records, most))
    assert [record for part in found for record in part] == records
    assert all(found)
    for part, behind in zip_longest(found, found[1:]):
        held = sum(len(record.value or b"") for record in part)
        assert most is None or len(part) == 1 or held <= most
        assert behind is None or (most is not None and held + len(behind[0].value or b"") > most)


def test_windows_that_are_away_put_nothing_aside() -> None:
    kafka = _Kafka()
    windows = continuity_of(_Windows(away=True))
    stage = Aggregate(windows, kafka.send, kafka.finished.extend, LATE_FOR_MS, lambda: AT)
    with pytest.raises(StoreError):
        kafka.run(stage, [_scored("a")])
    assert kafka.sent == kafka.finished == []


def test_names_are_looked_for_once_and_signed_beside_the_event_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    looked: list[str] = []
    threads: set[str] = set()

    def watched(text: str) -> Places:
        looked.append(text)
        return {"Acme": ((0, 4),)}

    def signature(document: ScoredDocument) -> Signature:
        threads.add(threading.current_thread().name)
        return signature_of_scored(document)

    monkeypatch.setattr("stream.worker.stages.classify.signature_of_scored", signature)
    kafka, stories = _Kafka(), _Stories()
    kafka.run(
        Classify(_Classifier(), stories, kafka.send, kafka.finished.extend, Acceptance(), watched), [_raw("Acme")]
    )
    assert looked == ["Acme"]
    assert threads == {"classifier_0"}
    (sent,) = kafka.sent
    assert isinstance(sent, ScoredDocument)
    assert sent.story == signature_of(sent, ["Acme"]).exact


def test_a_document_that_cannot_be_signed_takes_no_other_with_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def signature(document: ScoredDocument) -> Signature:
        if document.text == "odd":
            raise OverflowError("too many words")
        return signature_of_scored(document)

    monkeypatch.setattr("stream.worker.stages.classify.signature_of_scored", signature)
    one, odd, two = _classified(_Stories(), [_raw("one"), _raw("odd"), _raw("two")])
    assert str(odd) == "stories: OverflowError: too many words"
    assert isinstance(one, ScoredDocument)
    assert isinstance(two, ScoredDocument)
