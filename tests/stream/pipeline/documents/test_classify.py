"""One text, or one record of the scored topic, is to blame for what it does, and no other."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.calibration import Calibration
from models.classifier import Classified, Prediction
from models.errors import TextError
from models.labels import SENTIMENT, TOPIC
from stream.errors import ClassifierError, DocumentError
from stream.pipeline.documents.classify import score
from stream.pipeline.documents.document import Document
from stream.pipeline.documents.read_record import read_scored
from stream.pipeline.documents.record import ArtifactRef, Origin, ScoredDocument
from stream.pipeline.windows.contribution import contribution_of

AT = datetime(2026, 3, 5, tzinfo=UTC)


class _Panic(BaseException):
    """What code in Rust raises; no Exception."""


class _Classifier:
    """Fails on every batch that holds a text with ``poison`` in it."""

    name, hash = "fake", "hash"
    calibrations: Mapping[str, Calibration] = {}
    languages = frozenset({"en"})

    def __init__(self, poison: str, error: BaseException) -> None:
        self._poison, self._error = poison, error
        self.calls = 0

    def classify(self, texts: Sequence[str], names: object = ()) -> list[Classified | TextError]:
        self.calls += 1
        if any(self._poison in text for text in texts):
            raise self._error
        heads = {SENTIMENT: _prediction(), TOPIC: Prediction("Macro", {"Macro": 1.0})}
        return [Classified(heads) for _ in texts]


def _prediction() -> Prediction:
    return Prediction("neutral", {"negative": 0.1, "neutral": 0.8, "positive": 0.1})


def _documents(*texts: str) -> list[Document]:
    return [Document(id=str(at), source="s", published_at=AT, text=text) for at, text in enumerate(texts)]


@pytest.mark.parametrize("error", [ValueError("odd"), _Panic("odd"), RecursionError("odd"), MemoryError("odd")])
@pytest.mark.parametrize("poison", [{0}, {63}, {5, 6, 40}, set(range(64))])
def test_a_text_on_which_the_model_fails_takes_no_other_with_it(error: BaseException, poison: set[int]) -> None:
    classifier = _Classifier("bad", error)
    answers = score(_documents(*("bad" if at in poison else "good" for at in range(64))), classifier)
    failed = {at for at, answer in enumerate(answers) if isinstance(answer, TextError)}
    assert failed == poison
    assert all(f"{type(error).__name__}: odd" in str(answers[at]) for at in failed)
    assert [answer.id for answer in answers if isinstance(answer, ScoredDocument)] == [
        str(at) for at in range(64) if at not in poison
    ]


def test_a_model_that_fails_on_everything_is_no_text_s_fault() -> None:
    classifier = _Classifier("", RuntimeError("CUDA is gone"))
    with pytest.raises(ClassifierError, match="fails on every text: RuntimeError: CUDA is gone"):
        score(_documents(*["good"] * 512), classifier)
    assert classifier.calls < 20


@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit])
def test_who_ends_the_process_ends_it(error: type[BaseException]) -> None:
    with pytest.raises(error):
        score(_documents("bad"), _Classifier("bad", error()))


SCORED = ScoredDocument(
    id="a",
    source="wire",
    published_at=AT,
    text="Up",
    sentiment=_prediction(),
    topic=Prediction("Macro", {"Macro": 1.0}),
    artifact=ArtifactRef("name", "hash"),
    origin=Origin("bellwether.news", 0, 1, 1772668800000),
    scored_at=AT,
)


def test_what_the_stage_before_writes_is_read() -> None:
    assert read_scored(msgspec.json.encode(SCORED)) == SCORED


@pytest.mark.parametrize(
    ("path", "value", "reason"),
    [
        ("sentiment.label", "furious", "sentiment: a label"),
        ("sentiment.probabilities", {}, "sentiment: a label"),
        ("sentiment.probabilities.negative", 1e300, "sentiment: a label"),
        ("sentiment.probabilities.negative", -0.1, "sentiment: a label"),
        ("sentiment.probabilities.negative", None, "not a scored document"),
        ("topic.label", "a\x00b", r"topic\.label: holds a null byte"),
        ("topic.label", "x" * 5000, r"topic\.label: 5000 bytes"),
        ("story", "x" * 5000, "story: 5000 bytes"),
        ("published_at", "2026-03-05T00:00:00", "published_at: .* has no time zone"),
        ("published_at", "0001-01-01T00:00:00Z", "published_at: .*lies outside"),
        ("scored_at", "2026-03-05T00:00:00", "scored_at: "),
        ("id", "", "id: empty"),
        ("id", "x" * 300, "id: 300 bytes"),
        ("source", "a\x00b", "source: holds a null byte"),
        ("text", "x" * 70_000, "text: 70000 bytes"),
        ("text", None, "text: missing or empty"),
        ("origin.partition", -1, "origin: "),
        ("origin.timestamp", 10**18, "origin: "),
        ("origin.offset", 2**63, "origin: "),
        ("origin.topic", "a\x00b", r"origin\.topic: holds a null byte"),
    ],
)
def test_a_scored_document_that_no_store_could_take_is_refused(path: str, value: Any, reason: str) -> None:
    record = msgspec.to_builtins(SCORED)
    *parents, name = path.split(".")
    target = record
    for parent in parents:
        target = target[parent]
    target[name] = value
    with pytest.raises(DocumentError, match=reason):
        read_scored(msgspec.json.encode(record))


VALUES: st.SearchStrategy[Any] = st.none() | st.integers() | st.floats() | st.text() | st.builds(dict) | st.builds(list)
PATHS = [*SCORED.__struct_fields__, "sentiment.label", "sentiment.probabilities", "origin.timestamp", "topic.label"]


@given(st.dictionaries(st.sampled_from(PATHS), VALUES, max_size=3))
def test_any_record_is_a_document_that_counts_or_an_error(changes: dict[str, Any]) -> None:
    record = msgspec.to_builtins(SCORED)
    for path, value in changes.items():
        parent, _, name = path.rpartition(".")
        target = record[parent] if parent else record
        if isinstance(target, dict):
            target[name] = value
    try:
        document = read_scored(msgspec.json.encode(record))
    except DocumentError:
        return
    added = contribution_of(document)
    assert max(map(abs, (added.raw.score_squared, added.raw.p_negative))) <= 4_000_000


@given(st.binary(max_size=200) | st.just(b"[" * 100_000) | st.just(b'{"id":' * 50_000))
def test_any_bytes_are_a_scored_document_or_an_error(raw: bytes) -> None:
    with pytest.raises(DocumentError):
        read_scored(raw)
