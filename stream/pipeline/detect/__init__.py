"""Stage 5: is what came in the last minutes too much for this series?

Pure and vectorised: one row of an array per series. :mod:`state` holds what was learned, :mod:`expect` says what
follows for a window, :mod:`score` how surprising the window is, :mod:`learn` what is learned once it is past, and
:mod:`threshold` how surprising is surprising enough for the budget of false alarms.
"""

from stream.pipeline.detect.counts import Counts, cumulate, of_minutes
from stream.pipeline.detect.errors import Errors
from stream.pipeline.detect.observation import Observation
from stream.pipeline.detect.state import Learned
from stream.pipeline.detect.test import CELL, Kind, Test

__all__ = ["CELL", "Counts", "Errors", "Kind", "Learned", "Observation", "Test", "cumulate", "of_minutes"]
