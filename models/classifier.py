"""Serving: texts in, calibrated probabilities of every head out, through ONNX Runtime. Never imports torch."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

import msgspec
import numpy as np
import numpy.typing as npt

from models.artifact import DEFAULT, Artifact, Confusion, open_artifact
from models.calibration import Calibration
from models.errors import TextError
from models.runtime.batching import balanced_budget, bucketed_shape, token_batches
from models.runtime.consistency import check_graph, check_longest_input, logit_outputs, open_tokenizer
from models.runtime.providers import AUTO, SHAPING, TENSORRT, open_session, runs_at_once
from models.text import is_blank, normalise

MAX_ROWS = 512  # of a run: a bound on its logits where texts are so short that the budget of tokens would allow more
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


class _Chunk(NamedTuple):
    """A piece of the text with index ``text``, as token ids."""

    text: int
    ids: list[int]


Answer = Classified | TextError

_Run = tuple[list[int], "Future[list[npt.NDArray[np.float32]]]"]  # the chunks in it, and their logits per head
_EMPTY = TextError("the text is empty")


class Classifier:
    """A loaded artifact.

    Args:
        artifact: the checked folder; see :func:`models.artifact.open_artifact`.
        provider: ``auto``, ``cpu``, ``cuda`` or ``tensorrt``; ``running_on`` says which was taken and why.
        threads: of the model on the CPU; 0 takes all cores that the process may use.

    Raises:
        ProviderError: the provider asked for is not installed.
        ArtifactError: graph or tokenizer cannot be loaded, or do not fit the manifest.
    """

    def __init__(self, artifact: Artifact, provider: str = AUTO, threads: int = 0) -> None:
        self.manifest = artifact.manifest
        self.name, self.hash = artifact.manifest.name, artifact.manifest.hash
        self.heads = frozenset(artifact.manifest.heads)
        self.confusion: Mapping[str, Confusion] = artifact.confusion
        self.calibrations: Mapping[str, Calibration] = artifact.manifest.calibrations
        self._tokenizer = open_tokenizer(artifact)
        self._session, self.provider, reason = open_session(artifact, provider)
        check_graph(self._session, artifact)
        if self.provider != TENSORRT:  # which builds an engine for each new shape, for minutes
            check_longest_input(self._session, artifact, self._tokenizer)
        self.running_on = f"{self.name} on {self.provider} ({reason})"
        self._at_once = runs_at_once(self.provider, threads)
        self._runs = ThreadPoolExecutor(self._at_once, "model")
        self._outputs = list(logit_outputs(artifact).values())

    def classify(self, texts: Sequence[str]) -> list[Answer]:
        """Classify ``texts`` in one go; the answer stands in their order, with an error in place of a bad text.

        A text longer than ``max_tokens`` is read in overlapping chunks; their probabilities are averaged, weighted
        by the chunks' tokens. An empty text, or one over 65,536 characters, gives a ``TextError``.
        """
        answers: list[Answer] = [_refusal(text) or _EMPTY for text in texts]
        readable = [index for index, text in enumerate(texts) if _refusal(text) is None]
        slice_size = SHAPING[self.provider].texts
        # A slice is tokenised while the model still runs on those before it.
        started = [self._start(texts, readable[at : at + slice_size]) for at in range(0, len(readable), slice_size)]
        for chunks, runs in started:
            for index, answer in self._answers(chunks, runs):
                answers[index] = answer
        return answers

    def _start(self, texts: Sequence[str], indices: Sequence[int]) -> tuple[list[_Chunk], list[_Run]]:
        """Tokenise some of ``texts`` and hand their chunks to the model, without waiting for it."""
        chunks: list[_Chunk] = []
        encodings = self._tokenizer.encode_batch_fast([normalise(texts[index]) for index in indices])
        for index, encoding in zip(indices, encodings, strict=True):
            chunks += [_Chunk(index, piece.ids) for piece in (encoding, *encoding.overflowing)]
        lengths = [len(chunk.ids) for chunk in chunks]
        budget = balanced_budget(sum(lengths), SHAPING[self.provider].tokens, self._at_once)
        batches = token_batches(lengths, budget, MAX_ROWS)
        return chunks, [(batch, self._runs.submit(self._run, [chunks[row].ids for row in batch])) for batch in batches]

    def _run(self, rows: Sequence[Sequence[int]]) -> list[npt.NDArray[np.float32]]:
        """Return (rows, labels) logits per head."""
        shape = len(rows), max(len(row) for row in rows)
        ids = np.zeros(bucketed_shape(*shape) if SHAPING[self.provider].bucketed else shape, np.int64)
        mask = np.zeros_like(ids)
        mask[len(rows) :, 0] = 1  # a row of padding alone would divide by zero
        for number, row in enumerate(rows):
            ids[number, : len(row)] = row
            mask[number, : len(row)] = 1
        logits = self._session.run(self._outputs, {"input_ids": ids, "attention_mask": mask})
        return [values[: len(rows)] for values in logits]

    def _answers(self, chunks: Sequence[_Chunk], runs: Sequence[_Run]) -> Iterable[tuple[int, Classified]]:
        """Wait for the runs and yield (text index, answer)."""
        heads = self.manifest.heads
        # Per head (chunks, labels).
        probabilities = {name: np.zeros((len(chunks), len(head.labels)), np.float32) for name, head in heads.items()}
        for batch, run in runs:
            for (name, head), logits in zip(heads.items(), run.result(), strict=True):
                probabilities[name][batch] = softmax(logits / head.temperature)
        chunks_of_text: dict[int, list[int]] = defaultdict(list)
        for row, chunk in enumerate(chunks):
            chunks_of_text[chunk.text].append(row)
        lengths = [len(chunk.ids) for chunk in chunks]
        rows_of_texts = list(chunks_of_text.values())
        answers = {
            name: _predictions(head.labels, probabilities[name], rows_of_texts, lengths) for name, head in heads.items()
        }
        for place, (index, rows) in enumerate(chunks_of_text.items()):
            yield index, Classified({name: answers[name][place] for name in heads}, len(rows))


def load_classifier(folder: Path = DEFAULT, provider: str = "auto", threads: int = 0) -> Classifier:
    """Open the artifact in ``folder`` and load it; see :class:`Classifier` for the errors."""
    return Classifier(open_artifact(folder), provider, threads)


def softmax(logits: npt.NDArray[np.floating]) -> npt.NDArray[np.float32]:
    """Return the softmax over the last axis."""
    shifted = np.exp(logits - logits.max(-1, keepdims=True))
    normalised: npt.NDArray[np.float32] = (shifted / shifted.sum(-1, keepdims=True)).astype(np.float32)
    return normalised


def _predictions(
    labels: Sequence[str],
    probabilities: npt.NDArray[np.float32],
    rows_of_texts: Sequence[list[int]],
    lengths: Sequence[int],
) -> list[Prediction]:
    """Return one head's answer per text.

    Args:
        labels: of the head, in the order of the columns.
        probabilities: (chunks, labels).
        rows_of_texts: per text, the rows of its chunks.
        lengths: per chunk, in tokens: its weight in the mean.
    """
    means = probabilities[[rows[0] for rows in rows_of_texts]].astype(np.float64)
    for place, rows in enumerate(rows_of_texts):
        if len(rows) > 1:
            means[place] = np.average(probabilities[rows], axis=0, weights=[lengths[row] for row in rows])
    likeliest, rounded = means.argmax(1).tolist(), means.round(6).tolist()
    return [
        Prediction(labels[best], dict(zip(labels, values, strict=True)))
        for best, values in zip(likeliest, rounded, strict=True)
    ]


def _refusal(text: str) -> TextError | None:
    if is_blank(text):
        return _EMPTY
    if len(text) > MAX_CHARACTERS:
        return TextError(f"the text has {len(text)} characters, at most {MAX_CHARACTERS} are read")
    return None
