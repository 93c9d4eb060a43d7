"""The HTTP servers of the worker against clients that send what is no request, or half of one, or do not read."""

import asyncio
import logging
import multiprocessing
import resource
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from multiprocessing.connection import Connection
from pathlib import Path

import pytest
from aiohttp import web

from stream.adapters.http.server import BoundedRunner, Bounds
from stream.api.limits import Limiter
from stream.api.server import RateLimits
from stream.errors import SettingsError
from stream.worker.health import Health
from tests.served import ACTOR, ACTOR_LINE, Served

HALF_REQUESTS, PER_BATCH, DESCRIPTORS = 1500, 50, 256
SECRET = b"bw_never_to_be_logged"
# A busy machine may take a second for what these bound.
SLOW = Bounds(connections=8, head=2.0, answer=2.0)


@pytest.fixture
def served(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Served]:
    """The API, which takes as many calls as come, and waits two seconds."""
    monkeypatch.setattr("stream.api.reading.BODY_TIME", 2.0)
    (tmp_path / "tokens").write_text(f"{ACTOR_LINE}\n")
    limits = RateLimits(Limiter(1e9, 1e9), Limiter(1e9, 1e9))
    with Served(tmp_path / "tokens", limits, SLOW).running() as served:
        yield served


def _address(served: Served) -> tuple[str, int]:
    host, port = served.url.removeprefix("http://").split(":")
    return host, int(port)


def _said(address: tuple[str, int], content: bytes, end: bool = False) -> bytes:
    """Send bytes; return all that comes back until the server closes."""
    with socket.create_connection(address, timeout=120) as connection:
        answer = b""
        with suppress(ConnectionError):
            connection.sendall(content)
            if end:
                connection.shutdown(socket.SHUT_WR)
            while part := connection.recv(65_536):
                answer += part
    return answer


def _is_closed(connection: socket.socket, content: bytes, times: int, pause: float = 0.0) -> bool:
    """Send it again and again; return whether the server closed before it was sent so many times."""
    for _ in range(times):
        try:
            connection.sendall(content)
        except ConnectionError:
            return True
        time.sleep(pause)
    return False


