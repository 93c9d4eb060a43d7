"""Stage 6: decisions to alerts, evidence and deliveries.

:mod:`model` has the values, :mod:`matching`, :mod:`routing` and :mod:`grouping` say who hears of what together,
:mod:`plan` what follows from a change (:mod:`effects`) and :mod:`pace` when it is told, :mod:`payload`, :mod:`slack`
and :mod:`alertmanager` how it is told, :mod:`schedule` when it is tried again, :mod:`ports` what the outside must do.
"""

from stream.pipeline.notify.effects import Notice, Plan
from stream.pipeline.notify.matching import LABELS, Matcher, Silence, labels_of, parse_matcher
from stream.pipeline.notify.model import (
    SYSTEM,
    Alert,
    AlertStory,
    Change,
    Delivery,
    DeliveryState,
    Incident,
    Record,
    Status,
    Transition,
    alert_id,
    message_id,
    moment_of,
)
from stream.pipeline.notify.pace import Told
from stream.pipeline.notify.plan import Board
from stream.pipeline.notify.ports import AlertStore, Desk, Kept, Outbox, Receiver, Standing, Tick, Waiting
from stream.pipeline.notify.routing import Grouping, Receivers, Route, Routing, routing_of
from stream.pipeline.notify.schedule import EXPIRES, MAX_RETRY_AFTER, SCHEDULE, next_attempt

__all__ = [
    "EXPIRES",
    "LABELS",
    "MAX_RETRY_AFTER",
    "SCHEDULE",
    "SYSTEM",
    "Alert",
    "AlertStore",
    "AlertStory",
    "Board",
    "Change",
    "Delivery",
    "DeliveryState",
    "Desk",
    "Grouping",
    "Incident",
    "Kept",
    "Matcher",
    "Notice",
    "Outbox",
    "Plan",
    "Receiver",
    "Receivers",
    "Record",
    "Route",
    "Routing",
    "Silence",
    "Standing",
    "Status",
    "Tick",
    "Told",
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
