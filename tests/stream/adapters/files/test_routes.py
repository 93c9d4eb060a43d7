import os
import traceback
from datetime import timedelta
from pathlib import Path

import pytest
import trustme

from stream.adapters.files.routes import RoutesFile, read_routes
from stream.errors import SettingsError
from stream.pipeline.notify import LABELS
from stream.settings import load_settings
from stream.worker.destinations import Destinations, make_receiver, target_of

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
FULL = """\
# yaml-language-server: $schema=routes.schema.json
receivers:
  - name: pager
    type: webhook
    url: https://pager.test/hook
    secrets: [{env: PAGER_NEW}, {file: pager.secret}]
  - name: chat
    type: slack
    url: {env: CHAT_URL}
  - name: am
    type: alertmanager
    url: http://alertmanager:9093/hook
    authorization: {env: AM_TOKEN}
    allow_http: true
    allow_private: true
default: [chat]
routes:
  - match: ["severity=critical"]
    to: [pager]
    continue: true
  - match: ["group=~banks|insurers", "topic!=Macro"]
    to: [am, chat]
grouping: {within: 15m, shared: 0.5, by: [group]}
repeat: 1h30m
"""
ENVIRONMENT = {"PAGER_NEW": SECRET, "CHAT_URL": "https://hooks.slack.test/T0/B0/hunter2", "AM_TOKEN": "Bearer t0ken"}


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file that is right, and all its secrets."""
    (tmp_path / "pager.secret").write_text(f"{SECRET}\n")
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    path = tmp_path / "routes.yaml"
    path.write_text(FULL)
    return path


def test_a_file_is_read_and_its_secrets_stay_apart(path: Path) -> None:
    routes = read_routes(path, make=make_receiver)
    labels = dict.fromkeys(LABELS, "")
    assert routes.routing.receivers(labels) == ("kafka", "chat")
    assert routes.routing.receivers(labels | {"severity": "critical", "group": "banks"}) == (
        *("kafka", "pager"),
        *("am", "chat"),
    )
    assert routes.routing.repeat == timedelta(minutes=90)
    assert routes.routing.grouping.within == timedelta(minutes=15)
    (_, pager), (_, chat), (_, am) = routes.receivers
    assert (pager.signing, chat.url, am.authorization) == ((SECRET, SECRET), ENVIRONMENT["CHAT_URL"], "Bearer t0ken")
    for secret in ("hunter2", SECRET, "t0ken"):
        assert secret not in repr(routes)


@pytest.mark.parametrize(
    ("old", "new", "line", "problem"),
    [
        ("type: slack", "type: slak", 8, "receivers[1].type: 'slak' is not one of "),
        ("    type: slack\n", "    typ: slack\n", 8, "there is no field 'typ'"),
        ("default: [chat]", "default: [chatt]", 16, "there is no receiver 'chatt'; there are am, chat, kafka, pager"),
        ("to: [am, chat]", "to: [am,\n         mail]", 23, "there is no receiver 'mail'"),
        ("topic!=Macro", "topik!=Macro", 21, "'topik' is none of series, topic"),
        ("group=~banks|insurers", "group=~(banks", 21, "no regular expression"),
        ("name: chat", "name: pager", 7, "the name 'pager' is taken further up"),
        ("name: chat", "name: kafka", 7, "the name 'kafka' is the alerts topic's"),
        ("name: chat", "name: Chat Room", 7, "receivers[1].name: small letters, digits and hyphens"),
        ("within: 15m", "within: soon", 23, "grouping.within: a length of time is expected, as in 30m"),
        ("within: 15m", "within: 15m, interval: 13h", 23, "'13h' is too long: updates are collected for 12h at most"),
        ("within: 15m", "within: 15m, interval: often", 23, "grouping.interval: a length of time is expected"),
        ("url: {env: CHAT_URL}", "url: {env: CHAT_URL, file: x}", 9, "one of 'env' and 'file' says where"),
        ("url: {env: CHAT_URL}", "url: {env: NO_SUCH}", 9, "receiver 'chat': the variable NO_SUCH is not set"),
        ("{file: pager.secret}", "{file: none.secret}", 6, "the file none.secret: No such file"),
        ("    secrets: [{env: PAGER_NEW}, {file: pager.secret}]\n", "", 3, "webhooks are signed"),
        ("secrets: [{env: PAGER_NEW}, {", "secrets: [whsec_abc, {", 6, "receivers[0].secrets[0]: fields are expected"),
        ("repeat: 1h30m", "repeat: 1h30m\nrepeat: 2h", 25, "the key 'repeat' stands twice"),
        ("default: [chat]", "default: &a [chat]\nx: *a", 17, "aliases (*a) are not read"),
        ("default: [chat]", "default: [chat", 17, "not YAML"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(path: Path, old: str, new: str, line: int, problem: str) -> None:
    assert old in FULL
    path.write_text(FULL.replace(old, new, 1))
    with pytest.raises(SettingsError) as caught:
        read_routes(path)
    said = str(caught.value)
    assert said.startswith(f"{path}, line {line}: "), said
    assert problem in said
    told = "".join(traceback.format_exception(caught.value))
    for secret in ("hunter2", SECRET, "t0ken"):
        assert secret not in told


ROBOTS = """\
receivers:
  - {name: lark, type: feishu, url: {env: LARK_URL}, secrets: [{env: LARK_SECRET}], keyword: 舆情}
  - {name: ding, type: dingtalk, url: {env: DING_URL}, keyword: 舆情}
  - {name: wecom, type: wecom, url: {env: WECOM_URL}}
