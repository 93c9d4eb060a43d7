"""The file of receivers and routes, as values; :mod:`stream.adapters.files.routes` reads it."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from stream.errors import Place, PlaceError, SettingsError
from stream.pipeline.notify.matching import parse_matcher
from stream.pipeline.notify.routing import Grouping, Route, Routing
from stream.pipeline.units import Duration, Name, Secret, Text, duration

# The alerts topic, as a receiver; it gets every alert unless the file says otherwise.
TOPIC_NAME = "kafka"
# They bound the work for each alert, which is matched against every route, and the senders, one for each receiver.
MAX_RECEIVERS, MAX_ROUTES = 100, 1000
# Half of the day after which a delivery that waits is given up.
LONGEST_INTERVAL = timedelta(hours=12)

# Of the robots of groups.
MOST_SECRETS = {"feishu": 1, "dingtalk": 1, "wecom": 0}

SHORTEST_REPEAT = timedelta(minutes=1)  # less leaves nobody the time to acknowledge


class ReceiverSpec(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One receiver.

    Attributes:
        type: webhook (Standard Webhooks), slack (Mattermost takes it, too), alertmanager (its webhook, version 4), or
            the robot of a group in feishu (Lark), dingtalk or wecom.
        url: https; where the address itself is a secret, as that of a chat is, say where that is kept.
        secrets: sign the request, each; a webhook needs one. The new one first while they are rotated. The robots of
            feishu and dingtalk have one at most, which their settings show; those of wecom have none.
        keyword: a word that the robot of feishu or dingtalk asks for; each message has it.
        authorization: the value of the Authorization header, "Bearer ...".
        allow_http: also without TLS.
        allow_private: also at addresses that are not of the public internet.
        ca_file: certificates to trust instead of the system's.
    """

    name: Name
    type: Literal["webhook", "slack", "alertmanager", "feishu", "dingtalk", "wecom"]
    url: Text | Secret
    secrets: Annotated[tuple[Secret, ...], Meta(max_length=5)] = ()
    authorization: Secret | None = None
    keyword: Annotated[str, Meta(min_length=1, max_length=40)] | None = None
    allow_http: bool = False
    allow_private: bool = False
    ca_file: Text | None = None


class RouteSpec(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename={"continue_": "continue"}
):
    """Alerts that all matchers hold for go to these receivers; further routes are looked at only if ``continue``."""

    match: Annotated[tuple[Text, ...], Meta(max_length=20)]
    to: Annotated[tuple[Name, ...], Meta(max_length=20)]
    continue_: bool = False


