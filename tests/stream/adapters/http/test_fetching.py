"""Fetching a page from a server that plays what servers play, on loopback."""

import asyncio
import gzip
import re
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from time import sleep

import brotli
import pytest
from typer.testing import CliRunner

from stream.adapters.http import fetching
from stream.adapters.http.fetching import Ask, Fetched, fetch
from stream.adapters.http.guarded import GuardedTransport
from stream.cli import app
from stream.embedded import free_port
from stream.errors import FeedError

FEED = b"""<rss version="2.0"><channel><title>Wire</title><item><title>Shares &amp;amp; bonds fall</title><guid>1</guid>
<pubDate>Mon, 29 Jun 2026 10:00:00 GMT</pubDate></item></channel></rss>"""
MIB = 1024 * 1024
# Path -> status, headers, body.
ANSWERS: dict[str, tuple[int, dict[str, str], bytes]] = {
    "/feed": (200, {"Content-Type": "application/rss+xml"}, FEED),
    "/packed": (200, {"Content-Encoding": "gzip"}, gzip.compress(FEED)),
    "/cut": (200, {"Content-Encoding": "gzip"}, gzip.compress(FEED)[:-9]),
    "/bomb": (200, {"Content-Encoding": "gzip"}, gzip.compress(b" " * 64 * MIB)),
    "/large": (200, {}, b" " * (10 * MIB + 1)),
    "/brotli": (200, {"Content-Encoding": "br"}, brotli.compress(FEED)),
    "/brotli-cut": (200, {"Content-Encoding": "br"}, brotli.compress(FEED)[:-9]),
    "/brotli-wrong": (200, {"Content-Encoding": "br"}, b"no brotli"),
    "/brotli-bomb": (200, {"Content-Encoding": "br"}, brotli.compress(b" " * 64 * MIB)),
    "/zstd": (200, {"Content-Encoding": "zstd"}, b"x"),
    "/moved": (301, {"Location": "/feed"}, b""),
    "/loop": (302, {"Location": "/loop"}, b""),
    "/gone": (410, {}, b"gone"),
    "/busy": (429, {"Retry-After": "120"}, b""),
    "/inner": (302, {"Location": "http://127.0.0.2:1/feed"}, b""),
    "/odd": (302, {"Location": "http://example.org:port/"}, b""),
    "/file": (302, {"Location": "file:///etc/passwd"}, b""),
    "/error": (200, {"Content-Type": "text/html"}, b"<!doctype html><title>Down for repair</title>"),
}


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        if self.path == "/slow":
            self.send_response(200)
            self.end_headers()
            for _ in range(30):
                self.wfile.write(b" ")
                sleep(0.1)
            return
        status, headers, body = ANSWERS[self.path.partition("?")[0]]
        self.send_response(status)
        for name, value in {
            **headers,
            "Content-Length": str(len(body)),
            "Asked-By": self.headers["User-Agent"],
        }.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Be quiet."""

    def handle(self) -> None:
        try:
            super().handle()
        except ConnectionError:
            return  # whoever asked has had enough


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with _running() as port:
        yield f"http://127.0.0.1:{port}"


@contextmanager
def _running() -> Iterator[int]:
    with ThreadingHTTPServer(("127.0.0.1", 0), _Handler) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            yield server.server_port
        finally:
            server.shutdown()
            thread.join()


def _fetch(url: str, *, private: bool = True, http: bool = True) -> Fetched:
    return asyncio.run(fetch(Ask(url, allow_private=private, allow_http=http)))


@pytest.mark.parametrize("path", ["/feed", "/packed", "/brotli", "/moved"])
def test_a_page_is_fetched_unpacked_and_followed(server: str, path: str) -> None:
    fetched = _fetch(server + path)
    assert fetched.content == FEED
    assert fetched.url == server + ("/feed" if path == "/moved" else path)
    assert re.fullmatch(r"bellwether/[0-9.]+ \(feed reader\)", fetched.headers["asked-by"])


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("/cut", "the answer cannot be unpacked: it is gzip, and ends too early"),
        ("/bomb", "answers over 10 MiB"),
        ("/large", "answers over 10 MiB"),
        ("/zstd", "it is packed as 'zstd', which nobody asked for"),
        ("/loop", "over 5 redirects"),
        ("/gone", r"answered 410 \(Gone\)"),
        ("/busy", r"answered 429 \(Too Many Requests\); it says to come again after 120 s"),
        ("/odd", "it redirects to an address that cannot be read"),
        ("/file", "^127.0.0.1: it redirects to file:, and an address must be https://host/"),
    ],
)
def test_what_is_no_page_says_why_and_keeps_the_query_to_itself(server: str, path: str, said: str) -> None:
    with pytest.raises(FeedError, match=said) as caught:
        _fetch(f"{server}{path}?key=hunter2")
    assert "hunter2" not in str(caught.value)


def test_a_slow_drip_is_not_waited_for(server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetching, "WHOLE", 0.5)
    with pytest.raises(FeedError, match=r"127.0.0.1 did not answer in"):
        _fetch(f"{server}/slow")


def test_no_private_address_is_asked_also_where_a_public_one_sends_there(server: str) -> None:
    with pytest.raises(FeedError, match="is not public"):
        _fetch(f"{server}/feed", private=False)
    with pytest.raises(FeedError, match="http is refused"):
        _fetch(f"{server}/feed", http=False)

    def resolve(host: str, _: int) -> list[str]:
        return ["127.0.0.1"] if host == "feeds.example.org" else [host]

    class Outside(GuardedTransport):
        """Takes this machine for a public one, and no other address of it."""

        async def _allowed_addresses(self, url: object) -> list[str]:
            text = str(url)
            return ["127.0.0.1"] if "feeds.example.org" in text else await super()._allowed_addresses(url)  # type: ignore[arg-type]

    port = server.rsplit(":", 1)[1]
    ask = Ask(f"http://feeds.example.org:{port}/inner", allow_http=True)
    with pytest.raises(FeedError, match="is not public"):
        asyncio.run(fetch(ask, make=partial(Outside, resolver=resolve)))


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("http://", "an address must be https://host/"),
        ("http://[::1", "the address cannot be read; it must be https://host/"),
        ("ftp://x.org/a", "an address must be https://host/"),
        ("http://127.0.0.1:99999/", "with a port of 1 to 65535"),
        ("http://127.0.0.1:0/", "with a port of 1 to 65535"),
        ("https://no-such-host.invalid/feed", "no-such-host.invalid did not answer: (no host has this|its) name"),
        ("https://..../feed", "no host can have this name"),
        ("http://127.0.0.1:FREE/", "127.0.0.1 did not answer: nothing takes connections there"),
    ],
)
def test_an_address_that_leads_nowhere(url: str, said: str) -> None:
    url = url.replace("FREE", str(free_port()))  # here: each process would give the test another name
    with pytest.raises(FeedError, match=said):
        _fetch(url)


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        (b"", "it ended the connection without an answer"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n<rss>", "it ended the connection within its answer"),
        (b"SSH-2.0-OpenSSH_9.2\r\n\r\n" * 9, "what it answers is no HTTP|it ended the connection"),
        (b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\n\r\n", "302 .Found., and names no address to go on to"),
        (b"HTTP/1.1 302 Found\r\nLocation: ftp://x/\r\n\r\n", "x: an address must be https://"),
        (
            b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:99999/\r\n\r\n",
            "it redirects to an address|a port of 1 to",
        ),
    ],
)
def test_what_is_no_answer_is_told_in_plain_words(sent: bytes, said: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def answer() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.recv(4096)
                connection.sendall(sent)

        thread = Thread(target=answer)
        thread.start()
        with pytest.raises(FeedError, match=said):
            _fetch(f"http://127.0.0.1:{listener.getsockname()[1]}/")
        thread.join()


def test_a_server_without_tls_is_told_as_such(server: str) -> None:
    with pytest.raises(FeedError, match="it does not speak TLS; is its address http rather than https"):
        _fetch(server.replace("http:", "https:") + "/feed")


def test_the_command_shows_a_feed_and_gives_its_documents(server: str) -> None:
    allowed = ["--allow-http", "--allow-private"]
    shown = CliRunner().invoke(app, ["feeds", "try", f"{server}/moved", *allowed])
    assert shown.exit_code == 0, shown.output
    assert "RSS 2.0: Wire; its documents have the source 127.0.0.1" in shown.stdout
    assert "items: 1, newest: 2026-06-29 10:00:00 UTC" in shown.stdout
    assert "Shares & bonds fall" in shown.stdout
    lines = CliRunner().invoke(app, ["feeds", "try", f"{server}/feed", *allowed, "--source", "wire", "--json"]).stdout
    assert re.fullmatch(r'\{"id":"[0-9a-f]{32}","source":"wire","title":"Shares & bonds fall",.*\}\n', lines)
    assert isinstance(CliRunner().invoke(app, ["feeds", "try", f"{server}/error", *allowed]).exception, FeedError)


def test_the_command_reads_files_and_says_what_is_wrong_with_them(tmp_path: Path) -> None:
    file = tmp_path / "wire.xml"
    file.write_bytes(FEED.replace(b"</channel>", b"<item><title>x</title><pubDate>gestern</pubDate></item>")[:-6])
    told = CliRunner().invoke(app, ["feeds", "try", str(file)])
    assert told.exit_code == 1
    assert "its documents have the source wire" in told.stdout
    assert "without a date: 1; they count at the time of fetching" in told.stdout
    assert "dates that cannot be read: 1, as 'gestern'" in told.stdout
    assert "the XML ends too early (line 3, character " in told.stderr
    late = FEED.replace(b"2026", b"2099")
    file.write_bytes(late)
    told = CliRunner().invoke(app, ["feeds", "try", str(file)])
    assert "newest: 2099-" in told.stdout
    assert "without a date" not in told.stdout
    assert "refused: 'Shares & bonds fall': published_at: '2099-" in told.stderr
    missing = CliRunner().invoke(app, ["feeds", "try", str(tmp_path / "none.xml")])
    assert "No such file" in str(missing.exception)
