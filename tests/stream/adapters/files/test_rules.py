"""The file of rules: what it says, what is refused and where, and that it is read again."""

import json
import os
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from stream import schemas
from stream.adapters.files.rules import RulesFile, read_rules
from stream.errors import SettingsError
from stream.pipeline.detect import DetectorSpec, Kind
from stream.pipeline.rules import Mute, Rule, Severity
from stream.pipeline.rules.parted import SLOW_LIMIT, SLOW_TEST, SPARSE_LIMIT, SPARSE_TEST
from stream.pipeline.units import DAY

FULL = """\
# yaml-language-server: $schema=rules.schema.json
false_alarms_per_month: 4
mute:
  - {from: "22:00", to: "06:00", time_zone: Europe/Zurich}
rules:
  - name: banks
    series: ["entry:*Bank*"]
    without: ["entry:*Bank*/topic:*"]
    windows: [10m, 1h]
    sensitivity: high
    minimum_support: 12
    severity: [{name: warning}, {name: serious, above: 2}, {name: critical, above: 5}]
    pending: 5m
    keep_firing_for: 30m
    cooldown: 2h
    accept_after: 1d
    warm_up: 2d
    mute: [{from: "12:00", to: "13:00", days: [sat, sun]}]
  - name: volume
    kind: volume
  - name: slow-drift
    kind: drift
    series: ["topic:*"]
"""


def _write(folder: Path, text: str) -> Path:
    path = folder / "rules.yaml"
    path.write_text(text)
    return path


def test_a_file_becomes_rules(tmp_path: Path) -> None:
    banks, volume, drift = read_rules(_write(tmp_path, FULL))
    night = Mute(22 * 60, 6 * 60, time_zone="Europe/Zurich")
    assert (banks.name, banks.detector.windows, banks.detector.support, banks.detector.warm_up) == (
        "banks",
        (10, 60),
        12,
        2880,
    )
    assert (banks.budget, banks.pending, banks.keep_firing, banks.cooldown, banks.accept) == (10.0, 5, 30, 120, 1440)
    assert banks.severities == (Severity("warning"), Severity("serious", 2.0), Severity("critical", 5.0))
    assert banks.mutes == (night, Mute(12 * 60, 13 * 60, (5, 6)))
    assert banks.watches("entry:Deutsche Bank")
    assert not banks.watches("entry:Deutsche Bank/topic:Macro")
    # Rules without a budget of their own share that of the file.
    assert (volume.budget, drift.budget) == (2.0, 2.0)
    assert (volume.detector.kind, drift.detector.kind, drift.detector.windows) == (Kind.VOLUME, Kind.DRIFT, (1440,))
    assert len({rule.hash for rule in (banks, volume, drift)}) == 3


@pytest.mark.parametrize("text", ["", "# nothing\n", "rules:\n  - name: negative-surge\n"])
def test_an_empty_file_watches_every_topic_and_entry(tmp_path: Path, text: str) -> None:
    busy, slow, sparse = read_rules(_write(tmp_path, text))
    assert (busy, slow, sparse) == read_rules(None)
    # Three tests of one rule: by minutes as ever, by hours where fewer documents come, and by days where few do.
    assert busy == Rule(detector=DetectorSpec(limit=SLOW_LIMIT, spares=SPARSE_LIMIT))
    assert (slow.name, slow.budget, slow.detector) == ("negative-surge.slow", busy.budget, SLOW_TEST)
    assert (sparse.name, sparse.budget, sparse.detector) == ("negative-surge.sparse", busy.budget, SPARSE_TEST)
    assert all(Rule().watches(name) for name in ("topic:Macro", "entry:Tesla", "entry:Tesla/topic:Macro"))


