"""Stage 5: is what came in the last minutes too much for this series?

Pure and vectorised: one row of an array per series. :mod:`state` holds what was learned, :mod:`expect` says what
follows for a window, :mod:`score` how surprising the window is, :mod:`learn` what is learned once it is past, and
:mod:`threshold` how surprising is surprising enough for the budget of false alarms.
"""

from stream.pipeline.detect.classifier_errors import ClassifierErrors
from stream.pipeline.detect.counts import Counts, collect_counts, cumulate
from stream.pipeline.detect.observation import Observation
from stream.pipeline.detect.spec import CELL, DetectorSpec, Kind
from stream.pipeline.detect.state import Baselines

__all__ = [
    "CELL",
    "Baselines",
    "ClassifierErrors",
    "Counts",
    "DetectorSpec",
    "Kind",
    "Observation",
    "collect_counts",
    "cumulate",
]
