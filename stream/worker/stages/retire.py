"""What fires in a series that nothing watches any more ends: its rule, or its name on the watchlist, is gone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

import msgspec

from stream.batches import batches
from stream.clocks import Clock
from stream.pipeline.detect import Observation
from stream.pipeline.notify import Alert, AlertStore, Change, RoutingSource, Tick
from stream.pipeline.rules import Decision, Listed, Reason, Rule, RuleState
from stream.pipeline.rules.words import UNLISTED, UNWATCHED
from stream.pipeline.windows.bucket import minute_of

AT_ONCE = 10_000  # series that are forgotten in one statement: PostgreSQL takes 32,767 values in one


class Retire:
    """Ends what nothing watches any more. What was learned of a series stays, for when its name is back on the list."""

    def __init__(self, alerts: AlertStore, receivers: RoutingSource, clock: Clock) -> None:
        self._alerts, self._receivers, self._clock = alerts, receivers, clock

    async def retire(self, rules: Sequence[Rule], listed: Listed) -> bool:
        """Resolve what fires by a rule that is not in force any more, or in a series that is not watched.

        Of series that are not on the list the latest decision goes, too: it would be shown for ever.

        Returns False when another worker was faster with one of them: look again at what is open then.
        """
        over = list(_over(await self._alerts.open_alerts(), rules, listed))
        latest = await self._alerts.latest_decisions() if over or listed.entries else {}
        for alert, words in over:
            version, state = await self._alerts.load(alert.rule)
            if state is None:
                continue
            change = Change(alert.rule, _given_up(alert, state, latest.get((alert.rule, alert.series)), words))
            if not await self._write(alert.rule, version, state, [alert.series], [change]):
                return False
        for rule in rules:
            gone = sorted(listed.others(series for name, series in latest if name == rule.name))
            if gone and not await self._forget(rule.name, gone):
                return False
        return True

    async def _forget(self, rule: str, gone: Sequence[str]) -> bool:
        """Drop the latest decisions on series that are not listed."""
        for some in batches(gone, AT_ONCE):
            version, state = await self._alerts.load(rule)
            if state is not None and not await self._write(rule, version, state, (), (), some):
                return False
        return True

    async def _write(
        self,
        rule: str,
        version: int,
        state: RuleState,
        over: Sequence[str],
        changes: Sequence[Change] = (),
        forgotten: Sequence[str] = (),
    ) -> bool:
        going_on = {name: other for name, other in state.alert_states.items() if name not in over}
        state = replace(state, alert_states=going_on)
        tick = Tick(state, changes, {}, self._receivers, self._clock(), forgotten=forgotten)
        return await self._alerts.commit(rule, version, tick)


def _over(alerts: Iterable[Alert], rules: Sequence[Rule], listed: Listed) -> Iterator[tuple[Alert, str]]:
    """Yield the open alerts that nothing watches any more, each with the words for why."""
    by_name = {rule.name: rule for rule in rules}
    for alert in alerts:
        rule = by_name.get(alert.rule)
        if rule is None or not rule.watches(alert.series):
            yield alert, UNWATCHED
        elif alert.series not in listed:
            yield alert, UNLISTED


def _given_up(alert: Alert, state: RuleState, latest: Decision | None, words: str) -> Decision:
    fired = minute_of(alert.fired_at)
    minute = max(state.evaluated, fired)
    observation = latest.observation if latest else Observation(alert.series, minute, 0, 0, 0, 0, 0, 0)
    observation = msgspec.structs.replace(observation, minute=minute)
    detail = words.format(state=Reason.RESOLVED, rule=alert.rule)
    return Decision(Reason.RESOLVED, observation, fired, alert.severity, detail)
