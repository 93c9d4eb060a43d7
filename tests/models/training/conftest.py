"""What the tests of training share: a small world, and one run in it. They need the extra ``train``."""

from __future__ import annotations

from pathlib import Path
from shutil import copyfile, copytree
from typing import Any

import pytest

from tests.models.training.tiny import QUICK, SIZES, TOPICS, WORDS, command, labelled, labelled_names


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two labelled files, and an encoder with random weights in ``base``."""
    import transformers
    from tokenizers import BertWordPieceTokenizer

    hf: Any = transformers  # its constructors are not typed
    folder = tmp_path_factory.mktemp("world")
    labelled(folder / "s.csv", WORDS)
    labelled(folder / "t.csv", TOPICS)
    # The same words and weights each time: a test must not hang on which ones it happened to get.
    words = sorted({word for group in (WORDS, TOPICS) for some in group.values() for word in some} | {"number"})
    pieces = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *words, *map(str, range(10))]
    pieces += [f"##{digit}" for digit in range(10)]
    tokenizer = BertWordPieceTokenizer(vocab={piece: place for place, piece in enumerate(pieces)})
    base = folder / "base"
    hf.set_seed(7)
    names = {
        "unk_token": "[UNK]",
        "pad_token": "[PAD]",
        "cls_token": "[CLS]",
        "sep_token": "[SEP]",
        "mask_token": "[MASK]",
    }
    hf.PreTrainedTokenizerFast(tokenizer_object=tokenizer._tokenizer, **names).save_pretrained(base)
    hf.BertModel(hf.BertConfig(**SIZES)).save_pretrained(base)
    return folder


@pytest.fixture(scope="session")
def run(world: Path) -> Path:
    """A finished run of both heads, with its artifact; ``output.txt`` has what the command printed."""
    output = command(world, "train", str(world / "run"), *QUICK)
    (world / "run" / "output.txt").write_text(output)
    return world / "run"


@pytest.fixture(scope="session")
def asked(world: Path) -> Path:
    """A run whose last layer is asked once."""
    command(world, "train", str(world / "asked"), *QUICK, "--set", "pooling=last_layer", "--set", "epochs=2")
    return world / "asked"


@pytest.fixture(scope="module")
def folder(world: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The labelled files and the encoder once more: each file of tests has its own, for two may name a run alike."""
    own = tmp_path_factory.mktemp("training")
    for name in ("s.csv", "t.csv"):
        copyfile(world / name, own / name)
    copytree(world / "base", own / "base")
    return own


@pytest.fixture(scope="module")
def files(folder: Path, asked: Path) -> Path:
    """The same with that run, and ``e.csv``: texts of two names."""
    labelled_names(folder / "e.csv")
    copytree(asked, folder / "asked")
    return folder


@pytest.fixture
def any_loss(monkeypatch: pytest.MonkeyPatch) -> None:
    """A network after one epoch is undecided: int8 may turn a row of the few in split ``val``."""
    monkeypatch.setattr("models.training.export.artifact.LARGEST_LOSS", 1.0)