HEAD = b"GET /v1/alerts HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
BEARER = b"Authorization: Bearer " + SECRET + b"\r\n"
KNOWN = b"Authorization: Bearer " + ACTOR.encode() + b"\r\n"
POST = b"POST /v1/silences HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\n" + KNOWN
CHUNKED = b"Transfer-Encoding: chunked\r\n\r\n"
MALFORMED = {
    "bytes-that-are-no-text": HEAD + b"Authorization: Bearer \xff\xfe" + SECRET + b"\r\n\r\n",
    "folded-authorization": HEAD + b"Authorization: Bearer\r\n " + SECRET + b"\r\n\r\n",
    "authorization-with-a-control-sign": HEAD + b"Authorization: Bearer \x01" + SECRET + b"\r\n\r\n",
    "authorization-with-nul": HEAD + b"Authorization: Bearer \x00" + SECRET + b"\r\n\r\n",
    "authorization-with-a-bare-cr": HEAD + b"Authorization: Bearer \r" + SECRET + b"\r\n\r\n",
    "header-name-with-a-space": HEAD + b"Authorization : Bearer " + SECRET + b"\r\n\r\n",
    "header-without-colon": HEAD + BEARER[:-2] + b"\r\nBearer " + SECRET + b"\r\n\r\n",
    "two-authorizations": HEAD + BEARER + BEARER + b"\r\n",
    "authorization-without-end": HEAD + b"Authorization: Bearer " + SECRET,
    "huge-header": HEAD + BEARER + b"X: " + b"x" * 100_000 + b"\r\n\r\n",
    "huge-authorization": HEAD + b"Authorization: Bearer " + SECRET * 5_000 + b"\r\n\r\n",
    "a-thousand-headers": HEAD + BEARER + b"".join(b"X%d: 1\r\n" % number for number in range(1000)) + b"\r\n",
    "huge-line": b"GET /" + b"x" * 100_000 + b" HTTP/1.1\r\n" + BEARER + b"\r\n",
    "nul-in-the-path": HEAD.replace(b"alerts", b"alerts/aaaaaaaa%00") + KNOWN + b"\r\n",
    "raw-nul-in-the-path": HEAD.replace(b"alerts", b"alerts/\0") + BEARER + b"\r\n",
    "no-text-in-the-path": HEAD.replace(b"alerts", b"alerts/aaaaaaaa%ff%fe") + KNOWN + b"\r\n",
    "raw-bytes-in-the-path": HEAD.replace(b"alerts", b"alerts/aaaaaaaa\xff") + KNOWN + b"\r\n",
    "a-line-in-the-path": HEAD.replace(b"alerts", b"alerts/aaaaaaaa%0d%0aERROR") + KNOWN + b"\r\n",
    "no-text-in-the-query": HEAD.replace(b"alerts", b"alerts?status=%ff") + KNOWN + b"\r\n",
    "half-an-escape": HEAD.replace(b"alerts", b"alerts/aaaaaaaa%f") + KNOWN + b"\r\n",
    "absolute-form": b"GET http://evil.example/v1/alerts HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
    + KNOWN
    + b"\r\n",
    "absolute-form-with-a-wrong-port": b"GET http://x:99999/v1/alerts HTTP/1.1\r\nHost: x\r\n" + BEARER + b"\r\n",
    "absolute-form-with-a-wrong-host": b"GET http://[::1/v1/alerts HTTP/1.1\r\nHost: x\r\n" + BEARER + b"\r\n",
    "asterisk-form": b"OPTIONS * HTTP/1.1\r\nHost: x\r\nConnection: close\r\n" + BEARER + b"\r\n",
    "connect": b"CONNECT evil.example:443 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n" + BEARER + b"\r\n",
    "connect-to-nothing": b"CONNECT : HTTP/1.1\r\nHost: x\r\nConnection: close\r\n" + BEARER + b"\r\n",
    "wrong-host": b"GET /v1/alerts HTTP/1.1\r\nHost: [:x:\xff\r\nConnection: close\r\n" + BEARER + b"\r\n",
    "http-2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0\0",
    "http-9.9": b"GET / HTTP/9.9\r\n" + BEARER + b"\r\n",
    "tls": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(range(256)),
    "lf-alone": HEAD.replace(b"\r\n", b"\n") + BEARER + b"\n\n",
    "negative-length": POST + b"Content-Length: -5\r\n\r\n{}",
    "length-that-is-no-number": POST + b"Content-Length: 1e3\r\n\r\n{}",
    "two-lengths": POST + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}",
    "length-of-many-digits": POST + b"Content-Length: " + b"9" * 50 + b"\r\n\r\n{}",
    "length-and-chunks": POST + b"Content-Length: 2\r\n" + CHUNKED + b"2\r\n{}\r\n0\r\n\r\n",
    "body-that-ends-early": POST + b"Content-Length: 500\r\n\r\n{",
    "chunk-without-a-size": POST + CHUNKED + b"zz\r\n{}\r\n0\r\n\r\n",
    "chunk-longer-than-it-says": POST + CHUNKED + b"2\r\n{}{}\r\n0\r\n\r\n",
    "chunk-that-is-huge": POST + CHUNKED + b"ffffffffffffffffff\r\n{}\r\n0\r\n\r\n",
    "chunks-that-end-early": POST + CHUNKED + b"2\r\n{}\r\n",
    "gzip-that-is-none": POST + b"Content-Encoding: gzip\r\nContent-Length: 2\r\n\r\n{}",
    "encoding-that-is-none": POST + b"Content-Encoding: \xff\r\nContent-Length: 2\r\n\r\n{}",
    "type-that-is-none": POST.replace(b"application/json", b'; charset="\xff') + b"Content-Length: 2\r\n\r\n{}",
    "body-that-is-no-text": POST + b"Content-Length: 3\r\n\r\n\xff\xfe\x00",
    "body-700-deep": POST + b"Content-Length: 4000\r\n\r\n" + b"[" * 4000,
    "expect-what-is-not-there": POST + b"Expect: a miracle\r\nContent-Length: 2\r\n\r\n{}",
    "upgrade": HEAD + KNOWN + b"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: \xff\r\n\r\n\xff\xff",
    "upgrade-and-no-request": HEAD + KNOWN + b"Upgrade: h2c\r\nConnection: Upgrade\r\n\r\nGET / " + BEARER + b"\r\n",
    "wrong-second-request": HEAD.replace(b"close", b"keep-alive") + KNOWN + b"\r\n" + BEARER + b"\r\n",
}

UNANSWERED = [MALFORMED["authorization-without-end"]]


