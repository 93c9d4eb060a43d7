"""The Helm chart: valid for Helm and Kubernetes, right about the program that it runs, and closed by default."""

from __future__ import annotations

import itertools
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import kubernetes_validate
import pytest
import yaml
from typer.main import get_command

from stream.cli import app
from stream.pipeline.topics import Topics
from stream.settings import Settings, load_settings
from stream.settings_files import CONFIG, SECRETS
from stream.worker.consumer_groups import group_of
from stream.worker.stage_names import StageName

ROOT = Path(__file__).parents[2]
CHART = ROOT / "deploy/helm"
REQUIRED = {"kafka.servers": "k:9092", "secret": "s"}
FULL = {
    **REQUIRED,
    "kafka.tokenAudience": "kafka",
    "autoscaling.type": "keda",
    "autoscaling.kedaAuthentication": "kafka",
    "api.enabled": "true",
    "metrics.podMonitor": "true",
    r"files.rules\.yaml": "rules: []",
    r"files.watchlist\.yaml": "- name: Acme",
    r"files.routes\.yaml": "x",
    r"files.sources\.yaml": "sources: []",
    r"files.api-tokens\.yaml": "x",
    "shards": "8",
    "setup.moveWindows": "true",
    "settings.BELLWETHER_NAME": "press",
    "settings.BELLWETHER_RETRY_FOR": "60",
    "serviceAccountName": "bellwether",
    "imagePullSecrets[0].name": "registry",
    "nodeSelector.disk": "fast",
    "tolerations[0].operator": "Exists",
    "extraVolumes[0].name": "ca",
    "extraVolumes[0].configMap.name": "ca",
    "extraVolumeMounts[0].name": "ca",
    "extraVolumeMounts[0].mountPath": "/etc/ca",
}
CASES = {
    "least": REQUIRED,
    "full": FULL,
    "hpa": {**REQUIRED, "autoscaling.type": "hpa"},
    "bare": {**REQUIRED, "setup.topics": "false", "setup.migrations": "false", "networkPolicy.enabled": "false"},
}
# Of others than Kubernetes itself, so it has no schema of them.
ADDED = {"ScaledObject", "PodMonitor"}


def _helm(*arguments: str) -> subprocess.CompletedProcess[str]:
    if shutil.which("helm") is None:
        pytest.skip("helm is not installed (go install helm.sh/helm/v3/cmd/helm@v3.18.4)")
    return subprocess.run(["helm", *arguments], capture_output=True, text=True, check=False, timeout=3000)


