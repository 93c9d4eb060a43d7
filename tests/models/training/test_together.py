"""Documents and names trained together: a large model on names alone, one that it teaches, and their mean.

Needs the extra ``train``: ``pip install -e '.[train,test]'``.
"""

from __future__ import annotations

import json
from pathlib import Path
from shutil import rmtree

import numpy as np
import pytest
from typer.testing import CliRunner

pytest.importorskip("torch", reason="needs the extra 'train'")
pytest.importorskip("peft", reason="needs the extra 'train'")

from models.classifier import Classified, load_classifier
from models.errors import DatasetError
from models.labels import SENTIMENT
from models.training.data.entities import read_entities
from models.training.data.guessed_names import GUESSED
from models.training.data.targets import training_texts
from models.training.data.tokens import load_tokenizer
from models.training.export.source import source_of_run
from models.training.lessons import Lessons, answers_for_documents, answers_for_names
from models.training.recipe import NamesRecipe, Recipe
from stream.cli import app
from tests.models.training.tiny import QUICK, sets_of

# torch's exporter and tracer warn of what they do
pytestmark = [pytest.mark.filterwarnings("default"), pytest.mark.slow, pytest.mark.usefixtures("any_loss")]
FAST = [
    "learning_rate=0.01",
    "head_learning_rate=0.01",
    "average=0.8",
    "names.variants=100",
    "names.contrasts=0",
    "invented=0",
    "names.keep=0.1",
]


def together(files: Path, run: str, base: str, *settings: str, topic: bool = True) -> str:
    given = ["--base", str(files / base), "--entity", str(files / "e.csv"), "--sentiment", str(files / "s.csv")]
    given += ["--topic", str(files / "t.csv")] if topic else []
    chosen = [part for one in (*QUICK[1::2], *FAST, *settings) for part in ("--set", one)]
    answer = CliRunner().invoke(app, ["model", "together", str(files / run), *given, *chosen], catch_exceptions=False)
    assert answer.exit_code == 0, answer.output
    return answer.output


def export(files: Path, run: str, *more: str) -> Path:
    given = ["--sentiment", str(files / "s.csv"), "--entity", str(files / "e.csv"), *more]
    arguments = ["model", "export", str(files / run), str(files / run / "served"), "--precision", "fp32", *given]
    answer = CliRunner().invoke(app, arguments, catch_exceptions=False)
    assert answer.exit_code == 0, answer.output
    return files / run / "served"


def said_of_two(artifact: Path) -> list[str]:
    (answer,) = load_classifier(artifact).classify(["bank plunge crude record"], [[[(0, 4)], [(12, 17)]]])
    assert isinstance(answer, Classified)
    return [name.sentiment.label for name in answer.names]


def read_both(files: Path, run: str, base: str, *settings: str, topic: bool = True) -> Path:
    """Train until both names are read, with other seeds where that must be, and return the artifact."""
    for seed in range(3, 8):  # how soon so small a network learns it hangs on the seed and on the processor
        rmtree(files / run, ignore_errors=True)
        told = together(files, run, base, *settings, "epochs=12", f"seed={seed}", topic=topic)
        assert "epoch 12: on split 'val' right" in told
        artifact = export(files, run, *(("--topic", str(files / "t.csv")) if topic else ()))
        if said_of_two(artifact) == ["negative", "positive"]:
            return artifact
    raise AssertionError(f"{run} reads not both names after five trainings; the last one said: {told}")


def test_a_teacher_of_names_and_what_it_taught_read_each_name_and_whole_texts(files: Path) -> None:
    read_both(files, "large", "base", "names.documents=false", topic=False)
    teacher = f"names.teacher={files / 'large'}"
    artifact = read_both(files, "both", "asked", "pooling=last_layer", teacher, "names.reworded=50", "names.guessed=20")
    answers = load_classifier(artifact).classify(["fraud loss number 7", "beat growth number 8"])
    assert [one.heads["sentiment"].label for one in answers if isinstance(one, Classified)] == ["negative", "positive"]
    notes = json.loads((files / "both" / "training.json").read_text())
    assert notes["entity"]["recipe"]["teacher"] == "large"
    assert notes["entity"]["rows"][0]["source"] == "made"


