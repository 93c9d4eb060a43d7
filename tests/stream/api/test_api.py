"""The HTTP API over a real socket: what it does, whom it lets in, and that it keeps to its own document."""

import asyncio
import json
import os
import socket
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.specs.openapi.checks import negative_data_rejection, positive_data_acceptance

from stream import metrics
from stream.api.limits import Limiter
from stream.api.openapi import OPERATIONS, document
from stream.api.server import RateLimits
from stream.api.tokens import Role, TokenFile, new_token
from stream.errors import DeliveryError, SettingsError, StoreError
from stream.worker.stages import Reload
from tests.served import ACTOR, ACTOR_LINE, MACRO, PUBLISHER, PUBLISHER_LINE, READER, READER_LINE, Served

SILENCE = {"matchers": ["topic=Macro"], "comment": "patch day"}


@pytest.fixture
def tokens(tmp_path: Path) -> Path:
    path = tmp_path / "tokens"
    path.write_text(f"# who may do what\n\n{READER_LINE}\n{ACTOR_LINE}\n{PUBLISHER_LINE}\n")
    return path


@pytest.fixture
def served(tokens: Path) -> Iterator[Served]:
    with Served(tokens).running() as served:
        yield served


def test_alerts_are_listed_shown_and_acknowledged(served: Served) -> None:
    found = served.ask("GET", "/v1/alerts?status=firing&limit=10", READER).json()["alerts"]
    assert {alert["series"] for alert in found} == {"topic:Macro", "entry:Acme"}
    story = served.ask("GET", f"/v1/alerts/{MACRO[:12]}", READER).json()
    assert (story["alert"]["id"], len(story["evidence"]), len(story["members"])) == (MACRO, 2, 1)
    answer = served.ask("POST", f"/v1/alerts/{MACRO}/acknowledge", json={"comment": "on it"})
    assert [alert["acknowledged_by"] for alert in answer.json()["alerts"]] == ["ann", "ann"]
    assert served.ask("POST", f"/v1/alerts/{MACRO}/acknowledge").status_code == 200  # a body is not needed
    steps = served.ask("GET", f"/v1/alerts/{MACRO}").json()["transitions"]
    assert ("acknowledged", "ann", "on it") in [(step["step"], step["actor"], step["reason"]) for step in steps]


def test_silences_are_made_and_ended(served: Served) -> None:
    ends = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    asked = {"matchers": ["topic=Macro"], "ends_at": ends, "comment": "patch day"}
    answer = served.ask("POST", "/v1/silences", json=asked)
    assert answer.status_code == 201
    made = answer.json()
    assert (made["silence"]["author"], [alert["id"] for alert in made["alerts"]]) == ("ann", [MACRO])
    assert made["warnings"] == []
    path = f"/v1/silences/{made['silence']['id']}"
    assert len(served.ask("GET", "/v1/silences").json()["silences"]) == 1
    assert served.ask("DELETE", path).json()["ended_by"] == "ann"
    assert served.ask("GET", "/v1/silences").json()["silences"] == []
    assert len(served.ask("GET", "/v1/silences?ended=true").json()["silences"]) == 1
    assert served.ask("DELETE", "/v1/silences/none").status_code == 404


def test_a_silence_that_holds_for_nothing_is_made_with_a_warning(served: Served) -> None:
    ends = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    matchers = ["series=Macro", "topic=macro", "kind=neg", "severity!=x", "topic=Macro"]
    made = served.ask("POST", "/v1/silences", json={"matchers": matchers, "ends_at": ends, "comment": "patch day"})
    assert made.status_code == 201
    series, topic, kind = made.json()["warnings"]
    assert series.startswith('matcher series="Macro" can never hold; a series begins with topic:')
    assert topic.endswith("did you mean 'Macro'?")
    assert kind.endswith("kinds are negative, volume, drift")


