"""The deployment files: valid for the tools that read them, right about each other, and closed by default."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator, Mapping
from fnmatch import fnmatch
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from stream.settings import Settings, load_settings
from stream.settings_files import CONFIG, SECRETS
from stream.translation import LANGUAGES

ROOT = Path(__file__).parents[2]
COMPOSE, GPU = ROOT / "docker-compose.yml", ROOT / "docker-compose.gpu.yml"
DATASOURCES = ROOT / "deploy/grafana/provisioning/datasources/bellwether.yml"
DASHBOARDS = ROOT / "deploy/grafana/provisioning/dashboards/bellwether.yml"
PROMETHEUS = ROOT / "deploy/prometheus.yml"
ONE_SHOT = {"setup"}
# ${NAME}, ${NAME:-default}, ${NAME:?message}; Compose writes a plain dollar as $$.
VARIABLE = re.compile(r"(?<!\$)(?:\$\$)*\$\{(?P<name>\w+)(?::(?P<kind>[?-])(?P<rest>[^}]*))?\}")
SECRET = re.compile("PASSWORD|SECRET|TOKEN")


@cache
def _yaml(path: Path) -> Any:
    return yaml.safe_load(path.read_text())


def _merged(base: Any, override: Any) -> Any:
    """Merge as Compose does for what our override holds: mappings key by key, all else replaced."""
    if not isinstance(base, dict) or not isinstance(override, dict):
        return override
    return base | {key: _merged(base[key], value) if key in base else value for key, value in override.items()}


def _texts(node: Any) -> Iterator[str]:
    if isinstance(node, Mapping):
        for value in node.values():
            yield from _texts(value)
    elif isinstance(node, list):
        for value in node:
            yield from _texts(value)
    elif isinstance(node, str):
        yield node


def _variables(*paths: Path) -> dict[str, set[str]]:
    """Return what the files take from outside: name -> how ("?" required, "-" default, "=" handed through)."""
    found: dict[str, set[str]] = {}
    for path in paths:
        for text in _texts(_yaml(path)):
            for match in VARIABLE.finditer(text):
                found.setdefault(match["name"], set()).add(match["kind"] or "")
        for service in _yaml(path)["services"].values():
            for name, value in service.get("environment", {}).items():
                if value is None:
                    found.setdefault(name, set()).add("=")
    return found


SERVICES: dict[str, dict[str, Any]] = _yaml(COMPOSE)["services"]
WITH_GPU = _merged(_yaml(COMPOSE), _yaml(GPU))


@pytest.mark.parametrize("document", [_yaml(COMPOSE), _yaml(GPU), WITH_GPU], ids=["plain", "override", "gpu"])
def test_compose_files_follow_the_compose_specification(document: Any, tmp_path: Path) -> None:
    copy = tmp_path / "compose.json"
    copy.write_text(json.dumps(document))
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec", str(copy)]
    said = subprocess.run(command, capture_output=True, text=True, check=False)
    assert said.returncode == 0, said.stdout + said.stderr


def _compose(values: Mapping[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the real Compose, which needs no engine to check a file; skip where it is not installed."""
    command = ["docker", "compose"]
    if not shutil.which("docker") or subprocess.run([*command, "version"], capture_output=True, check=False).returncode:
        pytest.skip("docker compose is not installed")
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "DOCKER_CONFIG") if name in os.environ}
    command += ["--project-directory", str(ROOT), "--env-file", os.devnull, *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, env=kept | dict(values))


REQUIRED = sorted(name for name, kinds in _variables(COMPOSE, GPU).items() if "?" in kinds)
FILLED = {name: f"value-of-{name.lower()}" for name in REQUIRED}


def test_compose_itself_accepts_the_files_and_agrees_with_us_on_the_merge() -> None:
    said = _compose(FILLED, "-f", str(COMPOSE), "-f", str(GPU), "config", "--format", "json")
    assert said.returncode == 0, said.stderr
    worker = json.loads(said.stdout)["services"]["worker"]
    assert worker["build"]["args"] == WITH_GPU["services"]["worker"]["build"]["args"]
    assert worker["environment"]["BELLWETHER_REDIS"] == "redis://:value-of-redis_password@redis:6379/0"
    assert {port["host_ip"] for port in worker["ports"]} == {"127.0.0.1"}