def test_a_mean_has_a_sentiment_per_name_where_each_of_its_runs_has_one(files: Path) -> None:
    together(files, "one", "asked", "pooling=last_layer", "epochs=1", "invented=30")
    notes = json.loads((files / "one" / "training.json").read_text())
    assert {"source": "invented", "licence": "MIT", "rows": 30} in notes["rows"]["sentiment"]
    for name, runs, layer in (("two", ("one", "one"), True), ("mixed", ("one", "asked"), False)):
        arguments = ["model", "average", str(files / name), *(str(files / run) for run in runs)]
        assert CliRunner().invoke(app, arguments, catch_exceptions=False).exit_code == 0
        assert (files / name / "best" / "entity.pt").is_file() is layer


def test_what_documents_mean_is_what_the_model_before_and_the_teachers_say(files: Path, run: Path) -> None:
    before, teacher = source_of_run(files / "asked"), run / "artifact"
    sets, texts = sets_of(files), read_entities(files / "e.csv").texts
    recipes = Recipe(teacher=str(teacher)), NamesRecipe(keep=1, variants=0, contrasts=0)
    tokenizer = load_tokenizer(files / "base")
    documents = training_texts(sets, ())[:20]
    own = answers_for_documents(before, documents)
    theirs = load_classifier(teacher).classify(documents)
    learned = Lessons(sets, texts, recipes, tokenizer, before).of_epoch(0)
    for said, other, taught in zip(own, theirs, learned, strict=False):
        assert isinstance(other, Classified)
        head = other.heads[SENTIMENT].probabilities
        mean = (said[SENTIMENT] + [head[label] for label in sets[0].labels]) / 2
        assert taught.heads[SENTIMENT] == pytest.approx(mean, abs=1e-5)


def test_what_nobody_labelled_means_what_the_teacher_says_and_so_does_its_only_cashtag(files: Path, run: Path) -> None:
    (files / "u.csv").write_text("text\n$ABC plunge loss again\nwhat $ABC and $DEF report\n")
    sets, texts = sets_of(files), read_entities(files / "e.csv").texts
    before, large = source_of_run(files / "asked"), files / "large"
    if not large.is_dir():
        together(files, "large", "base", "names.documents=false", "epochs=1", topic=False)
    recipe = Recipe(teacher=str(run / "artifact"), unlabelled=str(files / "u.csv"), teacher_weight=1)
    of_names = NamesRecipe(teacher=str(large), guessed=1000, variants=0, contrasts=0)
    lessons = Lessons(sets, texts, (recipe, of_names), load_tokenizer(files / "base"), before)
    (answer,) = load_classifier(run / "artifact").classify(["$ABC plunge loss again"])
    assert isinstance(answer, Classified)
    said = [answer.heads[SENTIMENT].probabilities[label] for label in sets[0].labels]
    learned = lessons.of_epoch(0)
    at = len(training_texts(sets, ()))
    assert learned[at].heads[SENTIMENT] == pytest.approx(said, abs=1e-5)
    guessed = {text.text: (text, targets) for text, targets in lessons._further if text.source == GUESSED}
    one, both = guessed["$ABC plunge loss again"], guessed["what $ABC and $DEF report"]
    (alone,) = answers_for_names(source_of_run(large), [one[0]])
    (two,) = answers_for_names(source_of_run(large), [both[0]])
    assert alone is not None
    assert two is not None
    assert one[1][0] == pytest.approx((alone[0] + said) / 2, abs=1e-5)
    assert np.array(both[1]) == pytest.approx(np.array(two), abs=1e-5)


def test_what_needs_a_teacher_says_so(files: Path) -> None:
    with pytest.raises(DatasetError, match="'reworded' and 'guessed' need a 'teacher'"):
        together(files, "none", "asked", "names.reworded=5")
    with pytest.raises(DatasetError, match="'teacher' answers beside what --base says"):
        together(files, "none", "base", f"teacher={files / 'asked' / 'artifact'}")
    told = (f"teacher={files / 'asked' / 'artifact'}", f"unlabelled={files / 's.csv'}", "names.documents=false")
    with pytest.raises(DatasetError, match=r"leave out names\.documents=false"):
        together(files, "none", "asked", *told)


def test_a_run_that_is_refused_leaves_no_folder(files: Path) -> None:
    with pytest.raises(DatasetError, match=r"missing\.csv"):
        together(
            files,
            "refused",
            "asked",
            f"teacher={files / 'asked' / 'artifact'}",
            "unlabelled=missing.csv",
            "pooling=last_layer",
        )
    assert not (files / "refused").exists()
    (files / "used").mkdir()
    (files / "used" / "mine.txt").touch()
    with pytest.raises(DatasetError, match=r"used is not empty; give another folder$"):
        together(files, "used", "asked")