default: [lark, ding, wecom]
"""


def test_robots_of_chats_are_read(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("LARK", "DING", "WECOM"):
        monkeypatch.setenv(f"{name}_URL", f"https://{name.lower()}.test/hunter2")
    monkeypatch.setenv("LARK_SECRET", "any signing secret")
    path.write_text(ROBOTS)
    routes = read_routes(path, make=make_receiver)
    targets = [target_of(spec, secrets) for spec, secrets in routes.receivers]
    assert [target.form for target in targets] == ["feishu", "dingtalk", "wecom"]
    assert [target.keyword for target in targets] == ["舆情", "舆情", ""]
    assert targets[0].secrets == ("any signing secret",)
    assert "signing secret" not in repr(targets)


@pytest.mark.parametrize(
    ("old", "new", "line", "problem"),
    [
        ("[{env: LARK_SECRET}]", "[{env: A}, {env: B}]", 2, "receiver 'lark': a robot signs with one secret"),
        ("{env: WECOM_URL}", "{env: W}, secrets: [{env: B}]", 4, "receiver 'wecom': robots of WeCom are not signed"),
        ("{env: WECOM_URL}", "{env: W}, keyword: 舆情", 4, "only the types feishu and dingtalk have a 'keyword'"),
        ("keyword: 舆情}\n  - {name: ding", "keyword: ''}\n  - {name: ding", 2, "receivers[0].keyword: "),
    ],
)
def test_what_a_robot_does_not_have_is_told(path: Path, old: str, new: str, line: int, problem: str) -> None:
    assert old in ROBOTS
    path.write_text(ROBOTS.replace(old, new, 1))
    with pytest.raises(SettingsError) as caught:
        read_routes(path)
    assert str(caught.value).startswith(f"{path}, line {line}: ")
    assert problem in str(caught.value)


def test_updates_are_collected_for_as_long_as_the_file_says(path: Path) -> None:
    assert read_routes(path, environment=ENVIRONMENT).routing.grouping.interval == timedelta(minutes=5)
    for text, minutes in (("0m", 0), ("90s", 1.5), ("12h", 720)):
        path.write_text(FULL.replace("within: 15m", f"within: 15m, interval: {text}"))
        interval = read_routes(path, environment=ENVIRONMENT).routing.grouping.interval
        assert interval == timedelta(minutes=minutes)


def test_a_secret_that_would_break_a_header_is_refused_without_it(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AM_TOKEN", "Bearer hunter2\nx: y")
    with pytest.raises(
        SettingsError,
        match=r"line 13: receivers\[2\].authorization: receiver 'am': the variable AM_TOKEN holds a character",
    ) as caught:
        read_routes(path)
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize("content", [b"\xff\xfe", b"a: \x00", b"", b"[]", b"a" * 2_000_000, b"? [a]\n: b"])
def test_no_content_does_anything_else(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    with pytest.raises(SettingsError):
        read_routes(path)


def test_a_file_may_be_checked_where_its_secrets_are_not(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CHAT_URL")
    with pytest.raises(SettingsError, match="CHAT_URL"):
        read_routes(path)
    assert len(read_routes(path, resolve=False).receivers) == 3


def test_a_changed_file_is_taken_and_a_wrong_one_is_not(path: Path) -> None:
    file = RoutesFile(path)
    assert not file.refresh()
    _change(path, FULL.replace("default: [chat]", "default: [pager]"), 1)
    assert file.refresh()
    assert file.current.routing.default == ("pager",)
    _change(path, FULL.replace("default:", "defalt:"), 2)
    with pytest.raises(SettingsError, match="line 16: defalt: there is no field 'defalt'"):
        file.refresh()
    assert not file.refresh()  # said once
    assert file.current.routing.default == ("pager",)
    path.unlink()
    with pytest.raises(SettingsError, match="No such file"):
        file.refresh()
    _change(path, FULL, 3)
    assert file.refresh()


def test_a_rotated_secret_is_taken(path: Path) -> None:
    file = RoutesFile(path)
    _change(path.parent / "pager.secret", SECRET.replace("M", "N", 1), 1)
    assert file.refresh()
    assert file.current.receivers[0][1].signing[1] == SECRET.replace("M", "N", 1)


def test_receivers_that_did_not_change_stay_and_a_broken_one_changes_nothing(path: Path) -> None:
    destinations = Destinations(load_settings(routes=path, grafana_url="https://g.test"), lambda: {"Acme": "banks"})
    before = destinations.receivers
    assert set(before) == {"kafka", "pager", "chat", "am"}
    assert (destinations.routing().grafana, destinations.routing().groups) == ("https://g.test", {"Acme": "banks"})
    _change(path, FULL.replace("https://pager.test/hook", "https://pager.test/other"), 1)
    assert destinations.refresh()
    after = destinations.receivers
    assert {name for name in after if after[name] is before[name]} == {"kafka", "chat", "am"}
    # The file is right, but the address is none.
    _change(path, FULL.replace("https://pager.test/hook", "pager.test").replace("[chat]", "[pager]"), 2)
    with pytest.raises(SettingsError, match="receiver 'pager': the URL must be"):
        destinations.refresh()
    assert (destinations.receivers, destinations.routing().default) == (after, ("chat",))


def test_certificates_are_read_with_the_file_and_again_when_they_changed(path: Path) -> None:
    authorities = [trustme.CA().cert_pem.bytes() for _ in range(2)]
    (path.parent / "ca.pem").write_bytes("# Zürich\n".encode() + authorities[0])
    _change(path, FULL.replace("name: chat", "name: chat\n    ca_file: ca.pem"), 1)
    destinations = Destinations(load_settings(routes=path))
    before = destinations.receivers
    (path.parent / "ca.pem").write_bytes(authorities[1])
    assert destinations.refresh()
    after = destinations.receivers
    assert {name for name in after if after[name] is not before[name]} == {"chat"}
    for content in (b"", b"# none", authorities[1][:100], b"-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----"):
        (path.parent / "ca.pem").write_bytes(content)
        with pytest.raises(SettingsError, match=r"line 7: receivers\[1\]: receiver 'chat': ca_file: "):
            destinations.refresh()
        assert destinations.receivers == after


def test_the_settings_are_the_simplest_case() -> None:
    one = Destinations(load_settings(webhook_url="https://hook.test/", webhook_secret=SECRET))
    assert (set(one.receivers), one.routing().default) == ({"kafka", "webhook"}, ("kafka", "webhook"))
    assert set(Destinations(load_settings()).receivers) == {"kafka"}
    with pytest.raises(SettingsError, match="unset one of them"):
        load_settings(webhook_url="https://hook.test/", webhook_secret=SECRET, routes="x.yaml")
    with pytest.raises(SettingsError, match="must be https"):
        Destinations(load_settings(webhook_url="http://hook.test/", webhook_secret=SECRET))


def _change(path: Path, content: str, at: int) -> None:
    path.write_text(content)
    os.utime(path, ns=(at, at))


@pytest.mark.parametrize("host", ["127.0.0.1", "[::1]", "localhost", "10.1.2.3"])
def test_an_address_that_nothing_can_be_sent_to_is_refused_by_the_check(tmp_path: Path, host: str) -> None:
    path = tmp_path / "routes.yaml"
    text = 'receivers: [{{name: a, type: slack, url: "https://{}/x", allow_private: {}}}]\ndefault: [a]\n'
    path.write_text(text.format(host, "false"))
    with pytest.raises(SettingsError, match=r"line 1: receivers\[0\]: .*is not public; set allow_private"):
        read_routes(path, make=make_receiver)
    path.write_text(text.format(host, "true"))
    read_routes(path, make=make_receiver)
