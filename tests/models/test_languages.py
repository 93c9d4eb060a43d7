"""A model per language: each text goes to the one that reads it, and the answer bears that one's name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from shutil import copytree
from typing import Any

import msgspec
import pytest

from models.artifact import CHINESE, DEFAULT, SHIPPED, Confusion, open_artifact, write_manifest
from models.cache import cached
from models.calibration import Calibration
from models.classifier import Answer, Classified, Prediction
from models.errors import ArtifactError, DatasetError
from models.loading import ModelPerLanguage, load_models
from models.selection import select_models
from models.spans import Places
from stream.bench.languages import bench_languages
from stream.pipeline.documents.classify import score
from stream.pipeline.documents.document import Document
from stream.pipeline.documents.record import ScoredDocument, UnreadDocument
from stream.settings import load_settings
from tests.contracts.alerts import NOW

GERMAN = "Die Aktien des Unternehmens stürzen nach der Warnung vor hohen Verlusten ab"
TEXTS = ["Shares plunge after the warning", "银行遭储户挤兑 股价暴跌", "$TSLA?", GERMAN, "公司中标大单", "Profit rises"]


class Model:
    """Answers neutral, and remembers what it was asked."""

    heads = frozenset({"sentiment", "topic"})
    confusion: Mapping[str, Confusion] = {}
    calibrations: Mapping[str, Calibration] = {}

    def __init__(self, name: str, *languages: str) -> None:
        self.name, self.hash, self.running_on = name, f"hash of {name}", f"{name} on nothing"
        self.languages = frozenset(languages)
        self.batches: list[list[str]] = []

    def classify(self, texts: Sequence[str], names: Sequence[Sequence[Places]] = ()) -> list[Answer]:
        assert not names or len(names) == len(texts)
        self.batches.append(list(texts))
        sentiment = Prediction("neutral", {"negative": 0.1, "neutral": 0.8, "positive": 0.1})
        return [Classified({"sentiment": sentiment, "topic": Prediction(self.name, {self.name: 1.0})}) for _ in texts]


def documents(**more: Any) -> list[Document]:
    return [
        Document(id=str(number), source="a", published_at=NOW, text=text, **more) for number, text in enumerate(TEXTS)
    ]


@pytest.mark.parametrize("size", [0, 100])
def test_each_document_is_read_once_by_the_model_of_its_language(size: int) -> None:
    english, chinese = Model("english", "en"), Model("chinese", "zh")
    both = ModelPerLanguage([english, chinese])
    answers = score(documents(), cached(both, size) if size else both)
    read_by = [answer.artifact.name if isinstance(answer, ScoredDocument) else "" for answer in answers]
    assert read_by == ["english", "chinese", "english", "", "chinese", "english"]
    assert [answer.artifact.hash for answer in answers if isinstance(answer, ScoredDocument)][1] == "hash of chinese"
    assert isinstance(answers[3], UnreadDocument)
    assert english.batches == [[TEXTS[0], TEXTS[2], TEXTS[5]]]
    assert chinese.batches == [[TEXTS[1], TEXTS[4]]]
    assert (both.name, both.hash) == ("english+chinese", "hash of english+hash of chinese")


def test_where_any_language_is_read_the_first_model_reads_the_others() -> None:
    english, chinese = Model("english", "en"), Model("chinese", "zh")
    score(documents(), cached(ModelPerLanguage([english, chinese], any_language=True), 10))
    assert english.batches == [[TEXTS[0], TEXTS[2], TEXTS[3], TEXTS[5]]]
    assert chinese.batches == [[TEXTS[1], TEXTS[4]]]


def test_what_the_publisher_says_of_the_language_is_heeded() -> None:
    english, chinese = Model("english", "en"), Model("chinese", "zh")
    score(documents(lang="zh-CN"), ModelPerLanguage([english, chinese]))
    assert english.batches == []
    assert chinese.batches == [TEXTS]


def test_bare_texts_go_by_their_language_too() -> None:
    english, chinese = Model("english", "en"), Model("chinese", "zh")
    answers = ModelPerLanguage([english, chinese]).classify(TEXTS, [[]] * len(TEXTS))
    assert chinese.batches == [[TEXTS[1], TEXTS[4]]]
    assert [isinstance(answer, Classified) and answer.heads["topic"].label for answer in answers] == [
        "english", "chinese", "english", "english", "chinese", "english"
    ]  # fmt: skip


def test_two_models_share_a_cache_but_no_answer() -> None:
    english, chinese = Model("english", "en"), Model("chinese", "zh")
    model = cached(ModelPerLanguage([english, chinese]), 10)
    for language in ("en", "zh", "en", "zh"):
        (answer,) = score(documents(lang=language)[:1], model)
        assert isinstance(answer, ScoredDocument)
        assert answer.artifact.name == {"en": "english", "zh": "chinese"}[language]
    assert [[batch for batch in model.batches if batch] for model in (english, chinese)] == [[TEXTS[0:1]], [TEXTS[0:1]]]


def in_language(folder: Path, *languages: str) -> Path:
    """Write the shipped English model as one of other languages."""
    copytree(DEFAULT, folder)
    manifest = open_artifact(folder).manifest
    write_manifest(folder, msgspec.structs.replace(manifest, name=folder.name, languages=languages))
    return folder


def test_several_artifacts_are_loaded_and_two_of_one_language_refused(tmp_path: Path) -> None:
    chinese = in_language(tmp_path / "chinese", "zh")
    model = load_models([DEFAULT, chinese], None, "cpu", 1)
    assert isinstance(model, ModelPerLanguage)
    assert model.languages == {"en", "zh"}
    assert model.name == "minilm-l5+chinese"
    assert "zh: chinese on cpu" in model.running_on
    with pytest.raises(ArtifactError, match="both read 'zh'; give one model per language"):
        select_models([DEFAULT, chinese, in_language(tmp_path / "again", "de", "zh")])
    with pytest.raises(ArtifactError, match="names no model"):
        select_models([])


def test_a_topic_model_serves_the_first_and_those_that_it_can_read(tmp_path: Path) -> None:
    chinese, topics = in_language(tmp_path / "chinese", "zh"), in_language(tmp_path / "topics", "en")
    manifest = open_artifact(topics).manifest
    head = msgspec.structs.replace(manifest.heads["topic"], temperature=9.0)
    write_manifest(topics, msgspec.structs.replace(manifest, heads={**manifest.heads, "topic": head}))
    first, second = select_models([DEFAULT, chinese], topics)
    assert first.topic.folder == topics
    assert second.topic.folder == chinese


def of_sentiment(folder: Path, *languages: str) -> Path:
    manifest = open_artifact(in_language(folder, *languages)).manifest
    write_manifest(folder, msgspec.structs.replace(manifest, heads={"sentiment": manifest.heads["sentiment"]}))
    return folder


def test_a_model_of_sentiment_alone_gets_the_shipped_topics_of_its_language(tmp_path: Path) -> None:
    assert [select_models([of_sentiment(tmp_path / code, code)])[0].topic.folder for code in ("en", "zh")] == [*SHIPPED]
    with pytest.raises(ArtifactError, match=r"german: no head 'topic', and no shipped model .* gives topics in 'de'"):
        select_models([of_sentiment(tmp_path / "german", "de")])


def test_topics_of_another_language_are_refused(tmp_path: Path) -> None:
    chinese = in_language(tmp_path / "chinese", "zh")
    with pytest.raises(ArtifactError, match=r"chinese reads 'zh', and .* reads 'en': BELLWETHER_TOPIC_ARTIFACT must"):
        select_models([DEFAULT], chinese)
    first, second = select_models([DEFAULT, of_sentiment(tmp_path / "zh", "zh")], chinese)
    assert first.topic.folder == DEFAULT
    assert second.topic.folder == chinese


@pytest.mark.parametrize("text", ["a,b", " a , b ", "a,,b,"])
def test_the_setting_names_one_folder_or_several(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv("BELLWETHER_ARTIFACT", text)
    assert load_settings().artifact == (Path("a"), Path("b"))
    monkeypatch.setenv("BELLWETHER_ARTIFACT", "mine")
    assert load_settings().artifact == (Path("mine"),)
    assert load_settings(artifact=DEFAULT).artifact == (DEFAULT,)


def test_the_bench_measures_each_language_and_the_mixed_stream() -> None:
    english, chinese = Model("english", "en"), Model("chinese", "zh")
    results = bench_languages(TEXTS, ModelPerLanguage([english, chinese]))
    assert [(row.language, row.texts) for row in results] == [("en", 2), ("zh", 2), ("apart", 4), ("mixed", 4)]
    assert all(row.rate > 0 for row in results)
    with pytest.raises(DatasetError, match="not in two of the languages"):
        bench_languages([TEXTS[0]], ModelPerLanguage([english, chinese]))


@pytest.mark.skipif(not CHINESE.is_dir(), reason="bge-zh is left out here")
def test_the_shipped_models_read_english_and_chinese_each_by_its_own() -> None:
    model = load_models(SHIPPED, None, "cpu", 1)
    texts = [
        "银行遭挤兑，存款人排队取款",
        "公司业绩翻倍",
        "Depositors queue outside the bank",
        "銀行遭擠兌，存款人排隊取款",  # the first in traditional characters
    ]
    items = [Document(id=text, source="a", published_at=NOW, text=text) for text in texts]
    answers = [answer for answer in score(items, model) if isinstance(answer, ScoredDocument)]
    assert [answer.artifact.name for answer in answers] == ["bge-zh", "bge-zh", "minilm-l5", "bge-zh"]
    assert [answer.sentiment.label for answer in answers] == ["negative", "positive", "negative", "negative"]
    assert len({frozenset(answer.topic.probabilities) for answer in answers}) == 1
    # The same text to the model; sums of floats in another order differ in their last digits.
    one, other = (answers[place].sentiment.probabilities for place in (0, 3))
    assert other == pytest.approx(one, abs=1e-3)
