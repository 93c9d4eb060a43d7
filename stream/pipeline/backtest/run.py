"""One set of rules over collected documents."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import msgspec

from stream.pipeline.backtest.collect import DocumentHistory
from stream.pipeline.backtest.rule_run import Band, RaisedAlert, RuleRun
from stream.pipeline.detect import ClassifierErrors
from stream.pipeline.rules import Hearing, Reason, Rule, Teller, may_have_told, sharpest, was_told
from stream.pipeline.units import DAY

AFTER_END = 180  # minutes that are decided on after the last document, so that what fires can resolve
Progress = Callable[[int], object]
Receivers = Callable[[RaisedAlert], Iterable[str]]


@dataclass(frozen=True, slots=True)
class BacktestResult:
    """What rules make of the past.

    Attributes:
        rules: all of them.
        alerts: what they would have raised, by time.
        bands: counts and expectations by rule and series.
        first, last: the minutes that were decided on, ``first <= m < last``.
        reasons: how many decisions were what they are and why.
        hearing: of each series the least that would fire at the end.
    """

    rules: tuple[Rule, ...]
    alerts: tuple[RaisedAlert, ...]
    bands: dict[tuple[str, str], Band]
    first: int
    last: int
    reasons: dict[str, int]
    hearing: tuple[Hearing, ...] = ()

    @property
    def deaf(self) -> bool:
        """Whether there never were enough documents to decide on anything."""
        return not self.alerts and not self.reasons.get(Reason.EXPECTED.value, 0)


def backtest_rules(
    rules: Sequence[Rule],
    collected: DocumentHistory,
    errors: ClassifierErrors | None = None,
    progress: Progress = lambda days: None,
    receivers: Receivers = lambda alert: (),
    now: int | None = None,
) -> BacktestResult:
    """Decide on every minute of the documents' past by each of ``rules``.

    Args:
        rules: those of a file.
        collected: all documents.
        errors: the classifier's.
        progress: told how many days of one rule are done, one after the other.
        receivers: who is told of an alert: who was not told of an event before is told of it.
        now: the minute that it is, since 1970: of what is yet to come nothing is decided, so that silence there neither
            raises nor resolves anything. None: all of the documents' time is over.
    """
    last = _last_minute(collected, now)
    runs = [RuleRun(rule, collected, errors or ClassifierErrors(), last) for rule in rules]
    for until in range(collected.first + DAY, last + DAY, DAY):
        _decide_day(runs, min(until, last), receivers)
        progress(len(runs))
    alerts = _by_time(runs)
    bands = {(one.rule.name, name): band for one in runs for name, band in one.bands.items()}
    reasons: dict[str, int] = {}
    for one in runs:
        for reason, count in one.reasons.items():
            reasons[reason] = reasons.get(reason, 0) + count
    hearing = tuple(sharpest([(one.rule, one.state) for one in runs], errors))
    return BacktestResult(tuple(rules), tuple(alerts), bands, collected.first, last, reasons, hearing)


def _last_minute(collected: DocumentHistory, now: int | None) -> int:
    """Return the minute after the last one that is decided on."""
    last = collected.last + AFTER_END if collected.members else 0
    return last if now is None else max(min(last, now), collected.first)


def _decide_day(runs: Sequence[RuleRun], until: int, receivers: Receivers) -> None:
    """Decide on a day by all rules; one is decided on anew where it raised what another had told of before."""
    for one in runs:
        one.decide(until)
    while (redo := _first_to_redo(runs, receivers)) is not None:
        redo.decide(until)
    for one in runs:
        one.keep()


def _first_to_redo(runs: Sequence[RuleRun], receivers: Receivers) -> RuleRun | None:
    """Answer, in the order of time, whether what fires was told of by an alert that is over to all who get it.

    Returns the rule that is to decide on the day anew for the answer; None: no question is open.
    """
    open_ = sorted(((one, alert) for one in runs for alert in one.open_questions()), key=lambda pair: pair[1].minute)
    if not open_:
        return None
    of_rule = {one.rule.name: one for one in runs}
    over = [(alert, teller) for alert in _by_time(runs) if (teller := _teller(alert)) is not None]
    for one, alert in open_:
        to = set(receivers(alert))
        tellers = [
            of_rule[teller.rule].with_documents(teller)
            for other, teller in over
            if may_have_told(one.rule, alert.decision, teller) and to.issubset(_told_of(other, receivers))
        ]
        told = bool(tellers) and was_told(one.recorded(alert), one.looked_back_on(alert), tellers)
        if one.answer(alert, told=told):
            return one
    return None


def _told_of(alert: RaisedAlert, receivers: Receivers) -> set[str]:
    """Return who was told of an alert, when it fired or when its severity rose."""
    steps = (msgspec.structs.replace(alert, severity=severity) for severity in alert.severities)
    return {receiver for step in steps for receiver in receivers(step)}


def _teller(alert: RaisedAlert) -> Teller | None:
    """Return ``alert``, without its documents, as one that has told of something; None where it is not over."""
    if alert.resolved is None:
        return None
    return Teller(alert.rule, alert.series, alert.minute - alert.decision.observation.window, alert.resolved)


def _by_time(runs: Iterable[RuleRun]) -> list[RaisedAlert]:
    return sorted((alert for one in runs for alert in one.alerts()), key=lambda item: (item.minute, item.series))
