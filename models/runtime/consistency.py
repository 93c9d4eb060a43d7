"""Whether the graph, the tokenizer and the manifest of an artifact fit each other: checked before the first text."""

from __future__ import annotations

from typing import Any

import numpy as np
from tokenizers import Tokenizer

from models.artifact import MANIFEST, TOKENIZER, Artifact
from models.errors import ArtifactError

INPUTS = ("attention_mask", "input_ids")
# Of names: (names,) the row that each stands in, and (names, tokens) 1 where it stands there, 0 elsewhere.
ENTITY_INPUTS = ("entity_mask", "entity_rows")


def open_tokenizer(artifact: Artifact) -> Tokenizer:
    """Return the tokenizer, cutting texts into overlapping pieces of ``max_tokens``.

    Raises:
        ArtifactError: its file is none.
    """
    limit = artifact.manifest.max_tokens
    try:
        tokenizer = Tokenizer.from_file(str(artifact.tokenizer))
        tokenizer.no_padding()
        tokenizer.enable_truncation(limit, stride=limit // 8)
        tokenizer.encode("a")
    except Exception as error:  # the library raises nothing more exact
        raise ArtifactError(f"{artifact.tokenizer} cannot be read: {error}") from error
    return tokenizer


def check_graph(session: Any, artifact: Artifact) -> None:
    """Check inputs, outputs, and that there is a label for each logit.

    Raises:
        ArtifactError: one of them does not fit the manifest.
    """
    inputs = {item.name: item.type for item in session.get_inputs()}
    expected = (*INPUTS, *ENTITY_INPUTS) if artifact.manifest.entity else INPUTS
    if set(inputs) != set(expected) or set(inputs.values()) != {"tensor(int64)"}:
        given = ", ".join(f"{name} {kind}" for name, kind in sorted(inputs.items()))
        named = " and ".join((", ".join(sorted(expected, reverse=True)[:-1]), min(expected)))
        raise ArtifactError(f"{artifact.graph}: inputs {given}; {named} of int64 are expected")
    outputs = {item.name: item.shape for item in session.get_outputs()}
    for head, output in logit_outputs(artifact).items():
        if output not in outputs:
            names = ", ".join(sorted(outputs))
            raise ArtifactError(f"{artifact.graph}: no output '{output}' for head '{head}', only {names}")
        shape = outputs[output]
        if len(shape) not in (0, 2):  # none where the graph does not say; check_longest_input does
            raise ArtifactError(f"{artifact.graph}: output '{output}' has {len(shape)} dimensions, 2 are expected")
        if shape and isinstance(shape[1], int):
            _check_labels(artifact, head, shape[1])


def check_longest_input(session: Any, artifact: Artifact, tokenizer: Tokenizer, options: Any = None) -> None:
    """Run the longest input once, with the last token of the vocabulary in it; ``options`` are of the run.

    Raises:
        ArtifactError: the graph takes less than ``max_tokens``, or fewer tokens than the tokenizer knows, or does not
            give finite numbers, one per label.
    """
    ids = np.zeros((1, artifact.manifest.max_tokens), np.int64)
    ids[0, -1] = max(tokenizer.get_vocab_size() - 1, 0)
    outputs = logit_outputs(artifact)
    feed: dict[str, Any] = {"input_ids": ids, "attention_mask": np.ones_like(ids)}
    if artifact.manifest.entity:
        feed |= {"entity_rows": np.zeros(1, np.int64), "entity_mask": np.ones_like(ids)}
    try:
        logits = session.run(list(outputs.values()), feed, options)
    except Exception as error:
        raise ArtifactError(
            f"{artifact.graph} does not run on max_tokens ({artifact.manifest.max_tokens}) of {MANIFEST}"
            f" with the {tokenizer.get_vocab_size()} tokens of {TOKENIZER}: {error}"
        ) from error
    for head, values in zip(outputs, logits, strict=True):
        _check_labels(artifact, head, values.shape[-1])
        if values.shape[0] != 1 or not np.isfinite(values).all():
            raise ArtifactError(f"{artifact.graph}: head '{head}' gives no finite numbers for a text")


def logit_outputs(artifact: Artifact) -> dict[str, str]:
    """Return head -> name of the graph's output that holds its logits."""
    return {head: f"logits_{head}" for head in artifact.manifest.all_heads}


def _check_labels(artifact: Artifact, head: str, logits: int) -> None:
    labels = len(artifact.manifest.all_heads[head].labels)
    if logits != labels:
        gives = f"{artifact.graph.name} gives {logits} logits"
        raise ArtifactError(f"{artifact.folder / MANIFEST}: head '{head}' has {labels} labels, {gives}")