class GroupingSpec(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """When alerts are one event: fired within this time, and sharing that much of their evidence, or these labels.

    Attributes:
        interval: for how long updates of a group are collected into one; 0m sends each. A new group, its end, a rising
            severity and what people do are told at once.
    """

    within: Duration = "30m"
    shared: Annotated[float, Meta(gt=0, le=1)] = 0.3
    by: tuple[Literal["topic", "entry", "group", "rule", "kind"], ...] = ()
    interval: Duration = "5m"


class RoutesSpec(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The file: receivers, where alerts go by default, the routes before that, grouping, reminders.

    Attributes:
        default: the receivers of alerts that no route takes.
        repeat: after how long an alert that nobody has acknowledged is told again, a minute at least; "never".
        topic: whether the Kafka topic gets every alert.
    """

    receivers: Annotated[tuple[ReceiverSpec, ...], Meta(max_length=MAX_RECEIVERS)]
    default: tuple[Name, ...]
    routes: Annotated[tuple[RouteSpec, ...], Meta(max_length=MAX_ROUTES)] = ()
    grouping: GroupingSpec = GroupingSpec()
    repeat: Duration | Literal["never"] = "4h"
    topic: bool = True


def build_routing(spec: RoutesSpec) -> Routing:
    """Return the routing of a file.

    Raises:
        PlaceError: a receiver is not defined or defined twice, a matcher cannot be read, a secret is kept nowhere or in
            two places, a duration is too long or too short.
    """
    names = _receiver_names(spec)
    for number, receiver in enumerate(spec.receivers):
        _check_secrets(receiver, ("receivers", number))
    for position, name in enumerate(spec.default):
        _check_name(name, names, ("default", position))
    return Routing(
        default=spec.default,
        routes=tuple(_route(route, number, names) for number, route in enumerate(spec.routes)),
        grouping=_grouping(spec.grouping),
        repeat=None if spec.repeat == "never" else _duration(spec.repeat, ("repeat",), SHORTEST_REPEAT),
        always=(TOPIC_NAME,) if spec.topic else (),
        known=frozenset(names),
    )


def _duration(text: str, place: Place, least: timedelta = timedelta()) -> timedelta:
    try:
        length = duration(text)
    except SettingsError as error:
        raise PlaceError(place, str(error)) from None
    if length < least:
        raise PlaceError(place, f"'{text}' is too short: at least {least.seconds} s")
    return length


def _grouping(spec: GroupingSpec) -> Grouping:
    interval = _duration(spec.interval, place := ("grouping", "interval"))
    if interval > LONGEST_INTERVAL:
        raise PlaceError(place, f"'{spec.interval}' is too long: updates are collected for 12h at most")
    return Grouping(_duration(spec.within, ("grouping", "within")), spec.shared, spec.by, interval)


def _receiver_names(spec: RoutesSpec) -> set[str]:
    names = {TOPIC_NAME}
    for number, receiver in enumerate(spec.receivers):
        if receiver.name in names:
            why = "is the alerts topic's" if receiver.name == TOPIC_NAME else "is taken further up"
            raise PlaceError(("receivers", number, "name"), f"the name '{receiver.name}' {why}")
        names.add(receiver.name)
    return names


def _check_name(name: str, names: set[str], place: Place) -> None:
    if name not in names:
        raise PlaceError(place, f"there is no receiver '{name}'; there are {', '.join(sorted(names))}")


def _route(route: RouteSpec, number: int, names: set[str]) -> Route:
    for position, name in enumerate(route.to):
        _check_name(name, names, ("routes", number, "to", position))
    matchers = []
    for position, text in enumerate(route.match):
        try:
            matchers.append(parse_matcher(text))
        except SettingsError as error:
            raise PlaceError(("routes", number, "match", position), str(error)) from None
    return Route(route.to, tuple(matchers), route.continue_)


def secrets_of(receiver: ReceiverSpec) -> list[tuple[Place, Secret]]:
    """Return where a receiver's secrets are kept, each with its place below the receiver."""
    secrets: list[tuple[Place, Secret]] = []
    if receiver.authorization is not None:
        secrets.append((("authorization",), receiver.authorization))
    secrets += [(("secrets", number), secret) for number, secret in enumerate(receiver.secrets)]
    if isinstance(receiver.url, Secret):
        secrets.append((("url",), receiver.url))
    return secrets


def _check_secrets(receiver: ReceiverSpec, place: Place) -> None:
    for where, secret in secrets_of(receiver):
        if (secret.env is None) == (secret.file is None):
            raise PlaceError((*place, *where), "one of 'env' and 'file' says where the secret is kept")
    if receiver.type == "webhook" and not receiver.secrets:
        raise PlaceError(place, f"receiver '{receiver.name}': webhooks are signed, 'secrets' is missing")
    _check_robot(receiver, place)


def _check_robot(receiver: ReceiverSpec, place: Place) -> None:
    most = MOST_SECRETS.get(receiver.type)
    if most is not None and len(receiver.secrets) > most:
        single = "a robot signs with one secret; leave one in 'secrets'"
        why = single if most else "robots of WeCom are not signed; leave 'secrets' out"
        raise PlaceError((*place, "secrets"), f"receiver '{receiver.name}': {why}")
    if receiver.keyword is not None and not MOST_SECRETS.get(receiver.type):
        problem = f"receiver '{receiver.name}': only the types feishu and dingtalk have a 'keyword'; leave it out"
        raise PlaceError((*place, "keyword"), problem)
