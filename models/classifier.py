"""Serving: texts in, calibrated probabilities of every head out, through ONNX Runtime. Never imports torch."""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt
from tokenizers import Encoding, Tokenizer

from models.artifact import DEFAULT, Artifact, open_artifact
from models.batching import token_batches
from models.errors import ArtifactError, ProviderError, TextError
from models.text import normalise

# Padded tokens of one run of the model. On the CPU a run's activations should stay in the cache, and each core takes
# runs of its own: twice as fast as one large run on all cores. A GPU wants large ones.
TOKEN_BUDGETS = {"cpu": 256, "cuda": 16_384}
MAX_ROWS = 512
PROVIDERS = {"cpu": "CPUExecutionProvider", "cuda": "CUDAExecutionProvider"}
# A text is normalised in memory and tokenised whole before it is cut into chunks, so its size must be bounded.
MAX_CHARACTERS = 65_536


class Prediction(msgspec.Struct, frozen=True):
    """One head's answer: the likeliest label and the calibrated probability of each, summing to 1."""

    label: str
    probabilities: dict[str, float]


class Classified(msgspec.Struct, frozen=True):
    """All heads' answers for one text, by head name; ``chunks`` says how many pieces a long text was read in."""

    heads: dict[str, Prediction]
    chunks: int = 1