def test_receivers_and_deliveries(served: Served) -> None:
    assert served.ask("POST", "/v1/receivers/pager/test").json()["message_id"].startswith("msg_")
    assert [item.type for item in served.pager.taken] == ["alert.test"]
    served.pager.error = DeliveryError("pager.test answered 500: no")
    answer = served.ask("POST", "/v1/receivers/pager/test")
    assert (answer.status_code, answer.json()) == (502, {"error": "pager.test answered 500: no"})
    (one,) = served.ask("POST", "/v1/receivers/pager/disable", json={"reason": "loud"}).json()["receivers"]
    assert (one["disabled"]["reason"], one["disabled"]["actor"]) == ("loud", "ann")
    assert served.ask("POST", "/v1/receivers/pager/enable").json() == {"was_disabled": True}
    assert served.ask("POST", "/v1/receivers/other/enable").status_code == 404
    (delivery,) = served.ask("GET", "/v1/deliveries?undelivered=true&receiver=pager").json()["deliveries"]
    shown = served.ask("GET", f"/v1/deliveries/{delivery['id']}").json()
    assert shown["payload"]["type"] == "alert.firing"
    assert served.ask("POST", f"/v1/deliveries/{delivery['id']}/retry").json()["attempts"] == 0
    assert served.ask("POST", "/v1/deliveries/999/retry").status_code == 404


def test_sources_and_how_they_are(served: Served) -> None:
    (one,) = served.ask("GET", "/v1/sources", READER).json()["sources"]
    told = {key: one[key] for key in ("name", "state", "kind", "documents", "unchanged_share", "error")}
    asked = {"name": "wire", "state": "ok", "kind": "RSS 2.0", "documents": 9, "unchanged_share": 0.75, "error": None}
    assert told == asked
    assert datetime.fromisoformat(one["next_at"]) - datetime.fromisoformat(one["tried_at"]) == timedelta(minutes=5)
    assert served.ask("GET", "/v1/sources/wire", READER).json() == one
    answer = served.ask("GET", "/v1/sources/blog", READER)
    assert (answer.status_code, answer.json()["error"]) == (404, "source 'blog': it has not been read yet")


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.name)
def test_nobody_gets_in_without_a_token_or_acts_without_the_right(served: Served, operation: Any) -> None:
    path = operation.path.format(alert=MACRO, silence="x", receiver="pager", delivery=1, source="wire")
    for token in (None, "", "bw_wrong", READER[:-1], f"{ACTOR}x"):
        answer = served.ask(operation.method, path, token)
        assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")
    for token, role in ((READER, Role.READ), (ACTOR, Role.ACT), (PUBLISHER, Role.PUBLISH)):
        if not role.allows(operation.role):
            assert served.ask(operation.method, path, token).status_code == 403
        elif operation.role is Role.READ:
            assert served.ask(operation.method, path, token).status_code == 200
    before = json.dumps(served.ask("GET", "/v1/alerts").json())
    assert '"status": "firing"' in before


def test_what_makes_no_sense_is_told_in_json(served: Served) -> None:
    wrong: list[tuple[str, str, dict[str, Any], int, str]] = [
        ("GET", "/v1/alerts?status=burning", {}, 400, "'burning' is none of firing"),
        ("GET", "/v1/alerts?limit=0", {}, 400, "no number from 1 to 1000"),
        ("GET", "/v1/alerts?limt=5", {}, 400, "there is no such parameter"),
        ("GET", "/v1/alerts?limit=1&limit=2", {}, 400, "query 'limit': it stands more than once"),
        ("GET", "/v1/alerts?status=firing&status=resolved", {}, 400, "query 'status': it stands more than once"),
        ("GET", "/v1/alerts/ab", {}, 404, "8 characters"),
        ("GET", "/v1/alerts/abcdefgh", {}, 404, "no such alert"),
        ("GET", "/v1/deliveries/one", {}, 404, "a number is expected"),
        ("GET", "/v1/nothing", {}, 404, "there is no such path"),
        ("PUT", "/v1/alerts", {}, 405, "does not take this method"),
        ("POST", "/v1/silences", {"content": b"{"}, 415, "application/json"),
        (
            "POST",
            "/v1/silences",
            {"content": b"{", "headers": {"content-type": "application/json"}},
            400,
            "the body: not JSON: ",
        ),
        ("POST", "/v1/silences", {"json": {"matchers": []}}, 400, "matchers: it is empty"),
        ("POST", "/v1/silences", {"json": []}, 400, "the body: fields in braces are expected; this is a list"),
        (
            "POST",
            "/v1/silences",
            {"json": {"matchers": 5}},
            400,
            "matchers: a list in brackets is expected; this is a nu",
        ),
        (
            "POST",
            "/v1/silences",
            {"json": SILENCE | {"ends_at": "2026-12-30"}},
            400,
            "ends_at: a time is expected, as in",
        ),
        (
            "POST",
            "/v1/silences",
            {"json": SILENCE | {"ends_at": "2026-12-30T10:00:00"}},
            400,
            "ends_at: the time zone is missing; write it, as in 2026-03-02T09:30:00Z",
        ),
        (
            "POST",
            f"/v1/alerts/{MACRO}/acknowledge",
            {"content": rb'{"comment": "\ud83d"}', "headers": {"content-type": "application/json"}},
            400,
            "the body: not JSON: half a character is written with \\u",
        ),
        ("POST", "/v1/silences", {"json": {"x": "y" * 70_000}}, 413, "the body has over 65536 bytes"),
    ]
    for method, path, more, status, text in wrong:
        answer = served.ask(method, path, **more)
        assert (answer.status_code, answer.headers["content-type"].partition(";")[0]) == (status, "application/json")
        assert text in answer.json()["error"], answer.text
        assert answer.headers["cache-control"] == "no-store"


