"""A publisher on loopback that answers as servers of feeds do, with their faults; it remembers who asked what, when."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from time import monotonic, sleep
from typing import NamedTuple


class Answer(NamedTuple):
    """What is answered; ``drip`` are the seconds between two bytes of the body."""

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = {}
    drip: float = 0.0


@dataclass
class Request:
    """One request, with its headers in lower case."""

    path: str
    headers: dict[str, str]
    at: float


Answering = Callable[[Request], Answer]


@dataclass
class Publisher:
    """What the server answers, by path; change it while it runs."""

    url: str = ""
    pages: dict[str, Answer | Answering] = field(default_factory=dict)
    requests: list[Request] = field(default_factory=list)
    lock: Lock = field(default_factory=Lock)

    def feed(self, path: str, *items: str, **headers: str) -> str:
        """Answer an RSS feed there, with an ETag that is the digest of its items; return its address."""
        body = rss(*items)
        tag = f'W/"{hash(body)}"'

        def answer(request: Request) -> Answer:
            if request.headers.get("if-none-match") == tag:
                return Answer(304, b"", headers)
            return Answer(200, body, {"ETag": tag, "Content-Type": "application/rss+xml", **headers})

        self.pages[path] = answer
        return self.url + path

    def asked(self, path: str) -> list[Request]:
        """Return the requests for a path, whatever their query."""
        with self.lock:
            return [one for one in self.requests if one.path.partition("?")[0] == path]

    def answer(self, request: Request) -> Answer:
        """Return what is answered."""
        with self.lock:
            self.requests.append(request)
        page = self.pages.get(request.path.partition("?")[0], Answer(404))
        return page if isinstance(page, Answer) else page(request)


def item(title: str, guid: str | None = None, date: str = "", more: str = "") -> str:
    """Return an RSS item."""
    tags = f"<guid>{guid}</guid>" if guid else ""
    tags += f"<pubDate>{date}</pubDate>" if date else ""
    return f"<item><title>{title}</title>{tags}{more}</item>"


def rss(*items: str, head: str = "") -> bytes:
    """Return an RSS feed."""
    return f'<rss version="2.0"><channel><title>Wire</title>{head}{"".join(items)}</channel></rss>'.encode()


def entry(number: str, name: str, form: str = "8-K", role: str = "Filer", at: str = "2026-06-29T16:30:33-05:00") -> str:
    """Return an entry of EDGAR's page of newest filings, as the SEC writes them."""
    items = "&lt;br&gt;Item 2.02: Results of Operations and Financial Condition"
    return (
        f"<entry><title>{form} - {name} (0000320193) ({role})</title>"
        f'<link rel="alternate" type="text/html" href="https://www.sec.gov/Archives/{number}-index.htm"/>'
        f'<summary type="html"> &lt;b&gt;Filed:&lt;/b&gt; 2026-06-29 &lt;b&gt;AccNo:&lt;/b&gt; {number} '
        f"&lt;b&gt;Size:&lt;/b&gt; 289 KB\n{items}</summary><updated>{at}</updated>"
        f'<category scheme="https://www.sec.gov/" label="form type" term="{form}"/>'
        f"<id>urn:tag:sec.gov,2008:accession-number={number}</id></entry>"
    )


def filings(*entries: str) -> bytes:
    """Return EDGAR's page of newest filings."""
    head = '<?xml version="1.0" encoding="ISO-8859-1" ?><feed xmlns="http://www.w3.org/2005/Atom">'
    return f"{head}<title>Latest Filings</title>{''.join(entries)}</feed>".encode()


@contextmanager
def publishing() -> Iterator[Publisher]:
    """A publisher that answers while this lasts."""
    publisher = Publisher()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            headers = {name.lower(): value for name, value in self.headers.items()}
            answer = publisher.answer(Request(self.path, headers, monotonic()))
            self.send_response(answer.status)
            for name, value in {**answer.headers, "Content-Length": str(len(answer.body))}.items():
                self.send_header(name, value)
            self.end_headers()
            if not answer.drip:
                self.wfile.write(answer.body)
                return
            for byte in answer.body:
                self.wfile.write(bytes([byte]))
                sleep(answer.drip)

        def handle(self) -> None:
            try:
                super().handle()
            except ConnectionError:
                return  # whoever asked has had enough

        def log_message(self, *_: object) -> None:
            """Be quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    publisher.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield publisher
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
