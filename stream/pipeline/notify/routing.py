"""Routes: which receivers an alert goes to, and why."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from urllib.parse import quote

import msgspec

from stream.pipeline.documents.document import milliseconds
from stream.pipeline.notify.matching import Matcher, labels_of, matches_all
from stream.pipeline.notify.model import Alert

# What a dashboard shows beside an alert.
DASHBOARD_MARGIN = timedelta(hours=3)


class Route(msgspec.Struct, frozen=True):
    """Alerts that all of ``match`` hold for go to ``to``; later routes are looked at only if ``continue_``."""

    to: tuple[str, ...]
    match: tuple[Matcher, ...] = ()
    continue_: bool = False


class Grouping(msgspec.Struct, frozen=True):
    """When alerts are one event; see :mod:`stream.pipeline.notify.grouping`. ``by`` are labels.

    ``interval`` is how long the updates of a group are collected; see :mod:`stream.pipeline.notify.pace`.
    """

    within: timedelta = timedelta(minutes=30)
    shared: float = 0.3
    by: tuple[str, ...] = ()
    interval: timedelta = timedelta(minutes=5)


class Routing(msgspec.Struct, frozen=True):
    """Where alerts go. ``groups`` is the watchlist's: entry -> group.

    ``always`` get every alert, ``default`` what no route takes. ``repeat`` None is never. ``grafana`` is its address.
    """

    default: tuple[str, ...] = ()
    routes: tuple[Route, ...] = ()
    grouping: Grouping = Grouping()
    repeat: timedelta | None = timedelta(hours=4)
    groups: Mapping[str, str] = {}
    grafana: str | None = None
    always: tuple[str, ...] = ()

    def labels(self, alert: Alert) -> dict[str, str]:
        """Return what matchers look at."""
        return labels_of(alert, self.groups)

    def receivers(self, labels: Mapping[str, str]) -> tuple[str, ...]:
        """Return the receivers of an alert with these labels, each once, in the order of the routes."""
        routed = [name for _, to in self.matching_routes(labels) for name in to]
        return tuple(dict.fromkeys([*self.always, *routed]))

    def matching_routes(self, labels: Mapping[str, str]) -> list[tuple[int | None, tuple[str, ...]]]:
        """Return the routes that are taken: number (None is the default) and receivers."""
        found: list[tuple[int | None, tuple[str, ...]]] = []
        for number, route in enumerate(self.routes):
            if matches_all(route.match, labels):
                found.append((number, route.to))
                if not route.continue_:
                    break
        return found or [(None, self.default)]

    def explain(self, labels: Mapping[str, str]) -> list[str]:
        """Return, route by route, whether it is taken and why."""
        lines, taken = [], {number for number, _ in self.matching_routes(labels)}
        for number, route in enumerate(self.routes):
            failed = [matcher for matcher in route.match if not matcher.matches(labels)]
            if failed:
                found = labels.get(failed[0].label, "")
                reason = f"not taken: {failed[0]} does not hold, {failed[0].label} is '{found}'"
            elif number not in taken:
                reason = "not looked at: an earlier route was taken and does not say 'continue'"
            else:
                held = " and ".join(map(str, route.match)) or "it has no matcher"
                reason = f"taken, to {', '.join(route.to) or 'nobody'}: {held}"
            lines.append(f"route {number + 1}: {reason}")
        used = "taken, since no route was" if None in taken else "not needed"
        lines.append(f"default: {used}, {', '.join(self.default) or 'nobody'}")
        return [*lines, *(f"always: {name}" for name in self.always)]

    def dashboard_link(self, alert: Alert, now: datetime) -> str | None:
        """Return the address of the alert's dashboard, at its time."""
        if self.grafana is None:
            return None
        first = alert.fired_at - DASHBOARD_MARGIN
        if alert.resolved_at is not None:
            last = alert.resolved_at + DASHBOARD_MARGIN / 6
        else:
            last = min(max(alert.fired_at, now) + DASHBOARD_MARGIN / 6, alert.fired_at + 8 * DASHBOARD_MARGIN)
        times = f"from={milliseconds(first)}&to={milliseconds(last)}"
        return f"{self.grafana.rstrip('/')}/d/bellwether-alert?var-alert_id={quote(alert.id, safe='')}&{times}"


# Receivers that get everything, by name, or the routing in use at the moment.
RoutingSource = Sequence[str] | Callable[[], Routing]


def routing_of(receivers: RoutingSource) -> Routing:
    """Return the routing that ``receivers`` stand for."""
    return receivers() if callable(receivers) else Routing(tuple(receivers))