def test_a_store_that_is_away_is_a_503(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    async def away(*_: object) -> None:
        raise StoreError("Postgres did not return the alerts: connection refused")

    monkeypatch.setattr(served.store, "alerts", away)
    assert served.ask("GET", "/v1/alerts").status_code == 503


def test_what_nobody_foresaw_is_not_told(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    async def breaks(*_: object) -> None:
        raise ValueError("hunter2")

    monkeypatch.setattr(served.store, "alerts", breaks)
    answer = served.ask("GET", "/v1/alerts")
    assert (answer.status_code, "hunter2" in answer.text) == (500, False)


def test_callers_wait_for_their_own_rate(tokens: Path) -> None:
    now = [0.0]
    limits = RateLimits(Limiter(1, 3, lambda: now[0]), Limiter(1, 2, lambda: now[0]))
    with Served(tokens, limits).running() as served:
        asked = [served.ask("GET", "/v1/alerts", READER) for _ in range(4)]
        assert [answer.status_code for answer in asked] == [200, 200, 200, 429]
        assert asked[-1].headers["retry-after"] == "1"
        assert served.ask("GET", "/v1/alerts", ACTOR).status_code == 200
        assert [served.ask("GET", "/v1/alerts", "wrong").status_code for _ in range(3)] == [401, 401, 429]
        # Whoever guesses does not lock out who knows.
        assert served.ask("GET", "/v1/alerts", ACTOR).status_code == 200
        now[0] = 1.0
        assert served.ask("GET", "/v1/alerts", READER).status_code == 200


def test_tokens_are_reloaded_as_the_other_files_are(
    served: Served, tokens: Path, caplog: pytest.LogCaptureFixture
) -> None:
    reload = Reload("tokens", served.tokens.refresh, lambda: len(served.tokens.current), "what stands in it stays")
    token, line = new_token("cid", Role.READ)
    _change(tokens, f"{ACTOR_LINE}\n{line}\n{READER_LINE}\n", 1)
    assert asyncio.run(reload.tick()) is False
    assert served.ask("GET", "/v1/alerts", token).status_code == 200
    assert metrics.FILE_ENTRIES.labels("tokens")._value.get() == 3
    _change(tokens, f"{line}\nann read {token}\n", 2)
    assert asyncio.run(reload.tick()) is False
    assert served.ask("GET", "/v1/alerts", token).status_code == 200
    assert served.ask("GET", "/v1/alerts", ACTOR).status_code == 401
    assert metrics.FILE_ENTRIES.labels("tokens")._value.get() == 1
    assert "tokens: refused, what stands in it stays" in caplog.text
    assert token not in caplog.text


def test_a_changed_file_of_tokens_is_taken_and_a_wrong_one_is_not(served: Served, tokens: Path) -> None:
    token, line = new_token("cid", Role.READ)
    _change(tokens, f"{ACTOR_LINE}\n{line}\n", 1)
    assert served.tokens.refresh()
    assert served.ask("GET", "/v1/alerts", token).status_code == 200
    assert served.ask("GET", "/v1/alerts", READER).status_code == 401
    for number, wrong in enumerate([line, "eve write sha256:00", f"# x\neve read {token}", "\x07", "a" * 300_000], 2):
        _change(tokens, f"{line}\n{wrong}\n", number)
        with pytest.raises(SettingsError) as caught:
            served.tokens.refresh()
        assert token not in str(caught.value)
        assert served.ask("GET", "/v1/alerts", token).status_code == 200


@pytest.mark.parametrize("content", ["", "# nobody\n\n", "eve write sha256:00\n", None])
def test_a_token_that_no_longer_stands_in_the_file_is_taken_back(
    served: Served, tokens: Path, content: str | None
) -> None:
    before = tokens.read_text()
    assert served.tokens.warnings() == []
    if content is None:
        tokens.unlink()
    else:
        _change(tokens, content, 1)
    with suppress(SettingsError):
        served.tokens.refresh()
    assert served.ask("GET", "/v1/alerts", ACTOR).status_code == 401
    assert "nobody may ask" in served.tokens.warnings()[0]
    _change(tokens, before, 2)
    assert served.tokens.refresh()
    assert served.ask("GET", "/v1/alerts", ACTOR).status_code == 200
    assert served.tokens.warnings() == []


def test_of_a_wrong_file_a_token_with_another_role_does_not_stay(served: Served, tokens: Path) -> None:
    _change(tokens, f"{ACTOR_LINE.replace(' act ', ' read ')}\n{READER_LINE}\nwrong\n", 1)
    with pytest.raises(SettingsError):
        served.tokens.refresh()
    assert served.ask("GET", "/v1/alerts", ACTOR).status_code == 401
    assert served.ask("GET", "/v1/alerts", READER).status_code == 200
    assert "1 tokens that still stand in it" in served.tokens.warnings()[0]


def _change(path: Path, content: str, at: int) -> None:
    path.write_text(content)
    os.utime(path, ns=(at, at))


def test_a_token_stands_nowhere_but_with_its_holder(tokens: Path) -> None:
    assert READER not in tokens.read_text()
    assert READER not in repr(TokenFile(tokens).holder(READER))
    with pytest.raises(SettingsError, match="letters, digits"):
        new_token("a b", Role.READ)


def test_the_committed_document_is_that_of_the_code(served: Served) -> None:
    committed = json.loads((Path(__file__).parents[3] / "stream" / "schemas" / "openapi.json").read_text())
    assert committed == document() == served.ask("GET", "/v1/openapi.json", None).json()


def test_bytes_that_are_no_request_do_no_harm(served: Served) -> None:
    host, port = served.url.removeprefix("http://").split(":")
    for content in (b"\x16\x03\x01\x02\x00", b"GET / HTTP/9.9\r\n\r\n", b"A" * 100_000, b"GET /\0 HTTP/1.1\r\n\r\n"):
        with socket.create_connection((host, int(port)), timeout=120) as connection:
            connection.sendall(content)
            connection.shutdown(socket.SHUT_WR)
            with suppress(ConnectionError):
                connection.recv(1024)
    assert served.ask("GET", "/v1/alerts").status_code == 200


schemathesis.serializer.alias("application/x-ndjson", "text/plain")
SCHEMA = schemathesis.openapi.from_dict(document())


@pytest.fixture(scope="module")
def fuzzed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    path = tmp_path_factory.mktemp("api") / "tokens"
    path.write_text(f"{ACTOR_LINE}\n{PUBLISHER_LINE}\n")
    unlimited = RateLimits(Limiter(1e9, 1e9), Limiter(1e9, 1e9), Limiter(1e9, 1e9))
    with Served(path, unlimited).running() as served:
        yield served


@SCHEMA.parametrize()
@settings(max_examples=25, suppress_health_check=list(HealthCheck))
def test_the_api_keeps_to_its_document(case: Any, fuzzed: Served) -> None:
    # It takes for wrong what is not: an Authorization that it left out and we put in, a parameter whose empty list of
    # values leaves nothing in the request. What must be refused stands in the tests above.
    excluded: Any = [negative_data_rejection]
    # That a silence ends after it begins, that a matcher is one, and that a document has a text, no schema can say.
    if case.operation.label in ("POST /v1/silences", "POST /v1/documents"):
        excluded.append(positive_data_acceptance)
    token = PUBLISHER if case.operation.label == "POST /v1/documents" else ACTOR
    headers = {"Authorization": f"Bearer {token}"}
    case.call_and_validate(base_url=fuzzed.url, headers=headers, excluded_checks=excluded)
