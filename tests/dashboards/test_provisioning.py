"""What Grafana reads from files: the dead man's switch, and that all of it names what is there."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest
import yaml

from dashboards.build import committed, folder_of
from dashboards.kit.sql import AGE
from dashboards.names import FOLDER, SOURCES
from stream.embedded import Postgres
from stream.translation import LANGUAGES
from tests.dashboards.exposed import exposed
from tests.dashboards.filling import fill
from tests.dashboards.frames import connect
from tests.postgres import create_database

ROOT = Path(__file__).parents[2]
FILES = ROOT / "deploy/grafana/provisioning"


def _read(name: str) -> Any:
    return yaml.safe_load((FILES / name / "bellwether.yml").read_text())


ALERTING = _read("alerting/en")
RULE, *OTHERS = ALERTING["groups"][0]["rules"]
QUERY, THRESHOLD = RULE["data"]
SERVICES = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]


def test_the_rule_looks_at_postgres_and_has_somebody_to_tell() -> None:
    assert QUERY["datasourceUid"] in SOURCES
    assert {source["uid"]: source["type"] for source in _read("datasources")["datasources"]} == SOURCES
    assert RULE["condition"] == THRESHOLD["refId"] == THRESHOLD["model"]["refId"]
    assert THRESHOLD["model"]["expression"] == QUERY["refId"]
    assert THRESHOLD["model"]["conditions"] == [{"evaluator": {"type": "gt", "params": [300]}}]
    # No answer and no data are no all-clear.
    assert RULE["noDataState"] == RULE["execErrState"] == "Alerting"
    [point] = ALERTING["contactPoints"]
    assert RULE["notification_settings"]["receiver"] == point["name"]
    assert point["receivers"][0]["settings"]["url"] == "${GRAFANA_ALERT_URL}"
    assert "GRAFANA_ALERT_URL:?" in SERVICES["grafana"]["environment"]["GRAFANA_ALERT_URL"]


def test_the_rule_leads_to_a_panel_that_is_there() -> None:
    panels = committed()[RULE["dashboardUid"]]["panels"]
    assert next(panel["title"] for panel in panels if panel["id"] == RULE["panelId"]) == "How old is the data?"


PANELS = {
    "bellwether-partition-stands": "Does a partition stand still?",
    "bellwether-loop-silent": "Is a loop of a worker silent?",
    "bellwether-redis-full": "How full is Redis?",
    "bellwether-receiver-fails": "Do messages arrive?",
}


def test_what_stands_still_is_told_too_and_leads_to_its_panel() -> None:
    titles = {panel["id"]: panel["title"] for panel in committed()["bellwether-pipeline"]["panels"]}
    assert {rule["uid"]: titles[rule["panelId"]] for rule in OTHERS} == PANELS
    for rule in OTHERS:
        query, threshold = rule["data"]
        assert SOURCES[query["datasourceUid"]] == "prometheus"
        assert set(re.findall(r"bellwether_\w+", query["model"]["expr"])) <= exposed()
        assert rule["condition"] == threshold["refId"] == threshold["model"]["refId"]
        assert threshold["model"]["expression"] == query["refId"] == query["model"]["refId"]
        assert rule["notification_settings"] == RULE["notification_settings"]


def test_grafana_has_all_files_and_one_folder() -> None:
    *short, rules = sorted(SERVICES["grafana"]["volumes"], key=lambda volume: isinstance(volume, dict))
    mounted = dict(volume.removesuffix(":ro").rsplit(":", 1) for volume in short)
    for name in ("datasources", "dashboards"):
        assert mounted[f"./deploy/grafana/provisioning/{name}"] == f"/etc/grafana/provisioning/{name}"
    assert rules["source"] == "./deploy/grafana/provisioning/alerting/${BELLWETHER_LANGUAGE:-en}"
    assert rules["target"] == "/etc/grafana/provisioning/alerting"
    assert rules["read_only"]
    [provider] = _read("dashboards")["providers"]
    for language in LANGUAGES:
        path = provider["options"]["path"].replace("${BELLWETHER_LANGUAGE}", language)
        assert mounted[f"./{folder_of(language).relative_to(ROOT)}"] == path
    # One setting for what workers write and for what Grafana shows.
    assert SERVICES["grafana"]["environment"]["BELLWETHER_LANGUAGE"] == "${BELLWETHER_LANGUAGE:-en}"
    assert "BELLWETHER_LANGUAGE" in SERVICES["worker"]["environment"]
    assert provider["folder"] == ALERTING["groups"][0]["folder"] == FOLDER


def test_the_rules_are_there_in_each_language_and_differ_in_words_alone() -> None:
    assert {path.name for path in (FILES / "alerting").iterdir()} == set(LANGUAGES)
    for language in LANGUAGES:
        alerting = _read(f"alerting/{language}")
        for rule, english in zip(alerting["groups"][0]["rules"], (RULE, *OTHERS), strict=True):
            words = [rule["title"], *rule["annotations"].values()]
            assert language == "en" or all(re.search("[\u4e00-\u9fff]", text) for text in words)
            assert rule["annotations"].keys() == english["annotations"].keys()
            rule |= {"title": english["title"], "annotations": english["annotations"]}
        assert alerting == ALERTING


@pytest.mark.parametrize("ahead", ["1 minute", "55 minutes", "23 hours"])
def test_a_document_ahead_of_the_clock_hides_no_pipeline_that_stands(
    postgres: Postgres, template: str, ahead: str
) -> None:
    url = create_database(postgres, template=template)
    fill(url, datetime.now(UTC))
    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as owner:
        owner.execute("UPDATE series_minutes SET minute = minute - interval '10 minutes'")
        newest = "minute = (SELECT max(minute) FROM series_minutes) AND series LIKE 'entry:%%'"
        owner.execute(f"UPDATE series_minutes SET minute = now() + %s::interval WHERE {newest}", [ahead])  # noqa: S608
    with connect(url) as connection:
        [(age,)] = connection.execute(QUERY["model"]["rawSql"]).fetchall()
        [(shown,)] = connection.execute(AGE).fetchall()
    assert 500 < age < 1_000_000
    assert float(shown) == pytest.approx(age, abs=1)


@pytest.mark.parametrize(("rows", "shift", "fires"), [(0, "0", True), (1, "0", False), (1, "10 minutes", True)])
def test_the_rule_fires_when_nothing_is_new(
    postgres: Postgres, template: str, rows: int, shift: str, *, fires: bool
) -> None:
    url = create_database(postgres, template=template)
    if rows:
        fill(url, datetime.now(UTC))
    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as owner:
        owner.execute("UPDATE series_minutes SET minute = minute - %s::interval", [shift])
    with connect(url) as connection:
        [(age,)] = connection.execute(QUERY["model"]["rawSql"]).fetchall()
    assert (age > THRESHOLD["model"]["conditions"][0]["evaluator"]["params"][0]) is fires
