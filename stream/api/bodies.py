"""The bodies of the API's requests and answers, beside the values of :mod:`stream.pipeline.notify`.

The names of these classes stand in the OpenAPI document, so they are part of the interface.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from stream.operations import ReceiverState
from stream.pipeline.documents.intake import Published, Refusal
from stream.pipeline.documents.json_record import RawDocument
from stream.pipeline.feeds.ports import SourceState
from stream.pipeline.notify import Alert, AlertStory, DeliveryState, Silence
from stream.pipeline.notify.matching import MAX_COMMENT, MAX_MATCHERS

Comment = Annotated[str, Meta(max_length=MAX_COMMENT)]
Moment = Annotated[datetime, Meta(tz=True)]


class Problem(msgspec.Struct, frozen=True):
    """What went wrong, in one line."""

    error: str


class NewDocument(RawDocument, frozen=True):
    """A document: ``text``, or ``title`` and ``body``; and an ``id``, or ``published_at`` of which one is made.

    ``published_at`` is RFC 3339, or milliseconds since 1970. Fields beside these are ignored.
    """


class AlertList(msgspec.Struct, frozen=True):
    """Alerts, newest first."""

    alerts: list[Alert]


class Acknowledge(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Take an alert on, with its group unless ``alone``."""

    comment: Comment = ""
    alone: bool = False


class NewSilence(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Keep alerts quiet that all matchers hold for; without ``starts_at`` from now on."""

    matchers: Annotated[
        list[Annotated[str, Meta(min_length=1, max_length=400)]], Meta(min_length=1, max_length=MAX_MATCHERS)
    ]
    ends_at: Moment
    comment: Annotated[str, Meta(min_length=1, max_length=MAX_COMMENT)]
    starts_at: Moment | None = None


class MadeSilence(msgspec.Struct, frozen=True):
    """The silence, the open alerts that it holds for, and a sentence for each matcher that holds for nothing so far."""

    silence: Silence
    alerts: list[Alert]
    warnings: list[str]


class SilenceList(msgspec.Struct, frozen=True):
    """Silences, the last to begin first."""

    silences: list[Silence]


class ReceiverList(msgspec.Struct, frozen=True):
    """Receivers, how they stand and what waits for them."""

    receivers: list[ReceiverState]


class Disable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Keep a receiver's deliveries back."""

    reason: Comment = ""


class Enabled(msgspec.Struct, frozen=True):
    """Whether the receiver was disabled before."""

    was_disabled: bool


class Tested(msgspec.Struct, frozen=True):
    """The id of the notification that was taken."""

    message_id: str


class DeliveryList(msgspec.Struct, frozen=True):
    """Deliveries, newest first."""

    deliveries: list[DeliveryState]


class OneDelivery(msgspec.Struct, frozen=True):
    """A delivery and its payload; None once that has been forgotten."""

    delivery: DeliveryState
    payload: dict[str, Any] | None


class SourceList(msgspec.Struct, frozen=True):
    """Sources that were read at any time, by name, and how they are."""

    sources: list[SourceState]


# Every type that the OpenAPI document describes.
ALL = (
    *(Problem, AlertList, AlertStory, Acknowledge, NewSilence, MadeSilence, Silence, SilenceList, ReceiverList),
    *(Disable, Enabled, Tested, DeliveryList, OneDelivery, DeliveryState, NewDocument, Published, Refusal),
    *(SourceList, SourceState),
)
