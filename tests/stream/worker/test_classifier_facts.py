"""What the detector knows of the model is of the model that says so."""

from pathlib import Path

from models.artifact import DEFAULT, open_artifact
from models.labels import NEGATIVE, SENTIMENT
from models.loading import load_models
from stream.pipeline.detect import ClassifierErrors
from stream.pipeline.documents.classify import score
from stream.pipeline.documents.document import Document
from stream.pipeline.documents.record import ScoredDocument
from stream.settings import load_settings
from stream.worker.classifier_facts import read_classifier_facts
from tests.contracts.alerts import NOW
from tests.models.test_serving import other_model, with_heads


def test_errors_and_hash_are_those_of_the_models_that_score(tmp_path: Path) -> None:
    other, alone = other_model(tmp_path / "other"), with_heads(tmp_path / "alone", "sentiment")
    shipped = open_artifact(DEFAULT)
    labels, errors = shipped.manifest.heads[SENTIMENT].labels, shipped.confusion[SENTIMENT]
    expected = ClassifierErrors.of(errors, labels.index(NEGATIVE))
    document = Document(id="1", source="a", published_at=NOW, text="Shares plunge")
    for first, second in ((DEFAULT, None), (DEFAULT, other), (alone, None), (alone, other), (other, DEFAULT)):
        facts = read_classifier_facts(load_settings(artifact=first, topic_artifact=second))
        (scored,) = score([document], load_models([first], second, "cpu", 1))
        assert isinstance(scored, ScoredDocument)
        assert facts.artifact_hash == scored.artifact.hash
        assert (facts.errors == expected) is (first != other)
