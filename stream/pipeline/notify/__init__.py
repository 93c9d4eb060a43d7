"""Stage 6: decisions to alerts, evidence and deliveries.

:mod:`model` has the values. :mod:`matching`, :mod:`routing` and :mod:`grouping` say who is notified of which alerts
together; :mod:`board` works out what follows from a change and returns it as a :mod:`plan`; :mod:`pace` says when a
group is notified again, :mod:`payload` what a notification holds and :mod:`retries` when a failed one is tried again.
:mod:`config` is the file of receivers and routes, :mod:`ports` what stores and receivers must do.
"""

from stream.pipeline.notify.board import Board
from stream.pipeline.notify.matching import LABELS, Matcher, Silence, labels_of, parse_matcher
from stream.pipeline.notify.model import (
    SYSTEM,
    Alert,
    AlertSnapshot,
    AlertStory,
    Change,
    Delivery,
    DeliveryState,
    ReplayRecord,
    Transition,
    alert_id,
    message_id,
    moment_of,
)
from stream.pipeline.notify.pace import NotificationHistory
from stream.pipeline.notify.plan import Notice, Plan
from stream.pipeline.notify.ports import (
    AlertStore,
    Desk,
    Outbox,
    Receiver,
    Retention,
    RuleTick,
    Standing,
    Tick,
    Waiting,
)
from stream.pipeline.notify.retries import EXPIRES, MAX_RETRY_AFTER, SCHEDULE, next_attempt
from stream.pipeline.notify.routing import Grouping, Route, Routing, RoutingSource, routing_of
from stream.pipeline.status import Status

__all__ = [
    "EXPIRES",
    "LABELS",
    "MAX_RETRY_AFTER",
    "SCHEDULE",
    "SYSTEM",
    "Alert",
    "AlertSnapshot",
    "AlertStore",
    "AlertStory",
    "Board",
    "Change",
    "Delivery",
    "DeliveryState",
    "Desk",
    "Grouping",
    "Matcher",
    "Notice",
    "NotificationHistory",
    "Outbox",
    "Plan",
    "Receiver",
    "ReplayRecord",
    "Retention",
    "Route",
    "Routing",
    "RoutingSource",
    "RuleTick",
    "Silence",
    "Standing",
    "Status",
    "Tick",
    "Transition",
    "Waiting",
    "alert_id",
    "labels_of",
    "message_id",
    "moment_of",
    "next_attempt",
    "parse_matcher",
    "routing_of",
]
