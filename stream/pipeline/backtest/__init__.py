"""The past through the same code as live, in event time: which alerts would rules have raised, and why?"""

from stream.pipeline.backtest.collect import DocumentHistory, HistoryCollector
from stream.pipeline.backtest.compare import Difference, compare
from stream.pipeline.backtest.rule_run import Band, RaisedAlert
from stream.pipeline.backtest.run import BacktestResult, backtest_rules

__all__ = [
    "BacktestResult",
    "Band",
    "Difference",
    "DocumentHistory",
    "HistoryCollector",
    "RaisedAlert",
    "backtest_rules",
    "compare",
]
