"""The past through the same code as live, in event time: which alerts would rules have raised, and why?"""

from stream.pipeline.backtest.collect import Collected, Collector
from stream.pipeline.backtest.compare import Difference, compare
from stream.pipeline.backtest.run import Band, Raised, Result, run

__all__ = ["Band", "Collected", "Collector", "Difference", "Raised", "Result", "compare", "run"]