@pytest.mark.parametrize(
    ("text", "line", "problem"),
    [
        ("rules:\n  - kind: negative\n", 2, "name"),
        ("rules:\n  - name: a\n    kind: loud\n", 3, r"rules\[0\].kind: 'loud' is not one of "),
        (
            "rules:\n  - name: a\n    windows: [15m, 3m]\n",
            3,
            r"windows\[1\]: a window has 5m to 7d, not 3m",
        ),
        ("rules:\n  - name: a\n    windows: [soon]\n", 3, "windows"),
        ("rules:\n  - name: a\n    windows: [15m, 90s]\n", 3, r"windows\[1\]: '90s' is no whole number of minutes"),
        ("rules:\n  - name: a\n    cooldown: 999999d\n", 3, r"cooldown: '999999d' is longer than 99999 days"),
        ("rules:\n  - name: a\n    windows: [999999d]\n", 3, r"windows\[0\]: '999999d' is longer than 99999 days"),
        ("rules:\n  - name: a\n    tresholds: 3\n", 3, "tresholds"),
        ("rules:\n  - name: a\n  - name: a\n", 3, r"rules\[1\].name: a rule 'a' stands further up"),
        ("false_alarms_per_month: 0\n", 1, "false_alarms_per_month"),
        ("rules:\n  - name: a\n    false_alarms_per_month: 1\n    sensitivity: low\n", 4, "not both"),
        (
            "mute:\n  - from: '22:00'\n    to: '06:00'\n    time_zone: Mars/Olympus\n",
            4,
            "'Mars/Olympus' is no time zone",
        ),
        ("time_zone: localtime\n", 1, "'localtime' is no time zone"),
        ("time_zone: Factory\n", 1, "'Factory' is no time zone"),
        ("time_zone: right/Europe/Zurich\n", 1, "'right/Europe/Zurich' is no time zone"),
        ("mute:\n  - {from: '25:00', to: '06:00'}\n", 2, r"mute\[0\]"),
        ("mute:\n  - {from: '12:00', to: '12:00'}\n", 2, "no time at all"),
        ("mute:\n  - {from: '24:00', to: '06:00'}\n", 2, "no time at all"),
        ("mute:\n  - {from: '12:00', to: '24:01'}\n", 2, r"mute\[0\]"),
        ("rules:\n  - name: a\n    severity: [{name: x}, {name: y}]\n", 3, "each step must lie above"),
        ("rules:\n  - name: a\n    severity: [{name: x, above: 1}]\n", 3, "the mildest"),
        ("rules:\n  - name: a\n    severity: [{name: x}, {name: x, above: 1}]\n", 3, "'x' stands further up"),
        ("rules: []\n", 1, "rules"),
        ("rules: 7\n", 1, "rules"),
        ("- a\n", 1, "the file"),
        ("rules:\n  - name: a\n    name: b\n", 3, "'name' stands twice"),
        ("rules:\n  - &x {name: a}\n  - *x\n", 3, "aliases"),
        ("rules: [\n", 2, "not YAML"),
    ],
)
def test_a_wrong_file_gives_its_line_and_the_reason(tmp_path: Path, text: str, line: int, problem: str) -> None:
    path = _write(tmp_path, text)
    with pytest.raises(SettingsError, match=problem) as raised:
        read_rules(path)
    assert str(raised.value).startswith(f"{path}, line {line}: ")
    assert "\n" not in str(raised.value)


def test_a_file_that_is_not_there_or_is_too_large_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="No such file"):
        read_rules(tmp_path / "none.yaml")
    with pytest.raises(SettingsError, match="at most"):
        read_rules(_write(tmp_path, "#" * 2_000_000))


def test_a_changed_file_is_read_again_and_a_broken_one_leaves_the_old_rules(tmp_path: Path) -> None:
    path = _write(tmp_path, "false_alarms_per_month: 1\n")
    file = RulesFile(path)
    assert not file.refresh()
    _touch(path, "false_alarms_per_month: 7\n")
    assert file.refresh()
    assert {rule.budget for rule in file.current} == {7.0}
    _touch(path, "rules: broken\n")
    with pytest.raises(SettingsError):
        file.refresh()
    assert not file.refresh()  # said once
    assert {rule.budget for rule in file.current} == {7.0}
    path.unlink()
    with pytest.raises(SettingsError):
        file.refresh()
    _touch(path, "false_alarms_per_month: 7  # as before\n")
    assert not file.refresh()


def _touch(path: Path, text: str) -> None:
    before = path.stat().st_mtime_ns if path.exists() else 0
    path.write_text(text)
    os.utime(path, ns=(before + 10**9, before + 10**9))


def test_the_committed_schema_takes_the_file() -> None:
    jsonschema = pytest.importorskip("jsonschema")
    yaml = pytest.importorskip("yaml")
    committed = json.loads((Path(schemas.__file__).parent / "rules.schema.json").read_text())
    validator = jsonschema.Draft202012Validator(committed)
    assert list(validator.iter_errors(yaml.safe_load(FULL))) == []
    assert list(validator.iter_errors({"rules": [{"name": "a", "kind": "loud"}]}))


@pytest.mark.parametrize("hours", ["", "from: '00:00', to: '24:00', ", "from: '00:00', ", "to: '24:00', "])
def test_one_entry_mutes_a_weekend_whole(tmp_path: Path, hours: str) -> None:
    path = tmp_path / "rules.yaml"
    path.write_text(f"mute:\n  - {{{hours}days: [sat, sun], time_zone: Europe/Zurich}}\nrules: [{{name: a}}]\n")
    rule, *_ = read_rules(path)
    saturday = datetime(2026, 11, 28, tzinfo=ZoneInfo("Europe/Zurich"))
    first = int(saturday.timestamp()) // 60
    muted = [minute for minute in range(first - DAY, first + 4 * DAY) if rule.muted(minute + 1)]
    assert muted == list(range(first, first + 2 * DAY))


def test_a_mute_has_the_time_zone_of_its_rule_or_of_the_file(tmp_path: Path) -> None:
    text = "time_zone: Europe/Zurich\nmute: [{to: '06:00'}, {to: '06:00', time_zone: UTC}]\nrules:\n"
    text += "  - {name: a, kind: volume, mute: [{days: [sat]}]}\n"
    text += "  - {name: b, kind: volume, time_zone: Asia/Tokyo, mute: [{days: [sat]}]}\n"
    first, second = read_rules(_write(tmp_path, text))
    assert [mute.time_zone for mute in first.mutes] == ["Europe/Zurich", "UTC", "Europe/Zurich"]
    assert [mute.time_zone for mute in second.mutes] == ["Europe/Zurich", "UTC", "Asia/Tokyo"]
