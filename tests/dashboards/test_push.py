"""`bellwether dashboards push` and `verify` against a server that keeps what it was asked, and ones that refuse."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner

from dashboards.build import committed
from dashboards.grafana.client import Grafana, GrafanaError, login
from dashboards.grafana.push import Sources, push
from dashboards.grafana.verify import verify
from stream.cli import app
from stream.errors import BellwetherError, SettingsError
from stream.translation import choose_language
from tests.dashboards.recording import PASSWORD, TOKEN, USER, Recording, serving

ROOT = Path(__file__).parents[2]
SOURCES = Sources("db.example:5432", password="secret word", prometheus="http://prometheus.example:9090")
BOARDS = committed()


@pytest.fixture
def grafana() -> Iterator[Recording]:
    with serving(Recording()) as state:
        yield state


def _push(state: Recording, auth: Any = TOKEN, sources: Sources = SOURCES) -> list[str]:
    return list(push(Grafana(state.url, auth), BOARDS, sources))


@pytest.mark.parametrize("auth", [TOKEN, (USER, PASSWORD)], ids=["token", "user"])
def test_the_first_push_makes_everything_and_the_second_nothing(grafana: Recording, auth: Any) -> None:
    said = _push(grafana, auth)
    assert said == [
        "Grafana 13.2.2",
        "folder Bellwether: created",
        "data source bellwether-postgres: created",
        "data source bellwether-prometheus: created",
        *(f"dashboard {uid}: created" for uid in BOARDS),
    ]
    assert grafana.changes == ["POST /api/folders", *["POST /api/datasources"] * 2, *["POST /api/dashboards/db"] * 4]
    grafana.requests.clear()
    assert {line.split(": ")[1] for line in _push(grafana, auth)[1:]} == {"unchanged"}
    assert grafana.changes == []


def test_what_is_sent_is_the_dashboard_in_its_folder(grafana: Recording) -> None:
    _push(grafana)
    sent = [body for _, path, body in grafana.requests if path == "/api/dashboards/db"]
    assert {body["dashboard"]["uid"]: body["dashboard"] for body in sent} == {
        uid: {**content, "id": None} for uid, content in BOARDS.items()
    }
    assert {(body["folderUid"], body["overwrite"]) for body in sent} == {("bellwether", True)}


def test_data_sources_are_those_of_the_provisioning(grafana: Recording) -> None:
    _push(grafana)
    files = yaml.safe_load((ROOT / "deploy/grafana/provisioning/datasources/bellwether.yml").read_text())["datasources"]
    for file in files:
        sent = grafana.sources[file["uid"]]
        assert sent["type"] == file["type"]
        assert sent["jsonData"] | {"sslmode": ""} == file["jsonData"] | {"sslmode": ""}
    assert grafana.sources["bellwether-postgres"]["jsonData"]["sslmode"] == "verify-full"
    assert grafana.sources["bellwether-postgres"]["secureJsonData"] == {"password": "secret word"}


def test_only_what_was_changed_is_written_again(grafana: Recording) -> None:
    _push(grafana)
    grafana.dashboards["bellwether-alert"]["dashboard"]["panels"][0]["title"] = "Mine"
    grafana.dashboards["bellwether-series"]["meta"]["folderUid"] = "elsewhere"
    grafana.dashboards["bellwether-overview"]["dashboard"]["panels"][0]["pluginVersion"] = (
        "13.2.2"  # Grafana's addition
    )
    grafana.requests.clear()
    said = _push(grafana, sources=Sources())  # nothing is asked of who has the data sources already
    assert [line for line in said if line.endswith("updated")] == [
        "dashboard bellwether-alert: updated",
        "dashboard bellwether-series: updated",
    ]
    assert grafana.changes == ["POST /api/dashboards/db"] * 2


def test_grafana_may_be_served_under_a_path() -> None:
    with serving(Recording(prefix="/ops/grafana")) as state:
        assert _push(state)[0] == "Grafana 13.2.2"
        assert Grafana(state.url + "/", TOKEN).url == state.url


@pytest.mark.parametrize(
    ("request_", "answer", "said"),
    [
        ("*", (401, {"message": "Unauthorized"}), r"does not know this login \(401\): check GRAFANA_TOKEN"),
        (
            "POST /api/folders",
            (403, {"message": "Forbidden"}),
            r"did not create folder 'Bellwether' \(403\).*role Admin",
        ),
        (
            "POST /api/dashboards/db",
            (412, {"message": "name exists"}),
            r"did not save .*\(412\): name exists; something",
        ),
        ("POST /api/dashboards/db", (500, {"message": "boom"}), r"failed to save .*\(500\): boom; its log"),
        ("POST /api/dashboards/db", (502, "<html>"), r"failed to save .*\(502\): <html>"),
        (
            "POST /api/dashboards/db",
            (400, {"message": "Cannot save provisioned dashboard"}),
            r"\(400\): .*comes from a file there",
        ),
        ("GET /api/health", (200, "<html>hello</html>"), "no JSON came; is the URL right"),
        ("GET /api/health", (200, {"database": "ok"}), "its health names no version"),
        ("GET /api/health", (404, {"message": "Not found"}), r"did not tell its version \(404\).*path"),
    ],
)
def test_a_refusal_says_what_and_why(grafana: Recording, request_: str, answer: Any, said: str) -> None:
    grafana.refuse[request_] = answer
    with pytest.raises(GrafanaError, match=said) as caught:
        _push(grafana)
    assert TOKEN not in str(caught.value)
    assert "secret word" not in str(caught.value)


@pytest.mark.parametrize("version", ["12.4.0", "9.5.21"])
def test_an_old_grafana_is_not_touched(version: str) -> None:
    with serving(Recording(version)) as state:
        with pytest.raises(GrafanaError, match=f"is {version}, too old: these dashboards need 13"):
            _push(state)
        assert state.changes == []


def test_nobody_answers() -> None:
    with pytest.raises(GrafanaError, match=r"http://127.0.0.1:1 cannot be reached \(ConnectionError\)"):
        list(push(Grafana("http://127.0.0.1:1", TOKEN), BOARDS, SOURCES))


@pytest.mark.parametrize("url", ["grafana:3000", "ftp://x", "http://", "http://u:p@h", "http://h:port"])
def test_a_url_that_is_none_is_refused(url: str) -> None:
    with pytest.raises(SettingsError, match="URL of Grafana"):
        Grafana(url, TOKEN)


def test_a_missing_data_source_must_be_described(grafana: Recording) -> None:
    with pytest.raises(SettingsError, match=r"'bellwether-postgres' is not there yet: .*GRAFANA_READER_PASSWORD"):
        _push(grafana, sources=Sources("db:5432"))
    with pytest.raises(SettingsError, match="'bellwether-prometheus' is not there yet"):
        _push(grafana, sources=Sources("db:5432", password="x"))
    grafana.sources["bellwether-prometheus"] = {"type": "loki"}
    with pytest.raises(SettingsError, match="is of type 'loki' there, not 'prometheus'"):
        _push(grafana)


def test_the_login_comes_from_the_environment_or_files(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("GRAFANA_TOKEN", "GRAFANA_USER", "GRAFANA_PASSWORD"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(SettingsError, match="set GRAFANA_TOKEN"):
        login()
    (tmp_path / "password").write_text("from a file\n")
    monkeypatch.setenv("GRAFANA_USER", "me")
    monkeypatch.setenv("GRAFANA_PASSWORD_FILE", str(tmp_path / "password"))
    assert login() == ("me", "from a file")
    monkeypatch.setenv("GRAFANA_TOKEN_FILE", str(tmp_path / "nowhere"))
    with pytest.raises(SettingsError, match=r"GRAFANA_TOKEN_FILE: .*No such file"):
        login()


NOW = datetime.now(UTC)


def test_verify_asks_for_everything_as_grafanas_front_end_would(grafana: Recording) -> None:
    _push(grafana)
    findings = list(verify(Grafana(grafana.url, TOKEN), BOARDS, NOW))
    assert [finding for finding in findings if not finding.ok] == []
    assert len(findings) == 1 + 2 + len(BOARDS) + sum(len(content["panels"]) for content in BOARDS.values())
    queries = [query for _, path, body in grafana.requests if path == "/api/ds/query" for query in body["queries"]]
    texts = [query.get("rawSql") or query["expr"] for query in queries]
    assert any("'topic:O''Brien'" in text for text in texts)
    assert not [text for text in texts if "${" in text or "$stage" in text]
    assert any("$__timeFilter(minute)" in text for text in texts)  # that is the server's to expand
    assert all(query["intervalMs"] >= 1000 for query in queries)


def test_verify_goes_on_where_something_does_not_work(grafana: Recording) -> None:
    _push(grafana)
    del grafana.dashboards["bellwether-alert"]
    grafana.refuse["GET /api/datasources/uid/bellwether-postgres/health"] = (400, {"message": "password wrong"})
    grafana.results = lambda query: (
        {"status": 500, "error": "pq: no such table"} if "alert_evidence" in query.get("rawSql", "") else {"frames": []}
    )
    bad = {
        finding.subject: finding.message
        for finding in verify(Grafana(grafana.url, TOKEN), BOARDS, NOW)
        if not finding.ok
    }
    assert "password wrong" in bad.pop("data source bellwether-postgres")
    assert bad.pop("dashboard bellwether-alert") == "is not there; push it"
    assert set(bad.values()) == {"query A: pq: no such table"}
    assert set(bad) == {
        "bellwether-alert / Which documents about $name prove it?",
        "bellwether-alert / How many sources stand behind it?",
        "bellwether-alert / Would it have fired without its biggest voice?",
        "bellwether-alert / What was last written of it before?",
    }


def test_the_commands(grafana: Recording, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRAFANA_TOKEN", TOKEN)
    monkeypatch.setenv("GRAFANA_READER_PASSWORD", "reader")
    run = CliRunner().invoke
    where = ["--url", grafana.url]
    pushed = run(app, ["dashboards", "push", *where, "--postgres", "db:5432", "--prometheus", "http://p:9090"])
    assert pushed.exit_code == 0, pushed.output
    assert f"{grafana.url}/d/bellwether-overview" in pushed.output
    verified = run(app, ["dashboards", "verify", *where])
    assert verified.exit_code == 0, verified.output
    assert "all works" in verified.output
    grafana.results = lambda query: {"error": "no"}
    assert run(app, ["dashboards", "verify", *where]).exit_code == 1
    monkeypatch.setenv("GRAFANA_TOKEN", "wrong")
    failed = run(app, ["dashboards", "push", *where])
    assert isinstance(failed.exception, BellwetherError)
    assert run(app, ["dashboards", "check"]).exit_code == 0
    assert "current" in run(app, ["dashboards", "build"]).output


def test_the_commands_push_and_verify_in_the_language_that_is_set(
    grafana: Recording, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GRAFANA_TOKEN", TOKEN)
    monkeypatch.setenv("GRAFANA_READER_PASSWORD", "reader")
    where = ["--url", grafana.url]
    choose_language("zh")
    try:
        sources = ["--postgres", "db:5432", "--prometheus", "http://p:9090"]
        assert CliRunner().invoke(app, ["dashboards", "push", *where, *sources]).exit_code == 0
        assert (
            "bellwether-overview / 现在有异常吗？" in CliRunner().invoke(app, ["dashboards", "verify", *where]).output
        )
    finally:
        choose_language("en")
    sent = [body["dashboard"] for _, path, body in grafana.requests if path == "/api/dashboards/db"]
    assert [content["title"] for content in sent] == [content["title"] for content in committed("zh").values()]


def test_what_is_committed_is_json_of_one_size() -> None:
    # Grafana refuses dashboards over some megabytes; ours stay far below.
    assert all(len(json.dumps(content)) < 100_000 for content in BOARDS.values())