@contextmanager
def _answering(status: int, body: str) -> Iterator[int]:
    """Serve this answer at a port of this machine."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield server.server_port
        finally:
            server.shutdown()  # also where nobody has asked
            thread.join()


def _options(values: dict[str, str]) -> list[str]:
    texts = ("files.", "settings.")
    return [
        part
        for name, value in values.items()
        for part in ("--set-string" if name.startswith(texts) else "--set", f"{name}={value}")
    ]


def _rendered(values: dict[str, str]) -> list[Any]:
    said = _helm("template", "bw", str(CHART), "--kube-version", "1.34.0", *_options(values))
    assert said.returncode == 0, said.stderr
    return [document for document in yaml.safe_load_all(said.stdout) if document]


def _of_kind(documents: Sequence[Any], kind: str) -> dict[str, Any]:
    return {document["metadata"]["name"]: document for document in documents if document["kind"] == kind}


def _pods(documents: Sequence[Any]) -> Iterator[Any]:
    for document in documents:
        if document["kind"] in {"Deployment", "Job"}:
            yield document["spec"]["template"]["spec"]


@pytest.mark.parametrize("case", CASES)
def test_helm_itself_has_nothing_to_say_against_it(case: str) -> None:
    said = _helm("lint", "--strict", str(CHART), "--kube-version", "1.34.0", *_options(CASES[case]))
    assert said.returncode == 0, said.stdout + said.stderr


@pytest.mark.parametrize("version", ["1.29", "1.37"])
@pytest.mark.parametrize("case", CASES)
def test_kubernetes_knows_every_field_of_it(case: str, version: str) -> None:
    documents = _rendered(CASES[case])
    for document in documents:
        if document["kind"] not in ADDED:
            kubernetes_validate.validate(document, version, strict=True)
    names = [(document["kind"], document["metadata"]["name"]) for document in documents]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("case", CASES)
def test_each_pod_is_nobody_in_particular_and_can_write_nothing(case: str) -> None:
    for pod in _pods(_rendered(CASES[case])):
        assert pod["automountServiceAccountToken"] is False
        assert pod["securityContext"]["runAsNonRoot"]
        assert pod["securityContext"]["runAsUser"] == 10001  # the Dockerfile's
        assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        (container,) = pod["containers"]
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }
        writable = [mount["mountPath"] for mount in container["volumeMounts"] if not mount.get("readOnly")]
        assert writable == (["/tmp", "/etc/ca"] if case == "full" else ["/tmp"])
        assert {mount["name"] for mount in container["volumeMounts"]} == {volume["name"] for volume in pod["volumes"]}
        assert "limits" in container["resources"]
        assert not [item["name"] for item in container["env"] if re.search("PASSWORD|SECRET$|TOKEN$", item["name"])]


@pytest.mark.parametrize(("case", "without"), [("least", {StageName.FEEDS}), ("full", set())])
def test_each_stage_has_its_workers_and_a_budget_for_them(case: str, without: set[StageName]) -> None:
    documents = _rendered(CASES[case])
    workers = _of_kind(documents, "Deployment")
    assert {name.rpartition("-")[2] for name in workers} == set(StageName) - without
    assert _of_kind(documents, "PodDisruptionBudget").keys() == workers.keys()
    for name, worker in workers.items():
        (container,) = worker["spec"]["template"]["spec"]["containers"]
        assert container["args"] == ["worker", "--stage", name.rpartition("-")[2]]
        labels = worker["spec"]["template"]["metadata"]["labels"].items()
        assert worker["spec"]["selector"]["matchLabels"].items() <= labels
        assert worker["spec"]["strategy"] == {"type": "Recreate"}


@pytest.mark.parametrize("case", CASES)
def test_the_settings_of_each_pod_are_settings(case: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    known = {f"BELLWETHER_{name.upper()}" for name in Settings.model_fields} | {CONFIG, SECRETS}
    for pod in _pods(_rendered(CASES[case])):
        values = {item["name"]: item["value"] for item in pod["containers"][0]["env"]}
        assert values.keys() <= known
        mounts = [mount["mountPath"] for mount in pod["containers"][0]["volumeMounts"]]
        for path in (value for value in values.values() if value.startswith("/")):
            assert any(path == mount or path.startswith(f"{mount}/") for mount in mounts)
        with monkeypatch.context() as changes:
            for name, value in values.items():
                changes.setenv(name, value)
            changes.setenv(SECRETS, str(tmp_path))
            if case == "full":
                changes.setenv("BELLWETHER_KAFKA_SECURITY_PROTOCOL", "SASL_SSL")
                changes.setenv("BELLWETHER_KAFKA_SASL_MECHANISM", "OAUTHBEARER")
            assert load_settings().kafka == "k:9092"
            assert load_settings().shards == (8 if case == "full" else 1)


def test_the_scaled_stages_are_asked_for_by_their_own_groups_and_topics() -> None:
    documents = _rendered(FULL)
    settings, topics = load_settings(name="press"), Topics("press")
    read = {StageName.CLASSIFY: {topics.news, topics.social}, StageName.AGGREGATE: {topics.scored}}
    scaled = _of_kind(documents, "ScaledObject")
    for stage, names in read.items():
        triggers = scaled[f"bw-bellwether-{stage}"]["spec"]["triggers"]
        assert {trigger["metadata"]["topic"] for trigger in triggers} == names
        assert {trigger["metadata"]["consumerGroup"] for trigger in triggers} == {group_of(settings, stage)}
    assert len(scaled) == len(read)
    by_metric = _rendered(CASES["hpa"])
    for rendered in (documents, by_metric):  # the autoscaler says how many there are, and nobody else
        without = {name for name, item in _of_kind(rendered, "Deployment").items() if "replicas" not in item["spec"]}
        assert without == {f"bw-bellwether-{stage}" for stage in read}
    metric = _of_kind(by_metric, "HorizontalPodAutoscaler")["bw-bellwether-classify"]["spec"]["metrics"][0]
    assert metric["external"]["metric"]["name"] in (ROOT / "stream/metrics.py").read_text()


SETUP = "bellwether topics create && bellwether migrate"


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, f"bellwether shards check && {SETUP}"),
        ({"shards": "8", "setup.moveWindows": "true"}, f"{SETUP} && bellwether shards move"),
        (
            {"setup.moveWindows": "true", "setup.topics": "false", "setup.migrations": "false"},
            "bellwether shards move",
        ),
    ],
)
def test_the_job_before_an_install_runs_commands_that_are_there(changes: dict[str, str], expected: str) -> None:
    """Another number of shards is refused before anything has changed, and windows are moved when all else is done."""
    (job,) = _of_kind(_rendered(REQUIRED | changes), "Job").values()
    assert job["metadata"]["annotations"]["helm.sh/hook"] == "pre-install,pre-upgrade,pre-rollback"
    shell, flag, script = job["spec"]["template"]["spec"]["containers"][0]["command"]
    assert (shell, flag, script) == ("sh", "-c", expected)
    for command in script.split(" && "):
        found: Any = get_command(app)
        for word in command.split()[1:]:
            found = found.commands[word]


@pytest.mark.parametrize(
    ("status", "body"), [(200, "ok"), (503, "bellwether-classify: bellwether.news/3: 5000 records wait")]
)
def test_a_probe_that_fails_says_what_stands_still(status: int, body: str) -> None:
    worker = _of_kind(_rendered(REQUIRED), "Deployment")["bw-bellwether-classify"]
    _, flag, script = worker["spec"]["template"]["spec"]["containers"][0]["livenessProbe"]["exec"]["command"]
    with _answering(status, body) as port:
        command = [sys.executable, flag, script.replace("9464", str(port))]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == (status != 200)
    assert done.stdout == f"{body}\n"


def test_only_the_own_namespace_asks_and_only_known_ports_are_asked() -> None:
    (policy,) = _of_kind(_rendered(REQUIRED), "NetworkPolicy").values()
    assert policy["spec"]["policyTypes"] == ["Ingress", "Egress"]
    assert [rule["from"] for rule in policy["spec"]["ingress"]] == [[{"podSelector": {}}]]
    ports = {port["port"] for rule in policy["spec"]["egress"] for port in rule["ports"]}
    assert ports == {53, 9092, 9093, 6379, 5432, 443}


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"kafka.servers": ""}, "kafka.servers: host:port of your Kafka"),
        ({"secret": ""}, "secret: the name of the Secret"),
        ({"stages.classify.replica": "2"}, "replica"),
        ({"stages.clasify.replicas": "2"}, "clasify"),
        ({"autoscaling.type": "vpa"}, "type"),
        ({"api.enabled": "true"}, "files.api-tokens.yaml is missing"),
        ({"settings.RETRY_FOR": "60"}, "RETRY_FOR"),
        ({"settings.BELLWETHER_SHARDS": "8"}, "settings.BELLWETHER_SHARDS: it is the value shards"),
        ({"shards": "65"}, "shards"),
        ({"shards": "0"}, "shards"),
    ],
)
def test_a_value_that_is_wrong_is_told(changes: dict[str, str], said: str) -> None:
    done = _helm("template", "bw", str(CHART), "--kube-version", "1.34.0", *_options(REQUIRED | changes))
    assert done.returncode != 0
    assert said in done.stderr


def test_the_version_is_the_programs() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert yaml.safe_load((CHART / "Chart.yaml").read_text())["appVersion"] == project["version"]


def test_every_value_is_documented() -> None:
    values = yaml.safe_load((CHART / "values.yaml").read_text())
    documented = set(re.findall(r"`([a-zA-Z.]+)`", (ROOT / "docs/kubernetes.md").read_text()))
    apart = {"settings", "files", "stages", "podDisruptionBudget", "nodeSelector"}
    names = itertools.chain.from_iterable(
        [f"{name}.{key}" for key in value] if isinstance(value, dict) and name not in apart else [name]
        for name, value in values.items()
        if name != "stages"
    )
    assert set(names) <= documented
    assert {"stages.STAGE.replicas", "stages.STAGE.resources"} <= documented
