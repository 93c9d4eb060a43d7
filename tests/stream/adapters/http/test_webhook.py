import asyncio
import base64
import hashlib
import hmac
import socket
import ssl
import traceback
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
import trustme
from aiohttp import web

from stream.adapters.http import webhook
from stream.adapters.http.webhook import Target, WebhookReceiver
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
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        return await work(f"http://user:token@127.0.0.1:{runner.addresses[0][1]}/hooks/path-secret")
    finally:
        await runner.cleanup()


def send_to(handler: Handler, delivery: Delivery = DELIVERY) -> None:
    """Send one delivery to a server that answers with ``handler``."""

    async def work(url: str) -> None:
        async with WebhookReceiver("desk", here(url), now=lambda: NOW) as receiver:
            port: Receiver = receiver
            await port.send(delivery)

    asyncio.run(_serve(handler, work))


def here(url: str, **changes: Any) -> Target:
    """A target on this machine, in clear."""
    return replace(Target(url, secrets=(SECRET,), allow_http=True, allow_private=True), **changes)


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
    plan = Board([], [], Routing(("webhook",)), NOW).apply([firing(evidence=[document(n) for n in range(10)])])
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
        async with WebhookReceiver("desk", here(f"http://127.0.0.1:{free_port()}/x")) as receiver:
            with pytest.raises(DeliveryError, match=r"127.0.0.1 did not answer") as caught:
                await receiver.send(DELIVERY)
            assert not caught.value.permanent

    asyncio.run(work())


def test_every_secret_of_a_rotation_signs() -> None:
    other = bytes(range(1, 33))
    secrets = ("whsec_" + base64.b64encode(other).decode(), SECRET)
    seen: list[Any] = []

    async def handler(request: web.Request) -> web.StreamResponse:
        seen.append(request.headers)
        return web.Response()

    async def work(url: str) -> None:
        async with WebhookReceiver("desk", here(url, secrets=secrets), now=lambda: NOW) as receiver:
            await receiver.send(DELIVERY)

    asyncio.run(_serve(handler, work))
    signed = f"{DELIVERY.message_id}.{seen[0]['webhook-timestamp']}.".encode() + DELIVERY.payload
    assert seen[0]["webhook-signature"].split(" ") == [
        "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode() for key in (other, KEY)
    ]


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("120", 120.0),
        ("Wed, 01 Jul 2026 12:31:05 GMT", 59.012346),
        ("Wed, 01 Jul 2020 12:31:05 GMT", 0.0),
        ("soon", None),
        ("-5", None),
        ("9" * 400, 999_999_999_999.0),
    ],
)
def test_retry_after_is_read(header: str, seconds: float | None) -> None:
    error = refusal(answering(429, b"slowly", **{"retry-after": header}))
    assert (error.status, error.permanent) == (429, False)
    assert error.retry_after == (None if seconds is None else pytest.approx(seconds))


def test_an_answer_that_repeats_our_secrets_is_not_told() -> None:
    async def handler(request: web.Request) -> web.StreamResponse:
        return web.Response(status=500, text=f"{request.headers['authorization']} {request.path} {SECRET}")

    async def work(url: str) -> str:
        with pytest.raises(SettingsError, match="either a user in the URL or"):
            WebhookReceiver("desk", here(url, authorization="Bearer hunter2"))
        target = here(url.replace("user:token@", ""), authorization="Bearer hunter2")
        async with WebhookReceiver("desk", target) as receiver:
            with pytest.raises(DeliveryError) as caught:
                await receiver.send(DELIVERY)
            return str(caught.value)

    told = asyncio.run(_serve(handler, work))
    assert told.count("***") == 3
    for secret in ("hunter2", "path-secret", SECRET[6:]):
        assert secret not in told


@pytest.mark.parametrize(
    "repeats", [lambda path: path.rpartition("/")[2], str.upper, lambda path: path.replace("/", "\\/")]
)
def test_an_answer_that_repeats_a_part_of_the_path_is_not_told(repeats: Callable[[str], str]) -> None:
    async def handler(request: web.Request) -> web.StreamResponse:
        return web.Response(status=403, text=f"bad: {repeats(request.path)}")

    error = refusal(handler)
    assert "path-secret" not in str(error).casefold()
    assert str(error).startswith("127.0.0.1 answered 403: ")


def test_ten_megabytes_are_not_read() -> None:
    error = refusal(answering(503, b"x" * 10_000_000))
    assert len(str(error)) < 300
    send_to(answering(200, b"x" * 10_000_000))


