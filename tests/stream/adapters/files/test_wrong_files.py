"""Whatever stands in a file that people edit: it is read, or refused in one line, and never ends a worker."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from stream import metrics
from stream.adapters.files.routes import read_routes
from stream.adapters.files.rules import RulesFile, read_rules
from stream.adapters.files.watched import RETRY_LOOKS, WatchedFile, read_limited, reading
from stream.adapters.files.watchlist import WatchlistFile, read_watchlist
from stream.api.tokens import TokenFile, read_tokens
from stream.cli import app
from stream.errors import SettingsError
from stream.settings import load_settings
from stream.worker.destinations import Destinations, make_receiver
from stream.worker.stages import Reload

WATCHLIST = "entries:\n  - name: Tesla\n    tickers: [TSLA]\n"
CSV = "name,tickers,weight\nTesla,TSLA,2.5\n"
RULES = "false_alarms_per_month: 2\nrules:\n  - name: first\n    windows: [15m]\n"
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
ROUTES = """\
receivers:
  - {name: chat, type: slack, url: https://chat.test/hook}
default: [chat]
repeat: 4h
"""
TOKENS = "ann read sha256:" + "5a" * 32 + "\n"
Read = Callable[[Path], Any]


def routes(path: Path) -> Any:
    """Read routes and make the receivers, as the worker does."""
    return read_routes(path, environment={"SECRET": SECRET}, make=make_receiver)


READERS: dict[str, tuple[str, Read]] = {
    "watchlist.yaml": (WATCHLIST, read_watchlist),
    "watchlist.csv": (CSV, read_watchlist),
    "rules.yaml": (RULES, read_rules),
    "routes.yaml": (ROUTES, routes),
    "tokens": (TOKENS, read_tokens),
}
# What stands where a value is expected, in every file of YAML.
VALUES = [
    "!!int abc", "!!int ''", "!!bool x", "!!float ''", "!!timestamp x", "!!binary é", "2026-99-99", "*a", "&a [*a]",
    "<<", "!!python/object:os.system x", "!x y", '"a\\0b"', '"a\\eb"', '"a\\nb"', '"\\ud800"', "\x01", "\x7f", "\t",
    "2026-01-01T00:00:00+99:99", "0x" + "f" * 5000, "9" * 5000, "1e999", ".nan", ".inf", "-.inf", "-1", "{a: {b: c}}",
    "[" * 700 + "]" * 700, "{a: " * 700 + "}" * 700, "- " * 700, "? a", "!!seq x", "!!map x", "!!set {a, b}",
    "{? [a] : b}", "{<<: {name: x}}", "=", "~", "'", '"', "|", "> x", "@x", "`x", "%x", "\ufffe", "--- a\n--- b",
]  # fmt: skip
PLACES = {
    "watchlist.yaml": ["entries: {}", "entries: [{{name: {}}}]", "entries:\n- name: A\n  weight: {}", "entries:\n- {}"],
    "rules.yaml": ["rules: {}", "rules:\n- name: {}", "rules:\n- name: a\n  pending: {}", "mute: [{{time_zone: {}}}]"],
    "routes.yaml": [ROUTES.replace("4h", "{}").replace("{n", "{{n").replace("k}", "k}}"), "receivers: {}"],
}
FORMS = [(name, place.format(value)) for name, places in PLACES.items() for place in places for value in VALUES]


def refused(read: Read, path: Path) -> str:
    """Return the message of a file that is refused, which is one line and names the file."""
    with pytest.raises(SettingsError) as caught:
        read(path)
    said = str(caught.value)
    assert str(path) in said
    assert said.isprintable(), said
    assert "not foreseen" not in said, said
    return said


@pytest.mark.parametrize("name", READERS)
def test_the_good_ones_are_read(tmp_path: Path, name: str) -> None:
    text, read = READERS[name]
    (tmp_path / name).write_text(text)
    assert read(tmp_path / name)
    (tmp_path / name).write_bytes(b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode())
    assert read(tmp_path / name)  # with a byte order mark and the line ends of Windows


@pytest.mark.parametrize(("name", "text"), FORMS, ids=range(len(FORMS)))
def test_no_value_of_yaml_does_anything_but_be_read_or_refused_with_its_line(
    tmp_path: Path, name: str, text: str
) -> None:
    (tmp_path / name).write_text(text, encoding="utf-8", errors="surrogatepass")
    try:
        READERS[name][1](tmp_path / name)
    except SettingsError:
        assert ", line " in refused(READERS[name][1], tmp_path / name)


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("watchlist.yaml", "entries:\n- name: !!int abc\n", "line 2: 'abc' cannot be read"),
        ("watchlist.yaml", "entries:\n- name: 2026-99-99\n", "line 2: '2026-99-99' cannot be read"),
        ("watchlist.yaml", "entries:\n- &a {name: A}\n- *a\n", "line 3: aliases (*a) are not read"),
        ("watchlist.yaml", "entries:\n- name: a\x01b\n", "line 2: the control character U+0001"),
        ("watchlist.yaml", 'entries:\n- name: "a\\0b"\n', "line 2: 'a b' holds the control character U+0000"),
        ("watchlist.yaml", "entries:\n- name: A\n  name: B\n", "line 3: the key 'name' stands twice"),
        ("watchlist.yaml", "entries:\n" + "- " * 900 + "a", "line 2: nested more than 32 deep"),
        ("rules.yaml", "rules:\n" + "- " * 700 + "a", "line 2: nested more than 32 deep"),
        ("routes.yaml", "receivers:\n" + "- " * 700 + "a", "line 2: nested more than 32 deep"),
        ("rules.yaml", "rules:\n- name: a\n\tkind: drift\n", "line 3: not YAML"),
        ("rules.yaml", "rules:\n- name: a\n  pending: 99999d1m\n", "line 3: rules[0].pending: '99999d1m' is longer"),
        ("rules.yaml", "rules:\n- name: a\n  warm_up: " + "9d" * 3000, "line 3: rules[0].warm_up: "),
        ("rules.yaml", "rules:\n- name: a\n  series: ['a\\b', \"c\\x07\"]\n", "line 3: 'c ' holds the control"),
        ("rules.yaml", "false_alarms_per_month: 0.00000001\n", "line 1: false_alarms_per_month: a number not under "),
        ("routes.yaml", ROUTES.replace("4h", "999999d" * 3000), "line 4: repeat: "),
        ("routes.yaml", ROUTES.replace("4h", "99999d999h"), "line 4: repeat: '99999d999h' is longer than"),
        ("routes.yaml", ROUTES.replace("4h", "0m"), "line 4: repeat: '0m' is too short: at least 60 s"),
        ("routes.yaml", ROUTES.replace("https://chat.test/hook", '{file: "a\\0b"}'), "line 2: 'a b' holds the control"),
        ("routes.yaml", ROUTES.replace("chat.test", "xn--127"), "line 2: receivers[0]: receiver 'chat': the URL must"),
        ("routes.yaml", ROUTES.replace("https://chat.test/hook", "{file: .}"), "receiver 'chat': the file"),
        ("routes.yaml", ROUTES.replace("hook}", "hook, ca_file: none.pem}"), "line 2: receivers[0].ca_file: "),
        ("routes.yaml", ROUTES + "routes:\n- match: ['entry=~(a{999}){999}']\n  to: [chat]\n", "line 6: routes[0].mat"),
        ("watchlist.csv", 'name\n"' + "a" * 200_000 + '"\n', "line 2: not CSV: field larger than field limit"),
        ("watchlist.csv", 'name\nA\n"B\nC\nD\n', "line 3: not CSV: unexpected end of data; is a quotation mark"),
        ("watchlist.csv", 'name\n"A\nB"\n', "line 2: column 'name': a line break"),
        ("watchlist.csv", "name,name\nA,B\n", "line 1: column 'name' stands twice"),
        ("watchlist.csv", "name\nA,B\n", "line 2: more fields than columns"),
        ("watchlist.csv", "", "line 1: the file is empty; the names of the columns are expected"),
        ("watchlist.csv", "name,weight\nA,1e999\n", "line 2: entry of 'A'"),
        ("watchlist.csv", "name,weight\nA,nan\n", "line 2: entry of 'A'"),
        ("watchlist.csv", "name,by_topic\nA,maybe\n", "line 2: column 'by_topic': true or false is expected, and"),
        ("watchlist.csv", "name\nA\0\n", "line 2: the control character U+0000"),
        ("tokens", TOKENS + TOKENS, "line 2: the name 'ann' stands further up"),
        ("tokens", TOKENS + "bob read sha256:\x00", "line 2: the control character U+0000"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_with_its_line(tmp_path: Path, name: str, text: str, said: str) -> None:
    (tmp_path / name).write_text(text)
    assert said in refused(READERS[name][1], tmp_path / name)


@pytest.mark.parametrize("name", READERS)
def test_other_encodings_are_named(tmp_path: Path, name: str) -> None:
    text, read = READERS[name]
    path = tmp_path / name
    for encoding, said in [
        ("utf-16", "line 1: it is UTF-16; save it as UTF-8"),
        ("utf-32", "line 1: it is UTF-32; save it as UTF-8"),
        ("utf-16-le", "line 1: the control character U+0000 may not stand in a text; is it UTF-16"),
    ]:
        path.write_text(text, encoding=encoding)
        assert said in refused(read, path)
    path.write_bytes(text.encode() + b"\n# Z\xfcrich\n")
    assert f"line {text.count(chr(10)) + 2}: it is not UTF-8" in refused(read, path)


@pytest.mark.parametrize("name", READERS)
def test_what_is_no_file_is_refused_and_holds_nobody(tmp_path: Path, name: str) -> None:
    path, read = tmp_path / name, READERS[name][1]
    assert "No such file" in refused(read, path)
    path.mkdir()
    assert "it is a folder" in refused(read, path)
    path.rmdir()
    os.mkfifo(path)
    assert "a pipe or device, no file" in refused(read, path)
    path.unlink()
    path.symlink_to(path)
    assert "symbolic links" in refused(read, path)
    path.unlink()
    path.symlink_to("/dev/zero")
    assert "a pipe or device, no file" in refused(read, path)
    path.unlink()
    with socket.socket(socket.AF_UNIX) as server:
        os.chdir(tmp_path)  # a socket's path may have a hundred bytes
        server.bind(name)
        assert "a pipe or device, no file" in refused(read, path)
    with pytest.raises(SettingsError, match="no control character"):
        read(tmp_path / "a\0b")
    with pytest.raises(SettingsError, match="File name too long"):
        read(tmp_path / ("a" * 1000))


def test_a_file_that_may_not_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "rules.yaml").write_text(RULES)

    def forbidden(*_: object) -> int:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "open", forbidden)
    assert "Permission denied" in refused(read_rules, tmp_path / "rules.yaml")


def test_csv_as_spreadsheets_write_it(tmp_path: Path) -> None:
    for number, (name, text) in enumerate(
        [
            ("a.CSV", "name,aliases,weight\r\nA,x; y,2.5\r\n\r\n,,\r\n  , ,\r\nB,,\r\n"),
            ("b.Csv", '\ufeffname;aliases;weight\r\nA;"x; y";2,5\r\n;;\r\nB;;\r\n'),
            ("c.tsv", "name\taliases\tweight\nA\tx; y\t2.5\nB\t\t\n"),
            ("c.csv", "name\taliases\tweight\nA\tx; y\t2.5\nB\t\t\n"),
            ("d.csv", "name,aliases,weight,,\nA,x;y,2.5,,\nB,,,,\n"),
            ("e.csv", ' name , aliases,weight\n"A","x;y",2.5\nB\n'),
        ]
    ):
        path = tmp_path / f"{number}{name}"
        path.write_text(text, encoding="utf-8", newline="")
        entries = read_watchlist(path).entries
        assert (list(entries), entries["A"].aliases, entries["A"].weight) == (["A", "B"], ("x", "y"), 2.5), name


def test_a_list_of_which_nothing_can_be_searched_for_finds_nothing(tmp_path: Path) -> None:
    (tmp_path / "w.yaml").write_text("entries:\n- name: '-'\n")
    assert read_watchlist(tmp_path / "w.yaml").find("a - b") == []


def test_a_file_of_one_line_without_end_is_not_read_whole(tmp_path: Path) -> None:
    path = tmp_path / "rules.yaml"
    with path.open("wb") as file:
        file.truncate(10**12)  # sparse: a terabyte of nothing
    assert "at most 1048576 bytes" in refused(read_rules, path)


def watched(folder: Path, monkeypatch: pytest.MonkeyPatch) -> dict[Path, tuple[str, Any, Callable[[], object]]]:
    """Return, per file, its good text, what watches it, and a look at what is in use."""
    monkeypatch.setenv("SECRET", SECRET)
    paths = {name: folder / name for name in READERS}
    for name, path in paths.items():
        path.write_text(READERS[name][0])
    destinations = Destinations(load_settings(routes=paths["routes.yaml"]))
    lists = [WatchlistFile(paths[name]) for name in ("watchlist.yaml", "watchlist.csv")]
    rules, tokens = RulesFile(paths["rules.yaml"]), TokenFile(paths["tokens"])
    watching: list[tuple[Any, Callable[[], object]]] = [
        (lists[0], lambda: lists[0].current),
        (lists[1], lambda: lists[1].current),
        (rules, lambda: rules.current),
        (destinations, lambda: (destinations.receivers, destinations.routing())),
        (tokens, lambda: tokens.current),
    ]
    return {
        paths[name]: (READERS[name][0], watcher, look)
        for name, (watcher, look) in zip(READERS, watching, strict=True)
    }  # fmt: skip


def _pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def _folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


@pytest.mark.parametrize(
    "spoil",
    [
        pytest.param(lambda path: path.write_text("a: !!int abc"), id="tag"),
        pytest.param(lambda path: path.write_text("a: 2026-99-99"), id="date"),
        pytest.param(lambda path: path.write_text("entries: [&a {name: x}, *a]"), id="alias"),
        pytest.param(lambda path: path.write_text("rules: \x07"), id="control"),
        pytest.param(lambda path: path.write_text("receivers:\n" + "- " * 700 + "x"), id="nested"),
        pytest.param(lambda path: path.write_text('name\n"' + "a" * 200_000), id="long"),
        pytest.param(lambda path: path.write_text(ROUTES.replace("chat.test", "xn--127")), id="idna"),
        pytest.param(lambda path: path.write_bytes(bytes(range(256))), id="bytes"),
        pytest.param(Path.unlink, id="deleted"),
        pytest.param(_folder, id="folder"),
        pytest.param(_pipe, id="pipe"),
    ],
)
def test_a_worker_keeps_what_it_had(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, spoil: Callable[[Path], object]
) -> None:
    for path, (_, watcher, look) in watched(tmp_path, monkeypatch).items():
        before, stage = look(), Reload(path.name, watcher.refresh, lambda: 1)
        refusals = metrics.FILE_READS.labels(path.name, "refused")._value
        said = refusals.get()  # other tests refuse files of the same name
        spoil(path)
        for _ in range(3):  # said once
            assert asyncio.run(stage.tick()) is False
        assert refusals.get() == said + 1, path
        assert look() == ([] if path.name == "tokens" else before)  # a token that is in no file is taken back


def test_an_error_that_nobody_thought_of_is_a_refusal_too(caplog: pytest.LogCaptureFixture) -> None:
    def broken() -> bool:
        raise RecursionError("hunter2")

    stage = Reload("odd", broken, lambda: 1)
    asyncio.run(stage.tick())
    assert metrics.FILE_READS.labels("odd", "refused")._value.get() == 1
    assert "odd: refused, what was in use stays: in a way that was not foreseen (RecursionError)" in caplog.text
    with (
        pytest.raises(SettingsError, match=r"file: it cannot be read.*RecursionError in test_wrong_files.py") as caught,
        reading("file"),
    ):
        broken()
    assert "hunter2" not in str(caught.value)


def test_what_a_wrong_file_names_may_come_later(tmp_path: Path) -> None:
    file, there = tmp_path / "a", tmp_path / "b"
    file.write_text("1")
    there.write_text("2")
    watched = WatchedFile(lambda: read_limited(file, 9) + read_limited(there, 9), lambda _: [file])
    there.unlink()
    file.write_text("11")
    with pytest.raises(SettingsError, match="No such file"):
        watched.refresh()
    there.write_text("22")
    assert [watched.refresh() for _ in range(RETRY_LOOKS)].count(True) == 1
    assert watched.current == "1122"


def test_a_mounted_folder_whose_link_is_swapped_is_seen(tmp_path: Path) -> None:
    """Kubernetes mounts a map as a link to a link to a folder, and swaps the inner link."""
    for number in (1, 2):
        folder = tmp_path / f"..{number}"
        folder.mkdir()
        (folder / "rules.yaml").write_text(f"false_alarms_per_month: {number}\n")
        os.utime(folder / "rules.yaml", ns=(1, 1))
    (tmp_path / "..data").symlink_to("..1")
    (tmp_path / "rules.yaml").symlink_to("..data/rules.yaml")
    file = RulesFile(tmp_path / "rules.yaml")
    (tmp_path / "..new").symlink_to("..2")
    (tmp_path / "..new").rename(tmp_path / "..data")
    assert file.refresh()
    assert file.current[0].budget == 2


@pytest.mark.parametrize(
    ("command", "name", "text"),
    [
        (["watchlist", "check"], "w.yaml", "entries: [{name: !!int abc}]"),
        (["watchlist", "test"], "w.yaml", "entries: " + "[" * 900),
        (["watchlist", "check"], "w.csv", 'name\n"' + "a" * 200_000),
        (["rules", "check"], "r.yaml", "rules: *a"),
        (["routes", "check"], "r.yaml", ROUTES.replace("chat.test", "xn--127")),
        (["routes", "check"], "r.yaml", ROUTES.replace("4h", "999999d" * 3000)),
        (["routes", "test", "--series", "topic:A", "--file"], "r.yaml", "receivers: \x01"),
    ],
)
def test_commands_say_it_in_a_line(tmp_path: Path, command: list[str], name: str, text: str) -> None:
    path = tmp_path / name
    path.write_text(text)
    arguments = [*command, str(path), *(["text"] if command == ["watchlist", "test"] else [])]
    answer = CliRunner().invoke(app, arguments)
    assert isinstance(answer.exception, SettingsError), answer.exception  # main() prints it, exit code 2
    assert f"{path}, line 1" in str(answer.exception) or f"{path}, line " in str(answer.exception)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"batch = ", "not TOML: "),
        (b"batch = 1\nbatch = 2", "not TOML: "),
        (b"batch = 2026-99-99", "not TOML"),
        (b"batch = " + b"9" * 5000, "a number is too large"),
        (b"a = " + b"[" * 5000, "nested too deep|not TOML"),
        (b"batch = 99999999999999999999999999", "'batch'"),
        (b"batch = nan", "'batch'"),
        (b'artifact = "a\x00b"', "control character"),
        (b"\xff\xfe", "UTF-16"),
        (b"a = 'Z\xfcrich'", "line 1: it is not UTF-8"),
        (b"[kafka]\na = 1", "'kafka'"),
        (b"#" * 2_000_000, "at most"),
        (None, "a pipe or device"),
    ],
)
def test_a_wrong_configuration(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: bytes | None, said: str
) -> None:
    path = tmp_path / "bellwether.toml"
    if content is None:
        os.mkfifo(path)
    else:
        path.write_bytes(content)
    monkeypatch.setenv("BELLWETHER_CONFIG", str(path))
    with pytest.raises(SettingsError, match=said) as caught:
        load_settings()
    assert str(caught.value).isprintable()


def test_a_byte_order_mark_before_the_configuration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "c.toml").write_bytes(b"\xef\xbb\xbfbatch = 7\r\n")
    monkeypatch.setenv("BELLWETHER_CONFIG", str(tmp_path / "c.toml"))
    assert load_settings().batch == 7


def test_a_folder_of_secrets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BELLWETHER_SECRETS", str(tmp_path))
    (tmp_path / "..data").mkdir()
    (tmp_path / "..data" / "x").write_text("redis://one:1/0\n")
    (tmp_path / "bellwether_redis").symlink_to("..data/x")
    (tmp_path / "BELLWETHER_POSTGRES").write_text(" \n")
    (tmp_path / "bellwether_unknown").write_bytes(b"\xff")
    assert load_settings().redis.get_secret_value() == "redis://one:1/0"
    assert load_settings().postgres.get_secret_value().endswith("/bellwether")  # an empty file is none
    (tmp_path / "bellwether_webhook_secret").write_bytes(b"hunter2\xff")
    with pytest.raises(SettingsError, match=r"BELLWETHER_SECRETS: .*bellwether_webhook_secret, line 1") as caught:
        load_settings()
    assert "hunter2" not in str(caught.value)
    (tmp_path / "bellwether_webhook_secret").unlink()
    os.mkfifo(tmp_path / "bellwether_webhook_secret")
    with pytest.raises(SettingsError, match="a pipe or device"):
        load_settings()
    monkeypatch.setenv("BELLWETHER_SECRETS", str(tmp_path / "none"))
    with pytest.raises(SettingsError, match=r"BELLWETHER_SECRETS: .*No such file"):
        load_settings()


# Bytes alone are refused at once; these pieces, strewn over a good file, get further.
PIECES = ["*", "&a ", "!!int ", "!!set ", "- ", "? ", ": ", "[", "]", "{", "}", "|", ">", "'", '"', "\\", "\n", "\t",
          ",", ";", "\0", "\x85", "\u2028", "\ufeff", "é", "<<: ", "---\n", "%YAML 1.2\n", "1e999", "0x1", "~", "#",
          "2026-13-01", "9" * 400, ".nan", "=~", "(", "=", "name", "weight", "xn--127", "file", "99999d"]  # fmt: skip
PIECE = st.one_of(
    st.sampled_from(PIECES), st.text(max_size=5).map(lambda text: text.encode("utf-8", "replace").decode())
)


@pytest.mark.parametrize("name", READERS)
@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_content_is_read_or_refused(tmp_path: Path, name: str, data: st.DataObject) -> None:
    good, read = READERS[name]
    content = data.draw(st.binary(max_size=200)) if data.draw(st.integers(0, 9)) == 0 else _strewn(good, data)
    path = tmp_path / name
    path.write_bytes(content)
    try:
        made = read(path)
    except SettingsError:
        refused(read, path)
        return
    if name.startswith("watchlist"):
        made.find("Tesla, $TSLA and a - b é")
    elif name == "rules.yaml":
        assert all(
            rule.hash and rule.watches("topic:A") in (True, False) and rule.muted(7) in (True, False) for rule in made
        )
    elif name == "routes.yaml":
        made.routing.explain({"severity": "critical"})


def _strewn(good: str, data: st.DataObject) -> bytes:
    text = good
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(text)))
        stop = start + data.draw(st.integers(0, 6))
        text = text[:start] + data.draw(PIECE) + text[stop:]
    return text.encode("utf-8", "replace")
