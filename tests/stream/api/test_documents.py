"""Documents over HTTP: who may, how much, in which form, and what is answered; on a fake intake."""

import gzip
import json
import re
import socket
import zlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from stream.api.limits import Limiter
from stream.api.reading import MAX_LINES, MAX_LINES_BODY
from stream.api.server import MAX_PUBLISHING, RateLimits
from stream.errors import BrokerError
from tests.served import PUBLISHER, PUBLISHER_LINE, Served

LINES = {"content-type": "application/x-ndjson"}
GOOD = {"id": "a", "source": "wire", "text": "Shares plunge"}


@pytest.fixture
def tokens(tmp_path: Path) -> Path:
    path = tmp_path / "tokens"
    path.write_text(f"{PUBLISHER_LINE}\n")
    return path


@pytest.fixture
def served(tokens: Path) -> Iterator[Served]:
    with Served(tokens).running() as served:
        yield served


def _post(served: Served, content: bytes, headers: dict[str, str] = LINES, query: str = "") -> httpx.Response:
    return served.ask("POST", f"/v1/documents{query}", PUBLISHER, content=content, headers=headers)


def test_one_document_and_its_key(served: Served) -> None:
    answer = served.ask("POST", "/v1/documents", PUBLISHER, json=GOOD)
    assert (answer.status_code, answer.json()) == (202, {"published": 1, "refused": []})
    ((topic, key, value),) = served.intake.taken
    assert (topic, key, json.loads(value)) == ("news", b"wire", GOOD)


NOTHING = [
    b"[removed]",
    b"[deleted]",
    b"null",
    b"None",
    b"N/A",
    b"nan",
    b"......",
    b"-",
    b"&nbsp;",
    b"<p></p>",
    b"<br>",
]
NOTHING += ["\u200b".encode()]
WRONG: list[tuple[bytes, str]] = [
    (b"{", "not JSON: "),
    (b'{"id": "b", "source": "wire"}', "text: missing or empty"),
    (b'{"source": "wire", "text": "x"}', "id: missing, as is published_at; .* counts twice"),
    (b'{"id": "", "source": "wire", "text": "x"}', "id: empty"),
    (b'{"id": "c", "source": "wire", "text": "x", "published_at": "yesterday"}', "published_at: 'yesterday' is nei"),
    (b'{"id": "c", "source": "wire", "text": "x", "published_at": "2099-01-01T00:00:00Z"}', "ahead of"),
    (b'{"id": NaN, "source": "wire", "text": "x", "published_at": NaN}', "id: missing"),
    (rb'{"id": "c", "source": "wire", "text": "\ud83d"}', r"text: holds half a character, \\ud83d, at 0"),
    *((b'{"id": "c", "source": "wire", "text": "%b"}' % text, "text: nothing to read") for text in NOTHING),
    (b'{"id": "c", "source": "wire", "title": "[removed]", "body": "null"}', "text: nothing to read"),
    (b"[1]", "record: fields in braces are expected; this is a list"),
]


def test_of_lines_each_refusal_is_told_and_the_others_are_published(served: Served) -> None:
    dated = b'{"source": "wire", "text": "x", "published_at": 1795773600000}'
    lines = [line for line, _ in WRONG] + [b"", b"  \r", json.dumps(GOOD).encode() + b"\r", dated]
    answer = _post(served, b"\n".join(lines) + b"\n", query="?topic=social")
    assert (answer.status_code, answer.json()["published"]) == (202, 2)
    refused = answer.json()["refused"]
    assert [item["line"] for item in refused] == list(range(1, len(WRONG) + 1))
    for item, (_, said) in zip(refused, WRONG, strict=True):
        assert re.search(said, item["reason"]), item
    assert [topic for topic, _, _ in served.intake.taken] == ["social", "social"]


def test_where_nothing_is_published_the_status_says_so(served: Served) -> None:
    answer = served.ask("POST", "/v1/documents", PUBLISHER, json={"source": "wire"})
    assert (answer.status_code, answer.json()["published"], len(answer.json()["refused"])) == (422, 0, 1)
    assert _post(served, b"\n \n").status_code == 400
    assert served.intake.taken == []