def test_an_answer_that_never_comes_is_a_failure_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webhook, "TIMEOUT", 0.3)

    async def handler(_: web.Request) -> web.StreamResponse:
        await asyncio.sleep(60)
        raise AssertionError

    assert "did not answer" in str(refusal(handler))


def test_what_drips_after_it_was_taken_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webhook, "LINGER", 0.1)

    async def handler(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(status=200)
        await response.prepare(request)
        try:
            while True:
                await response.write(b"x")
                await asyncio.sleep(0.05)
        except ConnectionError:
            return response

    send_to(handler)


def _tls(work: Callable[[str, str], Awaitable[Any]], name: str = "receiver.test") -> Any:
    """Serve with a certificate for ``name`` of an authority of our own."""
    authority = trustme.CA()
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert(name).configure_cert(context)

    async def run() -> Any:
        app = web.Application()
        app.router.add_post("/", answering(204))
        runner = web.AppRunner(app)
        await runner.setup()
        try:
            await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=context).start()
            return await work(f"https://receiver.test:{runner.addresses[0][1]}/", authority.cert_pem.bytes().decode())
        finally:
            await runner.cleanup()

    return asyncio.run(run())


def _to_loopback(host: str, port: int) -> list[str]:
    assert host == "receiver.test"
    return ["127.0.0.1"]


def test_the_certificate_is_checked_against_the_name_though_the_address_is_connected_to() -> None:
    async def work(url: str, trust: str) -> None:
        good = Target(url, secrets=(SECRET,), allow_private=True, trust=trust)
        async with WebhookReceiver("desk", good, resolver=_to_loopback) as receiver:
            await receiver.send(DELIVERY)

    _tls(work)


@pytest.mark.parametrize(("name", "trusted"), [("other.test", True), ("receiver.test", False)])
def test_broken_tls_is_a_failure(name: str, trusted: bool) -> None:
    async def work(url: str, trust: str) -> str:
        broken = Target(url, secrets=(SECRET,), allow_private=True, trust=trust if trusted else None)
        async with WebhookReceiver("desk", broken, resolver=_to_loopback) as receiver:
            with pytest.raises(DeliveryError) as caught:
                await receiver.send(DELIVERY)
            return str(caught.value)

    told = _tls(work, name)
    assert "its certificate is not trusted: " in told
    assert ("in 'ca_file'" in told) is not trusted


def _cut_off(at_once: bool) -> Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]:
    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if not at_once:
            await reader.read(10)
        writer.transport.abort()

    return handle


@pytest.mark.parametrize("at_once", [True, False])
def test_tls_that_is_cut_off_says_so(at_once: bool) -> None:
    async def work() -> str:
        server = await asyncio.start_server(_cut_off(at_once), "127.0.0.1", 0)
        async with server, WebhookReceiver("desk", here(f"https://127.0.0.1:{_port(server)}/")) as receiver:
            with pytest.raises(DeliveryError) as caught:
                await receiver.send(DELIVERY)
            return str(caught.value)

    assert "did not answer: the connection broke while TLS was agreed on; is there" in asyncio.run(work())


def _port(server: asyncio.Server) -> int:
    return int(server.sockets[0].getsockname()[1])


def test_no_tls_where_tls_is_expected_is_a_failure() -> None:
    async def work(url: str) -> None:
        https = here(url.replace("http:", "https:"))
        async with WebhookReceiver("desk", https) as receiver:
            with pytest.raises(DeliveryError, match="did not answer"):
                await receiver.send(DELIVERY)

    asyncio.run(_serve(answering(200), work))


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "[::1]", "[::ffff:127.0.0.1]", "2130706433", "0x7f.1", "localhost", "10.1.2.3", "[fe80::1]"]
)
def test_private_addresses_are_refused_unless_allowed(host: str) -> None:
    async def work() -> str:
        target = Target(f"https://{host}:9/", secrets=(SECRET,))
        async with WebhookReceiver("desk", target) as receiver:
            with pytest.raises(DeliveryError) as caught:
                await receiver.send(DELIVERY)
            return str(caught.value)

    assert "is not public; set allow_private" in asyncio.run(work())