@pytest.mark.parametrize("missing", REQUIRED)
def test_compose_refuses_to_start_without(missing: str) -> None:
    said = _compose(FILLED | {missing: ""}, "-f", str(COMPOSE), "config", "--quiet")
    assert said.returncode != 0
    assert f"{missing} is missing a value: is not set; see env.example" in said.stderr


@pytest.mark.parametrize("name", SERVICES)
def test_every_service_is_watched_and_may_do_no_more_than_it_needs(name: str) -> None:
    service = SERVICES[name]
    assert service["restart"] == ("no" if name in ONE_SHOT else "unless-stopped")
    assert ("healthcheck" in service) == (name not in ONE_SHOT)
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["logging"]["options"].keys() == {"max-size", "max-file"}
    assert "mem_limit" in service
    assert not service.get("privileged")
    assert service.get("network_mode") is None
    for port in service.get("ports", []):
        assert re.fullmatch(r"127\.0\.0\.1:\d+:\d+", port), f"{port} is open beyond this host"


@pytest.mark.parametrize("name", SERVICES)
def test_every_service_runs_a_pinned_image_as_another_user_than_root(name: str) -> None:
    service = SERVICES[name]
    if "build" in service:
        assert service["read_only"]
        assert "user" not in service  # the Dockerfile's, which has its own test
        assert "image" not in service  # Compose would look for it on Docker Hub
        return
    assert re.search(r":v?\d+(\.\d+)*$", service["image"]), f"{service['image']} is not pinned"
    assert service["user"] not in {"root", "0"}


def _mount(volume: str | dict[str, Any]) -> tuple[str, str, bool]:
    """Return what is mounted, where, and whether it is for reading alone; of either way to write it."""
    if isinstance(volume, dict):
        return volume["source"], volume["target"], volume.get("read_only", False)
    source, target = volume.removesuffix(":ro").rsplit(":", 1)
    return source, target, volume.endswith(":ro")


def test_state_is_in_named_volumes_and_what_is_mounted_exists() -> None:
    volumes = _yaml(COMPOSE)["volumes"]
    used = set()
    for service in SERVICES.values():
        for volume in service.get("volumes", []):
            source, _, read_only = _mount(volume)
            if source.startswith("./"):
                for language in LANGUAGES:
                    assert (ROOT / source.replace("${BELLWETHER_LANGUAGE:-en}", language)).exists()
                assert read_only
            else:
                used.add(source)
    assert used == set(volumes)


def test_the_worker_waits_for_its_servers_and_for_the_setup() -> None:
    waits = {name: item["condition"] for name, item in SERVICES["worker"]["depends_on"].items()}
    servers = dict.fromkeys(("kafka", "redis", "postgres"), "service_healthy")
    assert waits == {"setup": "service_completed_successfully"} | servers
    assert SERVICES["setup"]["environment"] == SERVICES["worker"]["environment"]


def test_every_secret_is_required_or_unset_and_none_stands_on_a_command_line() -> None:
    for name, kinds in _variables(COMPOSE, GPU).items():
        if SECRET.search(name):
            assert kinds in ({"?"}, {"="}), f"{name} has a default"
    for service in SERVICES.values():
        for key in ("command", "entrypoint"):
            assert not [name for text in _texts(service.get(key, [])) for name in _interpolated(text) if _secret(name)]


def _interpolated(text: str) -> list[str]:
    return [match["name"] for match in VARIABLE.finditer(text)]


def _secret(name: str) -> bool:
    return SECRET.search(name) is not None