def test_gzip_is_taken_and_what_unpacks_to_too_much_is_not(served: Served) -> None:
    packed = {**LINES, "content-encoding": "gzip"}
    assert _post(served, gzip.compress(json.dumps(GOOD).encode()), packed).status_code == 202
    bomb = gzip.compress(b"\n" * 64 * 1024 * 1024)
    assert len(bomb) < 300_000
    answer = _post(served, bomb, packed)
    assert (answer.status_code, answer.json()) == (413, {"error": f"the body has over {MAX_LINES_BODY} bytes"})
    whole = gzip.compress(json.dumps(GOOD).encode())
    for broken in (whole[:-1], whole[:12], whole + b"more", b"no gzip", zlib.compress(b"x")):
        assert _post(served, broken, packed).status_code == 400
    assert _post(served, whole, {**LINES, "content-encoding": "br"}).status_code == 415
    assert len(served.intake.taken) == 1
    two = gzip.compress(json.dumps(GOOD).encode() + b"\n") + whole
    assert _post(served, two, packed).json()["published"] == 2


def test_a_body_that_is_too_large_or_of_another_kind(served: Served) -> None:
    wrong: list[tuple[bytes, dict[str, str], int]] = [
        (b"x" * (MAX_LINES_BODY + 1), LINES, 413),
        (b"{}\n" * MAX_LINES + b"{}", LINES, 413),
        (b"{}", {"content-type": "text/csv"}, 415),
        (b"{}", {}, 415),
    ]
    for content, headers, status in wrong:
        assert _post(served, content, headers).status_code == status
    assert _post(served, b"{}\n" * MAX_LINES).status_code == 422
    assert _post(served, b"{}", query="?topic=blogs").json()["error"].startswith("query 'topic': 'blogs' is none of")
    assert _post(served, b"{}", query="?feed=news").status_code == 400


def test_a_body_that_stops_half_way_is_no_document(served: Served) -> None:
    host, port = served.url.removeprefix("http://").split(":")
    head = f"POST /v1/documents HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {PUBLISHER}\r\n"
    content = json.dumps(GOOD).encode()
    with socket.create_connection((host, int(port)), timeout=120) as connection:
        length = f"Content-Type: application/x-ndjson\r\nContent-Length: {2 * len(content)}\r\n\r\n"
        connection.sendall(head.encode() + length.encode() + content)
    assert _post(served, content).status_code == 202
    assert len(served.intake.taken) == 1


def test_a_broker_that_does_not_answer_is_a_503(served: Served) -> None:
    served.intake.error = BrokerError("Kafka did not take all of them; send them again, each id counts once")
    answer = served.ask("POST", "/v1/documents", PUBLISHER, json=GOOD)
    assert (answer.status_code, answer.json()["error"]) == (503, str(served.intake.error))


def test_documents_have_a_rate_of_their_own(tokens: Path) -> None:
    now = [0.0]
    calls, documents = Limiter(1e9, 1e9), Limiter(2, 10, lambda: now[0])
    with Served(tokens, RateLimits(calls, calls, documents)).running() as served:
        many = b"\n".join(json.dumps({**GOOD, "id": str(number)}).encode() for number in range(14))
        assert _post(served, many).status_code == 202  # the last of a burst may be large
        answer = _post(served, many)
        assert (answer.status_code, answer.headers["retry-after"]) == (429, "3")
        now[0] = 3.0
        assert _post(served, many).status_code == 202


def test_more_at_once_than_there_is_room_for_are_asked_to_come_again(served: Served) -> None:
    served.intake.goes_on.clear()

    def post(_: int) -> int:
        status = _post(served, json.dumps(GOOD).encode()).status_code
        served.intake.goes_on.set()  # the one that is not let in lets the others go on
        return status

    with ThreadPoolExecutor(MAX_PUBLISHING + 1) as threads:
        statuses = sorted(threads.map(post, range(MAX_PUBLISHING + 1)))
    assert statuses == [202] * MAX_PUBLISHING + [503]
    assert _post(served, json.dumps(GOOD).encode()).status_code == 202


def test_whoever_may_publish_may_do_nothing_else(served: Served) -> None:
    answer = served.ask("GET", "/v1/alerts", PUBLISHER)
    assert (answer.status_code, answer.json()["error"]) == (
        403,
        "the token of 'script' has the role publish, this needs read",
    )
