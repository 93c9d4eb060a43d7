"""The model card.

Needs the extra ``train``: ``pip install -e '.[train,test]'``.
"""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("torch", reason="needs the extra 'train'")
pytest.importorskip("peft", reason="needs the extra 'train'")


from models.artifact import open_artifact
from tests.models.training.tiny import command

# torch's exporter and tracer warn of what they do
pytestmark = pytest.mark.filterwarnings("default")


def test_the_card_states_origin_figures_failures_and_hashes(folder: Path, run: Path) -> None:
    command(folder, "card", str(run / "artifact"))
    text = (run / "artifact" / "README.md").read_text()
    for needed in ("made (MIT)", "calibration error", "sarcasm", open_artifact(run / "artifact").manifest.hash):
        assert needed in text
