"""A server that answers as Grafana's HTTP API does where `push` and `verify` ask it, and keeps what it was asked.

Paths, status codes and bodies are those of the API's documentation; it is no Grafana, and proves nothing about one.
"""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Json = dict[str, Any]
TOKEN, USER, PASSWORD = "glsa_right", "admin", "pass word"
Refusal = tuple[int, Any]


class Recording:
    """State and requests; ``refuse`` maps "METHOD /path" to the answer that is given instead."""

    def __init__(self, version: str = "13.2.2", prefix: str = "") -> None:
        self.version, self.prefix = version, prefix
        self.requests: list[tuple[str, str, Any]] = []
        self.refuse: dict[str, Refusal] = {}
        self.folders: dict[str, Json] = {}
        self.sources: dict[str, Json] = {}
        self.dashboards: dict[str, Json] = {}
        self.results: Callable[[Json], Json] = lambda query: {"status": 200, "frames": [_frame(query)]}
        self.url = ""

    @property
    def changes(self) -> list[str]:
        """What was asked that changes something."""
        return [f"{method} {path}" for method, path, _ in self.requests if method != "GET" and path != "/api/ds/query"]

    def answer(self, method: str, path: str, body: Any, login: str) -> Refusal:
        """Return status and body."""
        self.requests.append((method, path, body))
        if refused := self.refuse.get(f"{method} {path}") or self.refuse.get("*"):
            return refused
        if path == "/api/health":
            return 200, {"database": "ok", "version": self.version}
        if login not in {f"Bearer {TOKEN}", "Basic " + base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()}:
            return 401, {"message": "Invalid API key"}
        return self._write(path, body) if method == "POST" else self._read(path)

    def _read(self, path: str) -> Refusal:
        *parents, name = path.removeprefix("/api/").split("/")
        if name == "health":
            return (200, {"status": "OK", "message": "Database Connection OK"}) if parents[-1] in self.sources else NONE
        stored = {("folders",): self.folders, ("datasources", "uid"): self.sources}.get(tuple(parents))
        if stored is not None:
            return (200, stored[name]) if name in stored else NONE
        if parents == ["dashboards", "uid"] and name in self.dashboards:
            return 200, self.dashboards[name]
        return NONE

    def _write(self, path: str, body: Any) -> Refusal:
        if path == "/api/folders":
            self.folders[body["uid"]] = body
        elif path == "/api/datasources":
            self.sources[body["uid"]] = {**body, "id": len(self.sources) + 1}
        elif path == "/api/dashboards/db":
            stored = {**body["dashboard"], "id": 7, "version": 3}
            self.dashboards[stored["uid"]] = {"dashboard": stored, "meta": {"folderUid": body["folderUid"]}}
        elif path == "/api/ds/query":
            return 200, {"results": {query["refId"]: self.results(query) for query in body["queries"]}}
        else:
            return NONE
        return 200, {"status": "success"}


NONE: Refusal = (404, {"message": "not found"})


def _frame(query: Json) -> Json:
    return {"schema": {}, "data": {"values": [["topic:O'Brien"]]}}


@contextmanager
def serving(state: Recording) -> Iterator[Recording]:
    """Serve it on a free port of this machine."""

    class Handler(BaseHTTPRequestHandler):
        def _answer(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            body = json.loads(self.rfile.read(length)) if length else None
            path = self.path.removeprefix(state.prefix)
            status, content = state.answer(self.command, path, body, self.headers.get("Authorization", ""))
            raw = content.encode() if isinstance(content, str) else json.dumps(content).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(raw)))
            self.end_headers()
            self.wfile.write(raw)

        do_GET = do_POST = _answer  # noqa: N815

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    state.url = f"http://127.0.0.1:{server.server_port}{state.prefix}"
    try:
        yield state
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