class Classifier:
    """A loaded artifact.

    Args:
        artifact: the checked folder; see :func:`models.artifact.open_artifact`.
        provider: ``auto``, ``cpu`` or ``cuda``.
        threads: of the model on the CPU; 0 takes all cores.

    Raises:
        ProviderError: the provider asked for is not installed.
        ArtifactError: the graph cannot be loaded.
    """

    def __init__(self, artifact: Artifact, provider: str = "auto", threads: int = 0) -> None:
        self.manifest = artifact.manifest
        self.name, self.hash = artifact.manifest.name, artifact.manifest.hash
        self._tokenizer = Tokenizer.from_file(str(artifact.tokenizer))
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(artifact.manifest.max_tokens, stride=artifact.manifest.max_tokens // 8)
        self._session, self.provider = _session(artifact, provider)
        self._runs = ThreadPoolExecutor(_runs_at_once(self.provider, threads), "model")
        self._outputs = [f"logits_{head}" for head in self.manifest.heads]

    def classify(self, texts: Sequence[str]) -> list[Classified | TextError]:
        """Classify ``texts`` in one go; the answer stands in their order, with an error in place of a bad text.

        A text longer than ``max_tokens`` is read in overlapping chunks; their probabilities are averaged, weighted
        by the chunks' tokens. An empty text, or one over 65,536 characters, gives a ``TextError``.
        """
        answers: list[Classified | TextError] = [TextError("the text is empty")] * len(texts)
        chunks: list[Encoding] = []
        owners: list[int] = []
        readable = [index for index, text in enumerate(texts) if text.strip() and len(text) <= MAX_CHARACTERS]
        encodings = self._tokenizer.encode_batch_fast([normalise(texts[index]) for index in readable])
        for index, encoding in zip(readable, encodings, strict=True):
            pieces = [encoding, *encoding.overflowing]
            chunks += pieces
            owners += [index] * len(pieces)
        for index, text in enumerate(texts):
            if len(text) > MAX_CHARACTERS:
                answers[index] = TextError(f"the text has {len(text)} characters, at most {MAX_CHARACTERS} are read")
        probabilities = self._probabilities([chunk.ids for chunk in chunks])
        for index, (heads, count) in _combine(probabilities, owners, [len(chunk.ids) for chunk in chunks]).items():
            answers[index] = Classified(
                {name: _prediction(head.labels, heads[name]) for name, head in self.manifest.heads.items()}, count
            )
        return answers

    def _probabilities(self, rows: Sequence[Sequence[int]]) -> dict[str, npt.NDArray[np.float32]]:
        """Return (rows, labels) probabilities per head."""
        lengths = [len(row) for row in rows]
        result = {
            name: np.zeros((len(rows), len(head.labels)), np.float32) for name, head in self.manifest.heads.items()
        }
        batches = list(token_batches(lengths, TOKEN_BUDGETS[self.provider], MAX_ROWS))
        for batch, logits in zip(batches, self._runs.map(partial(self._run, rows), batches), strict=True):
            for (name, head), values in zip(self.manifest.heads.items(), logits, strict=True):
                result[name][batch] = softmax(values / head.temperature)
        return result

    def _run(self, rows: Sequence[Sequence[int]], batch: Sequence[int]) -> list[npt.NDArray[np.float32]]:
        """Return (batch, labels) logits per head."""
        ids = np.zeros((len(batch), max(len(rows[index]) for index in batch)), np.int64)
        mask = np.zeros_like(ids)
        for row, index in enumerate(batch):
            ids[row, : len(rows[index])] = rows[index]
            mask[row, : len(rows[index])] = 1
        logits: list[npt.NDArray[np.float32]] = self._session.run(
            self._outputs, {"input_ids": ids, "attention_mask": mask}
        )
        return logits


def load_classifier(folder: Path = DEFAULT, provider: str = "auto", threads: int = 0) -> Classifier:
    """Open the artifact in ``folder`` and load it; see :class:`Classifier` for the errors."""
    return Classifier(open_artifact(folder), provider, threads)


def softmax(logits: npt.NDArray[np.floating]) -> npt.NDArray[np.float32]:
    """Return the softmax over the last axis."""
    shifted = np.exp(logits - logits.max(-1, keepdims=True))
    normalised: npt.NDArray[np.float32] = (shifted / shifted.sum(-1, keepdims=True)).astype(np.float32)
    return normalised


def _combine(
    probabilities: dict[str, npt.NDArray[np.float32]], owners: Sequence[int], lengths: Sequence[int]
) -> dict[int, tuple[dict[str, npt.NDArray[np.float32]], int]]:
    """Average the chunks of each text, weighted by their tokens; returns text index -> (head -> (labels,), chunks)."""
    chunks: dict[int, list[int]] = {}
    for chunk, owner in enumerate(owners):
        chunks.setdefault(owner, []).append(chunk)
    return {
        owner: (
            {
                name: np.average(rows[mine], axis=0, weights=[lengths[chunk] for chunk in mine])
                for name, rows in probabilities.items()
            },
            len(mine),
        )
        for owner, mine in chunks.items()
    }


def _prediction(labels: Sequence[str], probabilities: npt.NDArray[np.float32]) -> Prediction:
    values = [round(float(value), 6) for value in probabilities]
    return Prediction(labels[int(np.argmax(probabilities))], dict(zip(labels, values, strict=True)))


def _runs_at_once(provider: str, threads: int) -> int:
    return (threads or os.cpu_count() or 1) if provider == "cpu" else 1


def _session(artifact: Artifact, provider: str) -> tuple[Any, str]:
    try:
        import onnxruntime as ort
    except ImportError as error:
        raise ProviderError("onnxruntime is not installed: pip install 'bellwether[cpu]' (or [gpu])") from error
    available = ort.get_available_providers()
    automatic = provider == "auto"
    if automatic:
        provider = "cuda" if PROVIDERS["cuda"] in available else "cpu"
    if provider not in PROVIDERS:
        raise ProviderError(f"unknown provider '{provider}'; choose auto, {', '.join(PROVIDERS)}")
    if PROVIDERS[provider] not in available:
        raise ProviderError(f"provider '{provider}' is not available here; install it: pip install 'bellwether[gpu]'")
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1  # a run stays on its core; several runs go side by side
    try:
        session = ort.InferenceSession(str(artifact.graph), options, providers=[PROVIDERS[provider]])
    except Exception as error:
        raise ArtifactError(f"{artifact.graph} cannot be loaded: {error}") from error
    if PROVIDERS[provider] not in session.get_providers():
        # Without a driver ONNX Runtime takes the CPU and says so only in its log.
        if automatic:
            return session, "cpu"
        raise ProviderError(f"provider '{provider}' did not start: is there a GPU, and are its driver and libraries?")
    return session, provider
