"""Serving: texts in, calibrated probabilities of every head out, through ONNX Runtime. Never imports torch."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt

from models.artifact import DEFAULT, Artifact, Confusion, Head, open_artifact
from models.calibration import Calibration
from models.errors import TextError
from models.labels import SENTIMENT
from models.runtime.batching import balanced_budget, token_batches
from models.runtime.consistency import check_graph, check_longest_input, logit_outputs, open_tokenizer
from models.runtime.feeds import Chunk, feed_of
from models.runtime.providers import AUTO, SHAPING, TENSORRT, check_options, open_session, runs_at_once
from models.scaling import scaled, softmax
from models.spans import MAX_NAMES, Places, normalised_spans, tokens_of
from models.text import is_blank, normalise

MAX_ROWS = 512  # of a run: a bound on its logits where texts are so short that the budget of tokens would allow more
# A text is normalised in memory and tokenised whole before it is cut into chunks, so its size must be bounded.
MAX_CHARACTERS = 65_536


class Prediction(msgspec.Struct, frozen=True):
    """One head's answer: the likeliest label and the calibrated probability of each, summing to 1."""

    label: str
    probabilities: dict[str, float]

    @classmethod
    def of(cls, probabilities: dict[str, float]) -> Prediction:
        """Return the answer whose label is the likeliest, the first of several."""
        return cls(max(probabilities, key=probabilities.__getitem__), probabilities)


def mean_of(answers: Sequence[tuple[float, Prediction]]) -> Prediction:
    """Return the mean of answers of one head, each with its weight, to six digits."""
    total = sum(weight for weight, _ in answers)
    labels = answers[0][1].probabilities
    return Prediction.of(
        {label: round(sum(weight * one.probabilities[label] for weight, one in answers) / total, 6) for label in labels}
    )


class NameAnswer(msgspec.Struct, frozen=True):
    """What the text says of one name. ``own`` is False where that is the whole text's sentiment: the model has no head
    for names, or the name stands in none of the tokens.
    """

    sentiment: Prediction
    own: bool = True


class Classified(msgspec.Struct, frozen=True):
    """All heads' answers for one text, by head name; ``chunks`` says how many pieces a long text was read in.

    ``names`` are the answers for the names asked for, in their order; empty where the model gives no sentiment.
    """

    heads: dict[str, Prediction]
    chunks: int = 1
    names: tuple[NameAnswer, ...] = ()


Answer = Classified | TextError