def test_env_example_names_every_variable_and_gives_away_no_secret() -> None:
    lines = (ROOT / "env.example").read_text().splitlines()
    given = dict(line.split("=", 1) for line in lines if re.match(r"[A-Z]\w*=", line))
    optional = dict(line.removeprefix("# ").split("=", 1) for line in lines if re.match(r"# [A-Z]\w*=", line))
    variables = _variables(COMPOSE, GPU)
    assert given == dict.fromkeys(REQUIRED, "")
    # An empty value is not an unset one: what is optional must stay a comment.
    assert optional.keys() == variables.keys() - given.keys()
    # A file's place in the container is no secret.
    assert not [n for n, value in optional.items() if _secret(n) and value and not value.startswith("/etc/bellwether/")]
    assert "/.env" in (ROOT / ".gitignore").read_text().splitlines()


def test_every_bellwether_variable_is_a_setting() -> None:
    known = {f"BELLWETHER_{name.upper()}" for name in Settings.model_fields} | {CONFIG, SECRETS}
    used = {name for service in WITH_GPU["services"].values() for name in service.get("environment", {})}
    assert {name for name in used if name.startswith("BELLWETHER_")} <= known


def test_the_settings_of_the_worker_are_valid(monkeypatch: pytest.MonkeyPatch) -> None:
    environment = WITH_GPU["services"]["worker"]["environment"]
    for name, value in environment.items():
        if value is None:
            monkeypatch.delenv(name, raising=False)
        else:
            monkeypatch.setenv(name, VARIABLE.sub("x", value))
    settings = load_settings()
    assert settings.webhook_url is None
    assert settings.redis.get_secret_value() == "redis://:x@redis:6379/0"
    assert settings.provider == "cuda"


def test_a_file_of_sources_reaches_the_worker_by_the_path_that_env_example_gives() -> None:
    worker = SERVICES["worker"]
    assert {"BELLWETHER_FEEDS", "BELLWETHER_FEEDS_CONTACT"} <= worker["environment"].keys()
    found = re.search(r"^# BELLWETHER_FEEDS=(\S+)$", (ROOT / "env.example").read_text(), re.MULTILINE)
    assert found is not None
    inside = Path(found[1])
    folders = [volume.split(":")[0] for volume in worker["volumes"] if volume.split(":")[1] == str(inside.parent)]
    assert folders == ["./deploy/feeds"]
    # It is the folder that the text beside it and the docs name, and a person's file in it never reaches a commit.
    assert f"feeds init {folders[0].removeprefix('./')}/{inside.name}" in (ROOT / "env.example").read_text()
    assert f"`{inside}`" in (ROOT / "docs/feeds.md").read_text()
    assert (ROOT / folders[0] / ".gitignore").read_text().splitlines()[1:] == ["*", "!.gitignore"]


def test_what_a_desk_needs_reaches_the_worker_from_one_folder_of_its_own() -> None:
    own = "./deploy/own:/etc/bellwether/own:ro"
    # What makes the tables and topics reads BELLWETHER_CONFIG, too.
    assert all(own in SERVICES[name]["volumes"] for name in ("setup", "worker"))
    given = dict(
        re.findall(r"^# (BELLWETHER_\w+)=/etc/bellwether/own/(\S+)$", (ROOT / "env.example").read_text(), re.MULTILINE)
    )
    assert given.keys() == {f"BELLWETHER_{name}" for name in ("WATCHLIST", "RULES", "ROUTES", "API_TOKENS", "CONFIG")}
    assert all(SERVICES["worker"]["environment"][name] is None for name in given)
    assert (ROOT / "deploy/own/.gitignore").read_text().splitlines()[1:] == ["*", "!.gitignore"]


def test_the_gpu_override_changes_the_worker_only() -> None:
    assert set(_yaml(GPU)["services"]) == {"worker"}
    worker = WITH_GPU["services"]["worker"]
    assert (SERVICES["worker"]["build"]["args"], worker["build"]["args"]) == ({"EXTRA": "cpu"}, {"EXTRA": "gpu"})
    devices = worker["deploy"]["resources"]["reservations"]["devices"]
    assert devices == [{"driver": "nvidia", "count": 1, "capabilities": ["gpu"]}]