def test_a_name_that_turns_private_is_refused_and_what_was_judged_is_connected_to(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """127.0.0.2 stands for a public address: the only one that is not judged private here."""
    monkeypatch.setattr("stream.adapters.http.guarded.is_private", lambda address: str(address) != "127.0.0.2")
    answers = iter([["127.0.0.2"], ["127.0.0.1"], ["127.0.0.1", "127.0.0.2"]])
    reached: list[tuple[str, str]] = []

    async def handler(request: web.Request) -> web.StreamResponse:
        assert request.transport is not None
        reached.append((request.transport.get_extra_info("sockname")[0], request.headers["host"]))
        return web.Response()

    async def run() -> None:
        app = web.Application()
        app.router.add_post("/", handler)
        runner = web.AppRunner(app)
        await runner.setup()
        port = free_port()
        for host in ("127.0.0.1", "127.0.0.2"):
            await web.TCPSite(runner, host, port).start()
        # The system's resolver would say the private one, had anybody asked it a second time.
        monkeypatch.setattr("socket.getaddrinfo", _rebound)
        target = Target(f"http://rebind.test:{port}/", secrets=(SECRET,), allow_http=True)
        async with WebhookReceiver("desk", target, resolver=lambda host, port: next(answers)) as receiver:
            await receiver.send(DELIVERY)
            with pytest.raises(DeliveryError, match=r"127\.0\.0\.1\) is not public"):
                await receiver.send(DELIVERY)
            await receiver.send(DELIVERY)
        assert reached == [("127.0.0.2", f"rebind.test:{port}")] * 2
        await runner.cleanup()

    asyncio.run(run())


def _rebound(host: Any, port: Any, *_: Any, **__: Any) -> list[Any]:
    assert host != "rebind.test", "the name was resolved a second time"
    return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (host, port))]


def test_a_redirect_to_a_private_address_is_not_followed() -> None:
    error = refusal(answering(302, location="http://169.254.169.254/latest/meta-data/"))
    assert (error.status, error.permanent) == (302, False)
    assert str(error) == "127.0.0.1 answered 302: (a redirect, which is not followed)"


def test_a_proxy_of_the_environment_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{free_port()}")
    send_to(answering(200))


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
        WebhookReceiver("desk", Target("https://example.com/hook", secrets=(secret,)))
    assert len(secret) < 7 or secret not in "".join(traceback.format_exception_only(caught.value))
    assert caught.value.__cause__ is None


@pytest.mark.parametrize(
    "url",
    [
        *("", "example.com/hook", "ftp://example.com/", "https://", "http://[::1", "https://example.com:99999/"),
        *("https://x y", "https://exa mple.com", "https://example.com ", 'https://"hooks.example"', "https://a%20b/"),
        *("https://https://x", "https://host:", "https://host:/x", "https://<host>", "https://$HOST", "https://{host}"),
        *("https://.", "https://..", "https://a..b", "https://-", "https://*", "https://a,b", "https://a|b"),
        *("https://example.com\\x", f"https://{'a' * 64}.example/", f"https://{'a.' * 127}a/"),
    ],
)
def test_a_malformed_url_is_a_settings_error(url: str) -> None:
    with pytest.raises(SettingsError, match="URL must be"):
        WebhookReceiver("desk", here(url))


def test_http_and_no_signature_must_be_asked_for() -> None:
    with pytest.raises(SettingsError, match="must be https"):
        WebhookReceiver("desk", Target("http://example.com/hook", secrets=(SECRET,)))
    with pytest.raises(SettingsError, match="webhooks are signed"):
        WebhookReceiver("desk", Target("https://example.com/hook"))


def test_reprs_tell_the_host_alone() -> None:
    target = Target("https://user:token@example.com/path-secret", secrets=(SECRET,), authorization="Bearer hunter2")

    async def work() -> None:
        async with WebhookReceiver("desk", replace(target, authorization=None)) as receiver:
            assert repr(receiver) == "WebhookReceiver('desk', 'example.com')"

    asyncio.run(work())
    for secret in ("token", "path-secret", SECRET[6:], "hunter2"):
        assert secret not in repr(target)


@pytest.mark.parametrize("form", ["slack", "alertmanager"])
def test_other_forms_are_posted(form: str) -> None:
    content = Board([], [], Routing(("desk",)), NOW).apply([firing(evidence=[document(1)])]).notices[0].payload
    seen: list[tuple[Any, Any]] = []

    async def handler(request: web.Request) -> web.StreamResponse:
        seen.append((await request.json(), request.headers))
        return web.Response(text="ok")

    async def work(url: str) -> None:
        plain = Target(
            url.replace("user:token@", ""), form, authorization="Bearer hunter2", allow_http=True, allow_private=True
        )
        async with WebhookReceiver("desk", plain) as receiver:
            await receiver.send(Delivery(1, "a", "msg_1", "desk", "alert.firing", content))

    asyncio.run(_serve(handler, work))
    ((body, headers),) = seen
    assert ("attachments" in body) == (form == "slack")
    assert (headers["authorization"], headers["webhook-id"]) == ("Bearer hunter2", "msg_1")
    assert "webhook-signature" not in headers