_Run = tuple[list[int], "Future[list[npt.NDArray[np.float32]]]"]  # the chunks in it, and their logits per head
# (text, number of the name) -> per chunk in which it stands, the chunk's tokens and its (labels,) probabilities.
_OfNames = defaultdict[tuple[int, int], list[tuple[int, npt.NDArray[np.float32]]]]
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
        self.languages = frozenset(artifact.manifest.languages)
        self._tokenizer = open_tokenizer(artifact)
        self._session, self.provider, reason = open_session(artifact, provider)
        check_graph(self._session, artifact)
        if self.provider != TENSORRT:  # which builds an engine for each new shape, for minutes
            check_longest_input(self._session, artifact, self._tokenizer, check_options(self.provider))
        self.running_on = f"{self.name} on {self.provider} ({reason})"
        self._at_once = runs_at_once(self.provider, threads)
        self._runs = ThreadPoolExecutor(self._at_once, "model")
        self._outputs = list(logit_outputs(artifact).values())

    def classify(self, texts: Sequence[str], names: Sequence[Sequence[Places]] = ()) -> list[Answer]:
        """Classify ``texts`` in one go; the answer stands in their order, with an error in place of a bad text.

        A text longer than ``max_tokens`` is read in overlapping chunks; their probabilities are averaged, weighted
        by the chunks' tokens. An empty text, or one over 65,536 characters, gives a ``TextError``.

        Args:
            texts: as they came.
            names: per text the names to give a sentiment of their own, each by the ranges of characters where it
                stands in the text as it came. Of each text the first 64 are asked for. Empty: none of any text.
        """
        answers: list[Answer] = [_refusal(text) or _EMPTY for text in texts]
        readable = [index for index, text in enumerate(texts) if _refusal(text) is None]
        asked = names or [()] * len(texts)
        slice_size = SHAPING[self.provider].texts
        # A slice is tokenised while the model still runs on those before it.
        slices = (readable[at : at + slice_size] for at in range(0, len(readable), slice_size))
        for chunks, runs in [self._start(texts, asked, indices) for indices in slices]:
            for index, answer in self._answers(chunks, runs, asked):
                answers[index] = answer
        return answers

    def _start(
        self, texts: Sequence[str], names: Sequence[Sequence[Places]], indices: Sequence[int]
    ) -> tuple[list[Chunk], list[_Run]]:
        """Tokenise some of ``texts`` and hand their chunks to the model, without waiting for it."""
        if self.manifest.entity is None:
            plain, named = list(indices), []
        else:
            plain = [index for index in indices if not names[index]]
            named = [index for index in indices if names[index]]
        chunks: list[Chunk] = []
        encodings = self._tokenizer.encode_batch_fast([normalise(texts[index]) for index in plain])
        for index, encoding in zip(plain, encodings, strict=True):
            chunks += [Chunk(index, piece.ids, []) for piece in (encoding, *encoding.overflowing)]
        found = [normalised_spans(texts[index], names[index][:MAX_NAMES]) for index in named]
        # Offsets of tokens cost time, so they are asked for only where a name has to be found.
        for index, (_, places), encoding in zip(
            named, found, self._tokenizer.encode_batch([text for text, _ in found]), strict=True
        ):
            chunks += [_named_chunk(index, piece, places) for piece in (encoding, *encoding.overflowing)]
        lengths = [len(chunk.ids) for chunk in chunks]
        budget = balanced_budget(sum(lengths), SHAPING[self.provider].tokens, self._at_once)
        batches = token_batches(lengths, budget, MAX_ROWS)
        return chunks, [(batch, self._runs.submit(self._run, [chunks[row] for row in batch])) for batch in batches]

    def _run(self, rows: Sequence[Chunk]) -> list[npt.NDArray[np.float32]]:
        """Return (rows, labels) logits per head; of the head of names, which is the last one, (names, labels)."""
        feed = feed_of(rows, SHAPING[self.provider].bucketed, self.manifest.entity is not None)
        logits: list[npt.NDArray[np.float32]] = self._session.run(self._outputs, feed)
        return [values[: len(rows)] for values in logits[: len(self.heads)]] + logits[len(self.heads) :]

    def _answers(
        self, chunks: Sequence[Chunk], runs: Sequence[_Run], names: Sequence[Sequence[Places]]
    ) -> Iterable[tuple[int, Classified]]:
        """Wait for the runs and yield (text index, answer)."""
        heads = self.manifest.heads
        # Per head (chunks, labels).
        probabilities = {name: np.zeros((len(chunks), len(head.labels)), np.float32) for name, head in heads.items()}
        of_names: _OfNames = defaultdict(list)
        for batch, run in runs:
            logits = run.result()
            for (name, head), values in zip(heads.items(), logits[: len(heads)], strict=True):
                probabilities[name][batch] = _calibrated(values, head)
            if self.manifest.entity is not None:
                values = _calibrated(logits[-1], self.manifest.entity)
                _collect_names(of_names, [chunks[row] for row in batch], values)
        chunks_of_text: dict[int, list[int]] = defaultdict(list)
        for row, chunk in enumerate(chunks):
            chunks_of_text[chunk.text].append(row)
        lengths = [len(chunk.ids) for chunk in chunks]
        rows_of_texts = list(chunks_of_text.values())
        answers = {
            name: _predictions(head.labels, probabilities[name], rows_of_texts, lengths) for name, head in heads.items()
        }
        for place, (index, rows) in enumerate(chunks_of_text.items()):
            answer = {name: answers[name][place] for name in heads}
            yield index, Classified(answer, len(rows), self._of_names(index, len(names[index]), of_names, answer))

    def _of_names(
        self, text: int, count: int, of_names: _OfNames, answer: Mapping[str, Prediction]
    ) -> tuple[NameAnswer, ...]:
        """Return the answers for the names of one text; for those that were not read, the text's."""
        if SENTIMENT not in self.heads:
            return ()
        entity = self.manifest.entity
        return tuple(
            NameAnswer(_averaged(entity.labels, of_names[text, number]))
            if entity is not None and (text, number) in of_names
            else NameAnswer(answer[SENTIMENT], own=False)
            for number in range(count)
        )


def load_classifier(folder: Path = DEFAULT, provider: str = "auto", threads: int = 0) -> Classifier:
    """Open the artifact in ``folder`` and load it; see :class:`Classifier` for the errors."""
    return Classifier(open_artifact(folder), provider, threads)


def _calibrated(logits: npt.NDArray[np.float32], head: Head) -> npt.NDArray[np.float32]:
    return softmax(scaled(logits, head.temperature, head.sharpening))


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


def _named_chunk(text: int, piece: Any, places: Sequence[Places]) -> Chunk:
    names = ((number, tokens_of(one, piece.offsets)) for number, one in enumerate(places))
    return Chunk(text, piece.ids, [(number, tokens) for number, tokens in names if tokens])


def _collect_names(of_names: _OfNames, chunks: Sequence[Chunk], probabilities: npt.NDArray[np.float32]) -> None:
    """Add the (names, labels) probabilities of one run to those of its texts."""
    named = ((chunk, number) for chunk in chunks for number, _ in chunk.names)
    for (chunk, number), values in zip(named, probabilities, strict=False):  # behind them stand rows of padding
        of_names[chunk.text, number].append((len(chunk.ids), values))


def _averaged(labels: Sequence[str], parts: Sequence[tuple[int, npt.NDArray[np.float32]]]) -> Prediction:
    mean = parts[0][1].astype(np.float64)
    if len(parts) > 1:
        mean = np.average([values for _, values in parts], axis=0, weights=[length for length, _ in parts])
    values = mean.round(6).tolist()
    return Prediction(labels[values.index(max(values))], dict(zip(labels, values, strict=True)))


def _refusal(text: str) -> TextError | None:
    if is_blank(text):
        return _EMPTY
    if len(text) > MAX_CHARACTERS:
        return TextError(f"the text has {len(text)} characters, at most {MAX_CHARACTERS} are read")
    return None