def test_kafka_has_a_listener_for_each_side() -> None:
    kafka = SERVICES["kafka"]["environment"]
    listeners = dict(item.split("://") for item in kafka["KAFKA_LISTENERS"].split(","))
    advertised = dict(item.split("://") for item in kafka["KAFKA_ADVERTISED_LISTENERS"].split(","))
    protocols = dict(item.split(":") for item in kafka["KAFKA_LISTENER_SECURITY_PROTOCOL_MAP"].split(","))
    controller = kafka["KAFKA_CONTROLLER_LISTENER_NAMES"]
    assert listeners.keys() == protocols.keys() == advertised.keys() | {controller}
    assert kafka["KAFKA_CONTROLLER_QUORUM_VOTERS"] == f"{kafka['KAFKA_NODE_ID']}@{listeners[controller]}"
    assert SERVICES["worker"]["environment"]["BELLWETHER_KAFKA"] == advertised["INTERNAL"]
    assert kafka["KAFKA_INTER_BROKER_LISTENER_NAME"] == "INTERNAL"
    # The port is mapped to itself: the address that is advertised to the host is the one that is published there.
    assert SERVICES["kafka"]["ports"] == [f"{advertised['HOST']}{listeners['HOST']}"]


def test_kafka_suits_one_node_and_keeps_what_redis_can_be_rebuilt_from() -> None:
    kafka = SERVICES["kafka"]["environment"]
    assert {value for name, value in kafka.items() if name.endswith(("REPLICATION_FACTOR", "MIN_ISR"))} == {"1"}
    assert kafka["KAFKA_AUTO_CREATE_TOPICS_ENABLE"] == "false"
    assert SERVICES["kafka"]["volumes"] == [f"kafka:{kafka['KAFKA_LOG_DIRS']}"]
    assert int(kafka["KAFKA_LOG_RETENTION_HOURS"]) >= Settings.model_fields["keep_hours"].default + 24


def test_the_ports_of_the_worker_are_the_same_everywhere_and_open_to_this_machine_alone() -> None:
    worker = SERVICES["worker"]
    port, api = (worker["environment"][f"BELLWETHER_{name}_PORT"] for name in ("HTTP", "API"))
    assert {worker["environment"][f"BELLWETHER_{name}_HOST"] for name in ("HTTP", "API")} == {"0.0.0.0"}  # inside
    assert worker["ports"] == [f"127.0.0.1:{port}:{port}", f"127.0.0.1:{api}:{api}"]
    assert f"http://127.0.0.1:{port}/healthz" in worker["healthcheck"]["test"][-1]
    targets = {job["job_name"]: job["static_configs"][0]["targets"] for job in _yaml(PROMETHEUS)["scrape_configs"]}
    assert targets["bellwether"] == [f"worker:{port}"]


def test_the_prometheus_file_is_valid() -> None:
    if not (promtool := shutil.which("promtool")):
        pytest.skip("promtool is not installed (Debian: apt-get install prometheus)")
    said = subprocess.run([promtool, "check", "config", str(PROMETHEUS)], capture_output=True, text=True, check=False)
    assert said.returncode == 0, said.stdout + said.stderr


def test_grafana_reads_postgres_and_prometheus_under_fixed_uids() -> None:
    sources = {source["uid"]: source for source in _yaml(DATASOURCES)["datasources"]}
    assert sources.keys() == {"bellwether-postgres", "bellwether-prometheus"}
    postgres, prometheus = sources["bellwether-postgres"], sources["bellwether-prometheus"]
    assert postgres["type"] == "grafana-postgresql-datasource"
    assert postgres["url"] == "postgres:5432"
    assert postgres["jsonData"]["database"] == SERVICES["postgres"]["environment"]["POSTGRES_DB"]
    assert "database" not in postgres
    assert postgres["user"] == "grafana_reader"
    assert (prometheus["type"], prometheus["url"]) == ("prometheus", "http://prometheus:9090")
    assert prometheus["jsonData"]["timeInterval"] == _yaml(PROMETHEUS)["global"]["scrape_interval"]


def test_a_folder_that_a_variable_names_is_never_made_empty() -> None:
    """BELLWETHER_LANGUAGE=zh-CN is a language to the worker; Docker would make its folder, without a rule in it."""
    named = [volume for service in SERVICES.values() for volume in service.get("volumes", []) if "${" in str(volume)]
    assert len(named) == 1
    assert all(isinstance(volume, dict) and volume["bind"] == {"create_host_path": False} for volume in named)


