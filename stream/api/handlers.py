"""What each operation of the API does: a function that reads the request, and the operation that it calls."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
from aiohttp import web

from stream.api import bodies
from stream.api.openapi import MAX_LIMIT, MAX_NAME, TOPIC
from stream.errors import NotFoundError, StoreError, UsageError
from stream.operations import Operations, SilenceRequest
from stream.pipeline.documents.intake import Published
from stream.pipeline.feeds.ports import SourceState
from stream.pipeline.notify import AlertStory, DeliveryState, Silence, Status
from stream.pipeline.notify.doubts import doubts_of_matchers
from stream.translation import in_english

# The operations, the request, its body read, and who asks.
Handler = Callable[[Operations, web.Request, Any, str], Awaitable[Any]]
MIN_ID_LENGTH = 8  # characters of an alert's id: fewer begin many ids, as they are random


async def _list_alerts(operations: Operations, request: web.Request, _: Any, __: str) -> bodies.AlertList:
    text = request.query.get("status")
    if text is not None and text not in list(Status):
        raise UsageError(f"query 'status': '{text[:50]}' is none of {', '.join(Status)}")
    status = Status(text) if text is not None else None
    return bodies.AlertList(await operations.store.alerts(status, _limit(request)))


async def _get_alert(operations: Operations, request: web.Request, _: Any, __: str) -> AlertStory:
    return await operations.story(_alert(request))


async def _acknowledge(
    operations: Operations, request: web.Request, body: bodies.Acknowledge, name: str
) -> bodies.AlertList:
    return bodies.AlertList(await operations.acknowledge(_alert(request), name, body.comment, alone=body.alone))


async def _list_silences(operations: Operations, request: web.Request, _: Any, __: str) -> bodies.SilenceList:
    return bodies.SilenceList(await operations.silences(ended=_flag(request, "ended")))


async def _add_silence(
    operations: Operations, _: web.Request, body: bodies.NewSilence, name: str
) -> bodies.MadeSilence:
    request = SilenceRequest(body.matchers, body.ends_at, body.comment, body.starts_at)
    silence, alerts = await operations.silence(request, name)
    try:
        possible = await operations.known_labels()
    except StoreError:  # the silence stands; who is told of an error would make it once more
        return bodies.MadeSilence(silence, alerts, [])
    with in_english():
        return bodies.MadeSilence(silence, alerts, doubts_of_matchers(silence.matchers, possible))


async def _end_silence(operations: Operations, request: web.Request, _: Any, name: str) -> Silence:
    return await operations.end_silence(request.match_info["silence"], name)


async def _list_receivers(operations: Operations, _: web.Request, __: Any, ___: str) -> bodies.ReceiverList:
    return bodies.ReceiverList(await operations.receiver_states())


async def _enable(operations: Operations, request: web.Request, _: Any, __: str) -> bodies.Enabled:
    return bodies.Enabled(await operations.enable(request.match_info["receiver"]))


async def _disable(
    operations: Operations, request: web.Request, body: bodies.Disable, name: str
) -> bodies.ReceiverList:
    await operations.disable(request.match_info["receiver"], name, body.reason)
    return bodies.ReceiverList(await operations.receiver_states())


async def _test(operations: Operations, request: web.Request, _: Any, __: str) -> bodies.Tested:
    return bodies.Tested(await operations.test(request.match_info["receiver"]))


async def _list_deliveries(operations: Operations, request: web.Request, _: Any, __: str) -> bodies.DeliveryList:
    undelivered, limit = _flag(request, "undelivered"), _limit(request)
    receiver = request.query.get("receiver")
    if receiver is not None and len(receiver) > MAX_NAME:
        raise UsageError(f"query 'receiver': {len(receiver)} characters, at most {MAX_NAME} are expected")
    return bodies.DeliveryList(await operations.deliveries(receiver, undelivered=undelivered, limit=limit))


async def _get_delivery(operations: Operations, request: web.Request, _: Any, __: str) -> bodies.OneDelivery:
    state, content = await operations.delivery(_number(request))
    return bodies.OneDelivery(state, msgspec.json.decode(content) if content else None)


async def _retry(operations: Operations, request: web.Request, _: Any, __: str) -> DeliveryState:
    return await operations.retry(_number(request))


async def _publish(operations: Operations, request: web.Request, body: list[bytes], _: str) -> Published:
    topic = request.query.get("topic", TOPIC["default"])
    if topic not in TOPIC["enum"]:
        raise UsageError(f"query 'topic': '{topic[:50]}' is none of {', '.join(TOPIC['enum'])}")
    return await operations.publish(topic, body)


async def _list_sources(operations: Operations, _: web.Request, __: Any, ___: str) -> bodies.SourceList:
    return bodies.SourceList(await operations.source_states())


async def _get_source(operations: Operations, request: web.Request, _: Any, __: str) -> SourceState:
    return await operations.source_state(request.match_info["source"])


HANDLERS: dict[str, Handler] = {
    "listAlerts": _list_alerts,
    "getAlert": _get_alert,
    "acknowledgeAlert": _acknowledge,
    "listSilences": _list_silences,
    "addSilence": _add_silence,
    "endSilence": _end_silence,
    "listReceivers": _list_receivers,
    "enableReceiver": _enable,
    "disableReceiver": _disable,
    "testReceiver": _test,
    "listDeliveries": _list_deliveries,
    "getDelivery": _get_delivery,
    "retryDelivery": _retry,
    "publishDocuments": _publish,
    "listSources": _list_sources,
    "getSource": _get_source,
}


def _alert(request: web.Request) -> str:
    text = request.match_info["alert"]
    if not MIN_ID_LENGTH <= len(text) <= 100:
        raise NotFoundError(f"alert '{text[:100]}': an id, or {MIN_ID_LENGTH} characters of its beginning, is expected")
    return text


def _number(request: web.Request) -> int:
    text = request.match_info["delivery"]
    if not (text.isascii() and text.isdecimal() and len(text) < 20):
        raise NotFoundError(f"delivery '{text[:50]}': a number is expected")
    return int(text)


def _limit(request: web.Request) -> int:
    text = request.query.get("limit", "50")
    if not (text.isascii() and text.isdecimal() and 1 <= int(text[:9]) <= MAX_LIMIT) or len(text) > 9:
        raise UsageError(f"query 'limit': '{text[:50]}' is no number from 1 to {MAX_LIMIT}")
    return int(text)


def _flag(request: web.Request, name: str) -> bool:
    text = request.query.get(name, "false")
    if text not in ("true", "false"):
        raise UsageError(f"query '{name}': '{text[:50]}' is neither true nor false")
    return text == "true"
