import json
from pathlib import Path
from shutil import copytree

import msgspec
import pytest

from models.artifact import DEFAULT, open_artifact, write_manifest
from models.classifier import Classified, Classifier, load_classifier
from models.errors import ArtifactError, ProviderError, TextError

ENGLISH = [
    "Shares plunge as the company warns of heavy losses and cuts its outlook",
    "Profit rises 40 percent, beating all estimates; the dividend is raised",
    "The board will meet on Thursday",
]
CHINESE = [
    "公司预告巨额亏损并下调全年业绩预期 股价暴跌",
    "净利润同比增长40% 超出市场预期 提高分红",
    "公司将于周四召开董事会会议",
]
# Of the answers on split val, how many are right at least, by the model: three sources of English; headlines and posts.
RIGHT = {"minilm-l5": 0.8, "bge-zh": 0.7}


@pytest.fixture(scope="module", params=sorted(DEFAULT.parent.iterdir()), ids=lambda folder: folder.name)
def classifier(request: pytest.FixtureRequest) -> Classifier:
    """Each of the models that ship."""
    return load_classifier(request.param, threads=1)


@pytest.fixture
def texts(classifier: Classifier) -> list[str]:
    """Bad, good and neither, in the language that the model reads."""
    return CHINESE if "zh" in classifier.languages else ENGLISH


def _classified(answer: Classified | TextError) -> Classified:
    assert isinstance(answer, Classified)
    return answer


def test_plain_cases_have_the_expected_sentiment(classifier: Classifier, texts: list[str]) -> None:
    answers = [_classified(answer).heads["sentiment"].label for answer in classifier.classify(texts)]
    assert answers == ["negative", "positive", "neutral"]


def test_probabilities_of_each_head_sum_to_one(classifier: Classifier, texts: list[str]) -> None:
    for answer in classifier.classify(texts):
        for head in _classified(answer).heads.values():
            assert sum(head.probabilities.values()) == pytest.approx(1, abs=1e-4)
            assert head.probabilities[head.label] == max(head.probabilities.values())


def test_long_text_is_read_whole_in_chunks(classifier: Classifier) -> None:
    answer = _classified(classifier.classify(["The market was quiet today. " * 300])[0])
    assert answer.chunks > 1


@pytest.mark.parametrize("text", ["", "   \n", "\x00\x07 \x9f", "x" * 65_537])
def test_unreadable_text_is_refused_and_its_neighbours_are_not(
    classifier: Classifier, texts: list[str], text: str
) -> None:
    first, second, third = classifier.classify([texts[0], text, texts[1]])
    assert isinstance(second, TextError)
    assert _classified(first).heads["sentiment"].label == "negative"
    assert _classified(third).heads["sentiment"].label == "positive"


@pytest.mark.parametrize("text", ["😀😀", "\x07\x1b[0m", "银行破产了", "\ud800 lone", "שלום", "a" * 60_000])
def test_odd_text_gives_an_answer(classifier: Classifier, text: str) -> None:
    _classified(classifier.classify([text])[0])


def test_missing_provider_is_named() -> None:
    with pytest.raises(ProviderError, match="tensor"):
        load_classifier(provider="tensor")


def test_confusion_is_optional_and_must_fit_its_head(classifier: Classifier, tmp_path: Path) -> None:
    counts = classifier.confusion["sentiment"]
    assert [len(row) for row in counts] == [3, 3, 3]
    assert sum(counts[label][label] for label in range(3)) > RIGHT[classifier.name] * sum(map(sum, counts))
    folder = copytree(DEFAULT, tmp_path / "artifact")
    manifest = open_artifact(folder).manifest
    assert open_artifact(folder).confusion == manifest.confusion
    older = json.loads((folder / "manifest.json").read_text())
    del older["confusion"]
    (folder / "manifest.json").write_text(json.dumps(older))
    assert open_artifact(folder).confusion == {}
    for wrong in (counts[:2], ((1, 2), (3, 4), (5, 6)), ((1, 2, -1), *counts[1:])):
        write_manifest(folder, msgspec.structs.replace(manifest, confusion={"sentiment": wrong}))
        with pytest.raises(ArtifactError, match=r"confusion of head 'sentiment' is not 3 x 3 counts"):
            open_artifact(folder)


def test_damaged_artifact_is_refused(tmp_path: Path) -> None:
    folder = copytree(DEFAULT, tmp_path / "artifact")
    content = bytearray((folder / "model.onnx").read_bytes())
    content[1000] ^= 255
    (folder / "model.onnx").write_bytes(content)
    with pytest.raises(ArtifactError, match=r"model\.onnx is damaged"):
        open_artifact(folder)
    (folder / "model.onnx").unlink()
    with pytest.raises(ArtifactError, match=r"model\.onnx is missing"):
        open_artifact(folder)
    with pytest.raises(ArtifactError, match=r"no manifest\.json"):
        open_artifact(tmp_path)
