"""What a run of the model is fed with: rows of tokens, and the names in them. Pure.

Names are a list beside the rows, each with the number of its row, so that rows without names cost nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from models.runtime.batching import bucketed_shape

Feed = dict[str, npt.NDArray[Any]]


class Chunk(NamedTuple):
    """A piece of the text with index ``text``, as token ids; ``names`` are (number of the name, its tokens here)."""

    text: int
    ids: list[int]
    names: list[tuple[int, list[int]]]


def feed_of(chunks: Sequence[Chunk], bucketed: bool, with_names: bool) -> Feed:
    """Return the inputs of a graph, padded to the longest chunk, or to one of few shapes where ``bucketed``."""
    shape = len(chunks), max(len(chunk.ids) for chunk in chunks)
    ids = np.zeros(bucketed_shape(*shape) if bucketed else shape, np.int64)
    mask = np.zeros_like(ids)
    mask[len(chunks) :, 0] = 1  # a row of padding alone would divide by zero
    for number, chunk in enumerate(chunks):
        ids[number, : len(chunk.ids)] = chunk.ids
        mask[number, : len(chunk.ids)] = 1
    feed: Feed = {"input_ids": ids, "attention_mask": mask}
    return feed | _names(chunks, ids.shape[1], bucketed) if with_names else feed


def _names(chunks: Sequence[Chunk], width: int, bucketed: bool) -> Feed:
    """Return the row of each name, and its (names, tokens) mask; one name is there at least: no kernel is asked for
    none.
    """
    places = [(row, tokens) for row, chunk in enumerate(chunks) for _, tokens in chunk.names]
    count = max(1, len(places))
    rows = np.zeros(1 << (count - 1).bit_length() if bucketed else count, np.int64)
    mask = np.zeros((len(rows), width), np.int64)
    mask[len(places) :, 0] = 1
    for number, (row, tokens) in enumerate(places):
        rows[number] = row
        mask[number, tokens] = 1
    return {"entity_rows": rows, "entity_mask": mask}