def test_grafana_has_the_password_and_the_dashboards_that_its_files_name() -> None:
    grafana = SERVICES["grafana"]
    secrets = [
        secret for source in _yaml(DATASOURCES)["datasources"] for secret in _texts(source.get("secureJsonData"))
    ]
    assert secrets == ["${GRAFANA_READER_PASSWORD}"]
    password = grafana["environment"]["GRAFANA_READER_PASSWORD"]
    assert password == SERVICES["postgres"]["environment"]["GRAFANA_READER_PASSWORD"]
    mounts = {_mount(volume)[1] for volume in grafana["volumes"]}
    paths = {provider["options"]["path"] for provider in _yaml(DASHBOARDS)["providers"]}
    for language in LANGUAGES:
        assert {path.replace("${BELLWETHER_LANGUAGE}", language) for path in paths} <= mounts
    assert "getenv password GRAFANA_READER_PASSWORD" in (ROOT / "deploy/postgres/10-grafana-reader.sql").read_text()


def _instructions() -> list[tuple[str, str]]:
    """Return the Dockerfile's instructions, comments and line continuations taken out."""
    lines = [line for line in (ROOT / "Dockerfile").read_text().splitlines() if not re.match(r"\s*(#|$)", line)]
    joined = re.sub(r"\\\n\s*", "", "\n".join(lines)).splitlines()
    return [(name, rest) for name, _, rest in (line.partition(" ") for line in joined)]


def test_the_image_is_pinned_and_runs_as_nobody_in_particular() -> None:
    instructions = _instructions()
    base = dict(rest.split("=", 1) for name, rest in instructions if name == "ARG")["BASE"]
    version = re.fullmatch(r"python:(3\.\d+)-slim-\w+", base)
    assert version
    supported = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["requires-python"].removeprefix(">=")
    assert tuple(map(int, version[1].split("."))) >= tuple(map(int, supported.split(".")))
    assert {rest.split(" ")[0] for name, rest in instructions if name == "FROM"} == {"${BASE}"}
    final = instructions[max(index for index, (name, _) in enumerate(instructions) if name == "FROM") :]
    assert [rest for name, rest in final if name == "USER"] == ["10001:10001"]
    assert [rest for name, rest in final if name in {"ENTRYPOINT", "CMD"}] == ['["bellwether"]', '["worker"]']
    assert [rest for name, rest in final if name == "COPY"] == ["--from=build /opt/venv /opt/venv"]
    assert not [rest for name, rest in instructions if name == "ADD" or (name in {"ARG", "ENV"} and _secret(rest))]


def _ignored(path: str) -> bool:
    """Say whether .dockerignore keeps ``path`` from the builder: the last rule that matches it or a parent decides."""
    folders = [path, *(str(parent) for parent in Path(path).parents if str(parent) != ".")]
    ignored = False
    for line in (ROOT / ".dockerignore").read_text().splitlines():
        if not line or line.startswith("#"):
            continue
        pattern = line.removeprefix("!")
        candidates = [Path(folder).name for folder in folders] if pattern.startswith("**/") else folders
        if any(fnmatch(candidate, pattern.removeprefix("**/")) for candidate in candidates):
            ignored = not line.startswith("!")
    return ignored


def test_the_builder_gets_what_it_copies_and_nothing_else() -> None:
    copied = {
        source
        for name, rest in _instructions()
        if name == "COPY" and not rest.startswith("--from")
        for source in rest.split(" ")[:-1]
    }
    assert copied == {"pyproject.toml", "README.md", "LICENSE", "models", "stream", "dashboards", "deploy/locks"}
    for source in (*copied, "models/artifacts/minilm-l5/model.onnx", "stream/adapters/redis/lua/add.lua"):
        assert (ROOT / source).exists()
        assert not _ignored(source)
    for hidden in (".env", ".git/config", "env.example", "tests/conftest.py", "stream/__pycache__/app.cpython-313.pyc"):
        assert _ignored(hidden)
