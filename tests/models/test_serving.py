"""Order, batching, bucketing and caching never change an answer by more than the int8 tolerance."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from random import Random
from shutil import copytree

import msgspec
import onnxruntime
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from models.artifact import DEFAULT, Confusion, open_artifact, write_manifest
from models.cache import CachedClassifier
from models.calibration import Calibration
from models.classifier import Answer, Classified, Classifier, load_classifier
from models.errors import ArtifactError, ProviderError, TextError
from models.loading import ModelPerHead, load_models
from models.runtime.batching import bucketed_shape
from models.runtime.providers import NAMES, SHAPING, Shaping
from models.selection import select_artifacts
from models.spans import Places
from models.text import is_blank

# Scales are fixed, so only the order of additions moves a digit. Where a sum falls on the edge of two int8 steps,
# that is one step, or some: of 557 texts, odd ones among them, alone and in batches of up to 256, 0.0013 was the
# most, and no label was another (December 2026).
TOLERANCE = 3e-3
ODD = [
    "",
    "   \n",
    "\x00\x07\x1b",
    "\u200b\u202e\ufeff",
    "&nbsp;&#7;",
    "\u202eمرحبا بالعالم\u202c",
    "👩‍👩‍👧‍👦" * 50,
    "x" * 65_537,
    "😀😀",
    "\x07\x1b[0m",
    "银行破产了 存款人排队",
    "\ud800 lone",
    "שלום עולם",
    "a" * 60_000,
]
PLAIN = [
    "Shares plunge as the company warns of heavy losses",
    "Profit rises 40 percent and the dividend is raised",
    "The board will meet on Thursday",
    "The market was quiet today. " * 60,
]
few = settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
texts = st.lists(st.sampled_from(PLAIN + ODD), min_size=1, max_size=24)


@pytest.fixture(scope="module")
def classifier() -> Classifier:
    return load_classifier(threads=2)


@pytest.fixture(scope="module")
def alone(classifier: Classifier) -> dict[str, Answer]:
    return {text: classifier.classify([text])[0] for text in PLAIN + ODD}


def same(one: Answer, other: Answer) -> bool:
    if isinstance(one, TextError) or isinstance(other, TextError):
        return str(one) == str(other)
    pairs = [(one.heads[head].probabilities, other.heads[head].probabilities) for head in one.heads]
    return one.chunks == other.chunks and all(abs(a[key] - b[key]) < TOLERANCE for a, b in pairs for key in a)


@few
@given(batch=texts)
def test_order_and_neighbours_do_not_change_an_answer(
    classifier: Classifier, alone: dict[str, Answer], batch: list[str]
) -> None:
    for text, answer in zip(batch, classifier.classify(batch), strict=True):
        assert same(answer, alone[text])


@few
@given(batch=st.lists(st.text(st.characters(exclude_categories=()), max_size=200), max_size=8))
def test_any_characters_give_a_result_or_a_refusal_in_their_place(classifier: Classifier, batch: list[str]) -> None:
    answers = classifier.classify(batch)
    assert len(answers) == len(batch)
    for text, answer in zip(batch, answers, strict=True):
        assert isinstance(answer, TextError) == is_blank(text)
        assert same(answer, classifier.classify([text])[0])


@few
@given(batch=texts)
def test_buckets_do_not_change_an_answer(
    classifier: Classifier, alone: dict[str, Answer], monkeypatch: pytest.MonkeyPatch, batch: list[str]
) -> None:
    monkeypatch.setitem(SHAPING, "cpu", Shaping(4096, 5, True))
    for text, answer in zip(batch, classifier.classify(batch), strict=True):
        assert same(answer, alone[text])


@few
@given(batches=st.lists(texts, min_size=1, max_size=4))
def test_the_cache_does_not_change_an_answer(
    classifier: Classifier, alone: dict[str, Answer], batches: list[list[str]]
) -> None:
    cached = CachedClassifier(classifier, 3)
    for batch in batches:
        for text, answer in zip(batch, cached.classify(batch), strict=True):
            assert same(answer, alone[text])


class Counting:
    """A model that remembers what it was asked."""

    name, hash, heads, running_on = "counting", "0", frozenset({"sentiment"}), "nothing"
    confusion: Mapping[str, Confusion] = {"sentiment": ((5, 1, 0), (1, 7, 1), (0, 2, 6))}
    calibrations: Mapping[str, Calibration] = {}
    languages = frozenset({"en"})

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.named: list[Sequence[Places]] = []

    def classify(self, texts: Sequence[str], names: Sequence[Sequence[Places]] = ()) -> list[Answer]:
        self.asked += texts
        self.named += names
        return [TextError("the text is empty") if not text.strip() else Classified({}) for text in texts]


def test_a_repost_is_not_asked_again_and_the_cache_is_bounded() -> None:
    model, looked_up = Counting(), list[tuple[int, int]]()
    cached = CachedClassifier(model, 2, lambda found, new: looked_up.append((found, new)))
    cached.classify(["one https://a.b", "one https://c.d", "two"])
    cached.classify(["one http", "three", "four"])
    cached.classify(["one"])
    assert model.asked == ["one https://c.d", "two", "three", "four", "one"]
    assert looked_up == [(1, 2), (1, 2), (0, 1)]
    assert isinstance(cached.classify(["  "])[0], TextError)


def test_a_repost_is_asked_again_for_other_names() -> None:
    model = Counting()
    cached = CachedClassifier(model, 9)
    for text, names in (
        ("Up&amp;Co up", [[(0, 9)]]),
        ("Up&Co up", [[(0, 5)]]),
        ("Up&Co up", []),
        ("Up&Co up", [[(6, 8)]]),
    ):
        cached.classify([text], [names])
    assert model.asked == ["Up&amp;Co up", "Up&Co up", "Up&Co up"]
    assert model.named == [[[(0, 9)]], [], [[(6, 8)]]]


def test_rows_stay_in_order_over_many_slices_and_runs(classifier: Classifier) -> None:
    numbers = list(range(300))
    Random(1).shuffle(numbers)
    batch = [PLAIN[number % 3] if number % 7 else "" for number in numbers]
    expected = [classifier.classify([text])[0] for text in PLAIN[:3]]
    for number, answer in zip(numbers, classifier.classify(batch), strict=True):
        assert isinstance(answer, TextError) if number % 7 == 0 else same(answer, expected[number % 3])


def test_a_megabyte_and_a_million_token_word_are_refused_and_its_neighbour_is_not(classifier: Classifier) -> None:
    first, second, third = classifier.classify(["x " * 500_000, PLAIN[0], "x" * 1_000_000])
    assert isinstance(first, TextError)
    assert isinstance(second, Classified)
    assert isinstance(third, TextError)


@given(rows=st.integers(1, 512), width=st.integers(1, 2000))
def test_a_bucket_holds_its_batch_and_there_are_few(rows: int, width: int) -> None:
    bucket = bucketed_shape(rows, width)
    assert rows <= bucket[0] < 2 * rows
    assert width <= bucket[1] < max(2 * width, 17, width + 512)
    assert bucketed_shape(*bucket) == bucket


def with_heads(folder: Path, *heads: str) -> Path:
    """Write a copy of the shipped artifact with some of its heads."""
    copytree(DEFAULT, folder)
    manifest = open_artifact(folder).manifest
    write_manifest(folder, msgspec.structs.replace(manifest, heads={head: manifest.heads[head] for head in heads}))
    return folder


def test_one_model_per_head_answers_as_the_joint_one(tmp_path: Path, alone: dict[str, Answer]) -> None:
    sentiment, topic = (with_heads(tmp_path / head, head) for head in ("sentiment", "topic"))
    models = load_models([sentiment], topic, "cpu", 2)
    assert isinstance(models, ModelPerHead)
    for text, answer in zip(PLAIN + ODD, models.classify(PLAIN + ODD), strict=True):
        assert same(answer, alone[text])
    assert models.confusion == open_artifact(DEFAULT).confusion


def other_model(folder: Path) -> Path:
    """Write another model of both heads: flatter, and with other errors."""
    copytree(DEFAULT, folder)
    manifest = open_artifact(folder).manifest
    heads = {name: msgspec.structs.replace(head, temperature=50.0) for name, head in manifest.heads.items()}
    confusion = {name: tuple(row[::-1] for row in rows) for name, rows in manifest.confusion.items()}
    changed = msgspec.structs.replace(manifest, name="other", heads=heads, confusion=confusion)
    write_manifest(folder, changed)
    return folder


@pytest.mark.parametrize(
    ("text", "first", "second"),
    [
        ("Castella Bank freezes withdrawals; Okara Motors' profit doubles", "negative", "positive"),
        ("Okara Motors' profit doubles; Castella Bank freezes withdrawals", "positive", "negative"),
        ("Castella Bank upgrades Okara Motors to buy", "neutral", "positive"),
        ("Okara Motors upgrades Castella Bank to buy", "neutral", "positive"),
        ("Castella Bank shares plunge while Okara Motors hits record high", "negative", "positive"),
        ("Castella Bank takes market share from Okara Motors", "positive", "negative"),
    ],
)
def test_the_shipped_model_says_of_each_name_what_is_said_of_it(
    classifier: Classifier, text: str, first: str, second: str
) -> None:
    names = [[(text.index(name), text.index(name) + len(name))] for name in ("Castella Bank", "Okara Motors")]
    names.sort()
    (answer,) = classifier.classify([text], [names])
    assert isinstance(answer, Classified)
    assert [name.sentiment.label for name in answer.names] == [first, second]
    (alone,) = classifier.classify([text])
    assert isinstance(alone, Classified)
    assert alone.heads == answer.heads


def test_of_a_second_model_only_the_topic_is_taken(tmp_path: Path, alone: dict[str, Answer]) -> None:
    """Also where it has both heads, as every model of the default recipe has."""
    other = other_model(tmp_path / "other")
    models = load_models([DEFAULT], other, "cpu", 2)
    own = open_artifact(DEFAULT).manifest
    assert models.name == f"{own.name}+other"
    assert models.hash == f"{own.hash}+{open_artifact(other).manifest.hash}"
    assert models.confusion == {
        "sentiment": open_artifact(DEFAULT).confusion["sentiment"],
        "entity": open_artifact(DEFAULT).confusion["entity"],
        "topic": open_artifact(other).confusion["topic"],
    }
    for text, answer in zip(PLAIN, models.classify(PLAIN), strict=True):
        expected = alone[text]
        assert isinstance(answer, Classified)
        assert isinstance(expected, Classified)
        wanted = expected.heads["sentiment"].probabilities
        assert answer.heads["sentiment"].probabilities == pytest.approx(wanted, abs=TOLERANCE)
        assert max(answer.heads["topic"].probabilities.values()) < 0.2  # flat, as the second model is
        assert max(expected.heads["topic"].probabilities.values()) > 0.2


def test_a_model_of_sentiment_alone_is_served_with_the_shipped_topics(tmp_path: Path) -> None:
    own = with_heads(tmp_path / "own", "sentiment")
    selection = select_artifacts(own)
    assert (selection.sentiment.folder, selection.topic.folder) == (own, DEFAULT)
    (answer,) = load_models([own], None, "cpu", 2).classify(PLAIN[:1])
    assert isinstance(answer, Classified)
    assert set(answer.heads) == {"sentiment", "topic"}
    other = other_model(tmp_path / "other")
    assert select_artifacts(own, other).topic.folder == other
    assert select_artifacts(other).artifacts == (open_artifact(other),)


def test_a_copy_of_the_first_model_is_not_asked_too(tmp_path: Path) -> None:
    assert len(select_artifacts(DEFAULT, with_heads(tmp_path / "copy", "sentiment", "topic")).artifacts) == 1


@pytest.mark.parametrize(
    ("first", "second", "problem"),
    [
        ("topic", None, "topic: no head 'sentiment'; BELLWETHER_ARTIFACT .* belongs into BELLWETHER_TOPIC_ARTIFACT"),
        ("topic", "sentiment", "topic: no head 'sentiment'"),
        ("sentiment", "sentiment", "sentiment: no head 'topic'; BELLWETHER_TOPIC_ARTIFACT .* Unset it"),
    ],
)
def test_what_cannot_be_served_says_which_setting_is_wrong(
    tmp_path: Path, first: str, second: str | None, problem: str
) -> None:
    folders = {head: with_heads(tmp_path / head, head) for head in ("sentiment", "topic")}
    with pytest.raises(ArtifactError, match=problem):
        load_models([folders[first]], folders[second] if second else None, "cpu", 2)


@pytest.mark.parametrize("provider", ["cuda", "tensorrt"])
def test_a_provider_that_is_not_there_says_how_to_get_it(provider: str) -> None:
    if NAMES[provider] in onnxruntime.get_available_providers():
        pytest.skip("this onnxruntime has it")
    with pytest.raises(ProviderError, match=r"pip install -e '\.\[gpu\]'"):
        load_classifier(provider=provider)


def test_auto_says_what_it_took_and_why(classifier: Classifier) -> None:
    assert classifier.running_on.startswith(f"{classifier.name} on {classifier.provider} (")


def test_serving_does_not_load_torch() -> None:
    import subprocess
    import sys

    code = "import sys, stream.cli, models.loading; models.loading.load_models; assert 'torch' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)
