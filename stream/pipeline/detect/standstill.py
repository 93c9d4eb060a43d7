"""A stream that stands still is not one in which nothing happens: it says nothing about what is usual."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from stream.pipeline.detect.counts import CumulativeCounts
from stream.pipeline.detect.spec import DetectorSpec
from stream.pipeline.detect.state import Baselines

# So many documents would have been expected in a silence of all series together before it counts as a standstill.
# By chance, with counts as bursty as the opinion on a new series has it, nothing comes instead of twenty once in 3,000
# times; what is learned before it is noticed lowers the level of a slow stream by a few hundredths.
STANDSTILL_DOCUMENTS = 20.0


def is_standstill(
    spec: DetectorSpec, baselines: Baselines, sums: CumulativeCounts, end: int, usual: NDArray[np.float64]
) -> bool:
    """Whether nothing came on any series in the cell before ``end``, for so long around it that the stream stood still.

    A series that is quiet while others speak is quiet: that is learned.

    Args:
        spec: what is looked for.
        baselines: how much has been missed so far is kept in it.
        sums: of the counts, up to ``test.lag`` beyond ``end``.
        end: of the cell that is about to be learned.
        usual: documents expected of the cell, by series.
    """
    if sums.heard_in(end - spec.cell, end):
        baselines.missing_documents[:] = 0.0
        return False
    baselines.missing_documents += usual
    ahead = sums.silent_from(end, end + spec.lag)
    if float(baselines.missing_documents.sum() + usual.sum() * ahead / spec.cell) < STANDSTILL_DOCUMENTS:
        return False
    baselines.standstill_end[:] = end
    return True
