import asyncio
import base64
import hashlib
import hmac
import traceback
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import httpx
import pytest
from aiohttp import web

from stream.adapters import webhook
from stream.adapters.webhook import WebhookReceiver
from stream.embedded import free_port
from stream.errors import DeliveryError, SettingsError
from stream.pipeline.notify import Board, Delivery, Receiver, Routing
from tests.contracts.alerts import document, firing

KEY = bytes(range(32))
SECRET = "whsec_" + base64.b64encode(KEY).decode()
NOW = datetime(2026, 7, 1, 14, 30, 5, 987_654, tzinfo=timezone(timedelta(hours=2)))
DELIVERY = Delivery(7, firing().alert_id, firing().message_id, "webhook", "alert.firing", '{"text":"Ü"}'.encode())
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


async def _serve(handler: Handler, work: Callable[[str], Awaitable[Any]]) -> Any:
    app = web.Application()
    app.router.add_route("*", "/{tail:.*}", handler)
    runner = web.AppRunner(app)
    await runner.setup()
    try:
        port = free_port()
        await web.TCPSite(runner, "127.0.0.1", port).start()
        return await work(f"http://user:token@127.0.0.1:{port}/hooks/path-secret")
    finally:
        await runner.cleanup()


def send_to(handler: Handler, delivery: Delivery = DELIVERY) -> None:
    """Send one delivery to a server that answers with ``handler``."""

    async def work(url: str) -> None:
        async with WebhookReceiver(url, SECRET, now=lambda: NOW) as receiver:
            port: Receiver = receiver
            await port.send(delivery)

    asyncio.run(_serve(handler, work))


def answering(status: int, body: bytes = b"", **headers: str) -> Handler:
    async def handler(_: web.Request) -> web.StreamResponse:
        return web.Response(status=status, body=body, headers=headers)

    return handler


def refusal(handler: Handler) -> DeliveryError:
    with pytest.raises(DeliveryError) as caught:
        send_to(handler)
    told = "".join(traceback.format_exception(caught.value))
    assert SECRET[6:] not in told
    assert "path-secret" not in str(caught.value)
    assert "token" not in str(caught.value)
    return caught.value


def test_the_request_is_signed_as_the_specification_says() -> None:
    seen: list[tuple[str, bytes, Any]] = []

    async def handler(request: web.Request) -> web.StreamResponse:
        seen.append((request.method, await request.read(), request.headers))
        return web.Response(status=204)

    send_to(handler)
    ((method, body, headers),) = seen
    assert (method, body, headers["content-type"]) == ("POST", DELIVERY.payload, "application/json")
    timestamp = str(int(datetime(2026, 7, 1, 12, 30, 5, tzinfo=UTC).timestamp()))
    assert (headers["webhook-id"], headers["webhook-timestamp"]) == (DELIVERY.message_id, timestamp)
    signed = DELIVERY.message_id.encode() + b"." + timestamp.encode() + b"." + DELIVERY.payload
    expected = base64.b64encode(hmac.new(KEY, signed, hashlib.sha256).digest()).decode()
    assert headers["webhook-signature"] == f"v1,{expected}"


def test_a_real_payload_arrives_byte_for_byte() -> None:
    plan = Board([], [], Routing(("webhook",)), NOW).change([firing(evidence=[document(n) for n in range(10)])])
    content = plan.notices[0].payload
    seen: list[bytes] = []

    async def handler(request: web.Request) -> web.StreamResponse:
        seen.append(await request.read())
        return web.Response()

    send_to(handler, Delivery(1, "a", "msg_1", "webhook", "alert.firing", content))
    assert seen == [content]


@pytest.mark.parametrize("status", [200, 201, 202, 204])
def test_every_2xx_is_taken(status: int) -> None:
    send_to(answering(status, b"" if status == 204 else b"thanks"))


@pytest.mark.parametrize("status", [400, 401, 404, 408, 425, 429, 500, 502, 503])
def test_a_refusal_is_tried_again(status: int) -> None:
    error = refusal(answering(status, b"no\n  such \x1b[31mhook"))
    assert (error.status, error.permanent) == (status, False)
    assert str(error) == f"127.0.0.1 answered {status}: no such [31mhook"


def test_gone_is_permanent() -> None:
    error = refusal(answering(410))
    assert (error.status, error.permanent) == (410, True)


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_is_not_followed(status: int) -> None:
    asked: list[str] = []

    async def handler(request: web.Request) -> web.StreamResponse:
        asked.append(request.path)
        return web.Response(status=status, headers={"location": "/elsewhere"})

    assert refusal(handler).status == status
    assert asked == ["/hooks/path-secret"]


def test_an_endless_refusal_is_read_in_its_beginning_only() -> None:
    async def handler(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(status=500)
        await response.prepare(request)
        try:
            while True:
                await response.write(b"x" * 65536)
        except ConnectionError:
            return response

    assert str(refusal(handler)) == "127.0.0.1 answered 500: " + "x" * 200


def test_an_answer_that_drips_is_a_failure_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webhook, "TIMEOUT", 0.3)

    async def handler(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(status=500)
        await response.prepare(request)
        try:
            while True:
                await response.write(b"x")
                await asyncio.sleep(0.05)
        except ConnectionError:
            return response

    error = refusal(handler)
    assert (error.status, error.permanent) == (None, False)
    assert "127.0.0.1 did not answer" in str(error)


def test_nobody_there_is_a_failure() -> None:
    async def work() -> None:
        async with WebhookReceiver(f"http://127.0.0.1:{free_port()}/x", SECRET) as receiver:
            with pytest.raises(DeliveryError, match=r"127.0.0.1 did not answer") as caught:
                await receiver.send(DELIVERY)
            assert not caught.value.permanent

    asyncio.run(work())


def test_a_client_that_was_given_is_left_open() -> None:
    async def work(url: str) -> None:
        async with httpx.AsyncClient(follow_redirects=True) as client:
            for _ in range(2):
                async with WebhookReceiver(url, SECRET, client) as receiver:
                    await receiver.send(DELIVERY)
            assert not client.is_closed

    asyncio.run(_serve(answering(200), work))


@pytest.mark.parametrize(
    "secret",
    [
        "",
        "whsec_",
        SECRET.removeprefix("whsec_"),
        "whsec_not*base64*at*all*but*quite*long*enough*",
        "whsec_" + base64.b64encode(bytes(23)).decode(),
        "whsec_" + base64.b64encode(bytes(65)).decode(),
        "whsec_ünïcode",
    ],
)
def test_a_malformed_secret_is_a_settings_error_without_it(secret: str) -> None:
    with pytest.raises(SettingsError, match="secret must be 'whsec_'") as caught:
        WebhookReceiver("https://example.com/hook", secret)
    assert len(secret) < 7 or secret not in "".join(traceback.format_exception_only(caught.value))
    assert caught.value.__cause__ is None


@pytest.mark.parametrize("url", ["", "example.com/hook", "ftp://example.com/", "https://", "http://[::1"])
def test_a_malformed_url_is_a_settings_error(url: str) -> None:
    with pytest.raises(SettingsError, match="URL must be"):
        WebhookReceiver(url, SECRET)


def test_the_repr_tells_the_host_alone() -> None:
    async def work() -> None:
        async with WebhookReceiver("https://user:token@example.com/path-secret", SECRET) as receiver:
            assert repr(receiver) == "WebhookReceiver('example.com')"

    asyncio.run(work())
