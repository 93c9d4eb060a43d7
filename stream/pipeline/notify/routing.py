"""Routes: which receivers an alert goes to, and why."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from urllib.parse import quote

import msgspec

from stream.pipeline.documents.document import milliseconds
from stream.pipeline.notify.matching import Matcher, labels_of, matches_all
from stream.pipeline.notify.model import Alert
from stream.translation import _

# What the dashboard shows before an alert fired, and a sixth of it after its end: what led to it matters more.
DASHBOARD_MARGIN = timedelta(hours=3)


class Route(msgspec.Struct, frozen=True):
    """Alerts that all of ``match`` hold for go to ``to``; later routes are looked at only if ``continue_``."""

    to: tuple[str, ...]
    match: tuple[Matcher, ...] = ()
    continue_: bool = False


class Grouping(msgspec.Struct, frozen=True):
    """When alerts are one event; see :mod:`stream.pipeline.notify.grouping`.

    The defaults were chosen, not measured: a longer ``within`` or a smaller ``shared`` joins more, up to alerts that
    have nothing to do with each other; the opposite sends one event as several messages.

    Attributes:
        within: how far apart the alerts of a group may have fired, in event time.
        shared: how much of their evidence they must share, 0 to 1.
        by: labels; alerts that are equal in all of them are one event, too.
        interval: for how long updates of a group are collected; see :mod:`stream.pipeline.notify.pace`.
    """

    within: timedelta = timedelta(minutes=30)
    shared: float = 0.3
    by: tuple[str, ...] = ()
    interval: timedelta = timedelta(minutes=5)


class Routing(msgspec.Struct, frozen=True):
    """Where alerts go.

    Attributes:
        default: the receivers of alerts that no route takes.
        routes: looked at in this order.
        repeat: after how long an alert that nobody has acknowledged is told again; None is never.
        groups: the watchlist's: entry -> group.
        grafana: its address; None where there is none to link to.
        always: the receivers that get every alert.
        known: those that there are, routed to or not; None where that is not known.
    """

    default: tuple[str, ...] = ()
    routes: tuple[Route, ...] = ()
    grouping: Grouping = Grouping()
    repeat: timedelta | None = timedelta(hours=4)
    groups: Mapping[str, str] = {}
    grafana: str | None = None
    always: tuple[str, ...] = ()
    known: frozenset[str] | None = None

    def is_gone(self, receiver: str) -> bool:
        """Whether there is no such receiver any more: it was taken out of the file, or renamed."""
        return self.known is not None and receiver not in self.known

    def labels(self, alert: Alert) -> dict[str, str]:
        """Return the labels of an alert, which matchers look at."""
        return labels_of(alert, self.groups)

    def receivers(self, labels: Mapping[str, str]) -> tuple[str, ...]:
        """Return the receivers of an alert with these labels, each once, in the order of the routes."""
        routed = [name for _, to in self.matching_routes(labels) for name in to]
        return tuple(dict.fromkeys([*self.always, *routed]))

    def matching_routes(self, labels: Mapping[str, str]) -> list[tuple[int | None, tuple[str, ...]]]:
        """Return the routes that an alert with these labels takes: number (None is the default) and receivers."""
        matching: list[tuple[int | None, tuple[str, ...]]] = []
        for number, route in enumerate(self.routes):
            if matches_all(route.match, labels):
                matching.append((number, route.to))
                if not route.continue_:
                    break
        return matching or [(None, self.default)]

    def explain(self, labels: Mapping[str, str]) -> list[str]:
        """Return a line for each route, and for the default: whether it is taken, and why."""
        taken = {number for number, _to in self.matching_routes(labels)}
        lines = [
            _("route {number}: {reason}").format(
                number=number + 1, reason=_explain(route, labels, is_taken=number in taken)
            )
            for number, route in enumerate(self.routes)
        ]
        use = _("taken, since no route was") if None in taken else _("not needed")
        default = ", ".join(self.default) or _("nobody")
        lines.append(_("default: {use}, {receivers}").format(use=use, receivers=default))
        return [*lines, *(_("always: {name}").format(name=name) for name in self.always)]

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


def _explain(route: Route, labels: Mapping[str, str], *, is_taken: bool) -> str:
    failed = next((matcher for matcher in route.match if not matcher.matches(labels)), None)
    if failed is not None:
        said = _("not taken: {matcher} does not hold, {label} is '{value}'")
        return said.format(matcher=failed, label=failed.label, value=labels.get(failed.label, ""))
    if not is_taken:
        return _("not looked at: an earlier route was taken and does not say 'continue'")
    matchers = _(" and ").join(map(str, route.match)) or _("it has no matcher")
    receivers = ", ".join(route.to) or _("nobody")
    return _("taken, to {receivers}: {matchers}").format(receivers=receivers, matchers=matchers)


# Where alerts go: receivers that get everything, by name, or a function that returns the routing in use.
RoutingSource = Sequence[str] | Callable[[], Routing]


def routing_of(source: RoutingSource) -> Routing:
    """Return the routing that ``source`` stands for at the moment."""
    return source() if callable(source) else Routing(tuple(source))