@pytest.mark.parametrize("content", MALFORMED.values(), ids=MALFORMED)
def test_what_is_no_request_is_refused_and_never_logged(
    served: Served, content: bytes, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    for end in (True, False):  # the client says that it has sent all, or leaves it open
        answer = _said(_address(served), content, end)
        lines = [part for part in answer.split(b"\r\n") if part.startswith(b"HTTP/1.")]
        assert all(line.split()[1] < b"500" for line in lines), answer
        assert SECRET not in answer
        assert end or lines or content in UNANSWERED
    assert served.ask("GET", "/v1/alerts").status_code == 200
    logged = [record.getMessage() for record in caplog.records if not record.name.startswith(("http", "asyncio"))]
    assert logged == []
    assert SECRET.decode() not in caplog.text
    assert "".join(capfd.readouterr()) == ""


def test_a_token_that_is_no_text_counts_as_a_wrong_one(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "tokens").write_text(f"{ACTOR_LINE}\n")
    limits = RateLimits(Limiter(1, 10), Limiter(0.001, 3))
    with Served(tmp_path / "tokens", limits).running() as served:
        wrong = HEAD + b"Authorization: Bearer \xff\r\n\r\n"
        answers = [_said(_address(served), wrong).split(b" ")[1] for _ in range(5)]
    assert answers == [b"401"] * 3 + [b"429"] * 2
    assert "Traceback" not in caplog.text


def test_a_head_that_does_not_come_is_not_waited_for(served: Served) -> None:
    assert _said(_address(served), b"") == b""
    assert _said(_address(served), HEAD) == b""
    with socket.create_connection(_address(served), timeout=120) as trickle:
        assert _is_closed(trickle, b"x", 1000, 0.1)  # 100 s at least


def test_a_body_that_does_not_come_is_not_waited_for(served: Served) -> None:
    answer = _said(_address(served), POST + b"Content-Length: 500\r\n\r\n{")
    assert answer.startswith(b"HTTP/1.1 408")
    assert b"the body did not come in" in answer


def test_a_client_that_does_not_read_is_not_waited_for(served: Served) -> None:
    asked = b"GET /v1/openapi.json HTTP/1.1\r\nHost: x\r\n\r\n"
    with socket.create_connection(_address(served), timeout=120) as greedy:
        assert _is_closed(greedy, asked * 100, 100_000)
    assert served.ask("GET", "/v1/alerts").status_code == 200


def test_who_asks_again_on_one_connection_is_not_cut_off(served: Served) -> None:
    asked = HEAD.replace(b"close", b"keep-alive") + KNOWN + b"\r\n"
    with socket.create_connection(_address(served), timeout=120) as connection:
        for _ in range(2):
            connection.sendall(asked)
            assert connection.recv(65_536).startswith(b"HTTP/1.1 200")
            time.sleep(2 * SLOW.head)  # between requests there is time


class _Reader:
    def read(self) -> dict[str, object]:
        return {}

    def close(self) -> None:
        pass


def _serve(tokens: Path, told: Connection) -> None:
    """A process of few descriptors, with a health check and an API as the worker has them."""
    resource.setrlimit(resource.RLIMIT_NOFILE, (DESCRIPTORS, DESCRIPTORS))

    async def serve() -> None:
        health = Health(("127.0.0.1", 0), _Reader(), {}, 60)  # type: ignore[arg-type]
        await health.start()
        with Served(tokens).running() as served:
            assert health._runner is not None
            told.send((health._runner.addresses[0][:2], _address(served)))
            await asyncio.to_thread(told.recv)
            with ExitStack() as held:  # what Kafka, Redis and PostgreSQL of a worker need
                for _ in range(100):
                    held.enter_context(socket.socket())
            told.send("there were descriptors")
            await asyncio.to_thread(told.recv)
        await health.stop()

    asyncio.run(serve())


def _half(address: tuple[str, int]) -> socket.socket | None:
    try:
        connection = socket.create_connection(address, timeout=5)
        connection.sendall(HEAD + BEARER)
    except OSError:
        return None
    return connection


def test_half_requests_do_not_take_the_workers_descriptors(tmp_path: Path) -> None:
    (tmp_path / "tokens").write_text(f"{ACTOR_LINE}\n")
    mine, its = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(target=_serve, args=(tmp_path / "tokens", its))
    process.start()
    try:
        assert mine.poll(240)
        health, api = mine.recv()
        most = 0
        with ExitStack() as held:
            for number in range(0, HALF_REQUESTS, PER_BATCH):
                for at in range(PER_BATCH):
                    if (connection := _half((health, api)[(number + at) % 2])) is not None:
                        held.enter_context(connection)
                most = max(most, len(list(Path(f"/proc/{process.pid}/fd").iterdir())))
                if number % 500 == 0:
                    assert b"200 OK" in _said(health, b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
                    assert b"200 OK" in _said(api, HEAD + KNOWN + b"\r\n")
            mine.send("take descriptors")
            assert mine.poll(240)
            assert mine.recv() == "there were descriptors"
    finally:
        with suppress(OSError):
            mine.send("end")
        process.join(120)
        process.kill()


@pytest.mark.parametrize(
    ("host", "said"),
    [
        ("127.0.0.1", r"BELLWETHER_API_PORT \d+ is taken, perhaps by another worker; choose another one, or 0"),
        ("203.0.113.7", "BELLWETHER_API_HOST 203.0.113.7 is no address of this machine"),
        ("no.such.invalid", "BELLWETHER_API_HOST no.such.invalid is no address of this machine"),
        ("x" * 300, "BELLWETHER_API_HOST x{300} is no address of this machine"),
    ],
)
def test_where_nothing_can_listen_the_setting_is_named(host: str, said: str) -> None:
    async def listen(port: int) -> None:
        runner = BoundedRunner(web.Application())
        try:
            await runner.listen(host, port, "BELLWETHER_API")
        finally:
            await runner.cleanup()

    with socket.create_server(("127.0.0.1", 0)) as other, pytest.raises(SettingsError, match=said):
        asyncio.run(listen(other.getsockname()[1]))
