"""``bellwether rules``, ``backtest``, ``alerts replay`` and the benches, as a user types them."""

import asyncio
import gzip
import json
import re
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from stream.adapters.files.rules import read_rules
from stream.adapters.postgres.alert_store import PostgresAlertStore
from stream.cli.work.backtest import _deaf
from stream.pipeline.backtest import BacktestResult
from stream.pipeline.notify import ReplayRecord
from stream.pipeline.rules import DecisionRecord
from stream.settings import load_settings
from stream.worker.classifier_facts import read_classifier_facts
from stream.worker.stages import Detect
from tests.fakes.alerts import FakeAlertStore
from tests.postgres import opened_engine
from tests.stream.worker.test_detection import FACTS, NOW, SERIES, _quiet, _windows, _wordings

Run = Callable[..., tuple[int, str, str]]
# Names of rules, settings, series and sources, as they stand in files.
KEPT = {
    "UTC",
    "one",
    "acme",
    "exclude",
    "tickers",
    "case",
    "exact",
    "CBK",
    "CASH",
    "Target",
    "true",
    "cashtag_only",
    "Financials",
    "outlet",
}
DOCUMENTS = [*_quiet(), *_wordings()]


@pytest.fixture
def decided(database: str) -> str:
    """The database after the detector has run over the documents; returns the alert's id."""

    async def work() -> str:
        async with opened_engine(database) as engine:
            store = PostgresAlertStore(engine)
            detect = Detect(lambda: read_rules(None), await _windows(DOCUMENTS), store, ["webhook"], FACTS, lambda: NOW)
            while await detect.tick():
                pass
            (alert,) = await store.alerts(None, 9)
            return alert.id

    return asyncio.run(work())


def test_a_replay_says_identical_and_what_has_changed_since(
    run: Run, decided: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    code, out, _ = run("alerts", "replay", decided[:8])
    assert code == 0, out
    assert "identical: the same decision, digit for digit" in out
    assert "since then another model classifies now" in out
    found = json.loads(run("alerts", "replay", decided, "--json")[1])
    assert (found["identical"], found["differences"]) == (True, [])
    assert found["documents"] > 0
    monkeypatch.setenv("BELLWETHER_LANGUAGE", "zh")
    _, out, _ = run("alerts", "replay", decided)
    assert "完全一致：同一判定，逐位相同" in out
    assert "此后已换用另一个模型" in out
    assert json.loads(run("alerts", "replay", decided, "--json")[1]) == found
    monkeypatch.delenv("BELLWETHER_LANGUAGE")
    code, _, err = run("alerts", "replay", "nosuch")
    assert code == 2
    assert len(err.splitlines()) == 1


def test_a_replay_names_exactly_what_differs(run: Run, decided: str, database: str) -> None:
    async def tamper() -> None:
        async with opened_engine(database) as engine:
            record = await PostgresAlertStore(engine).replay_record(decided)
            assert isinstance(record, ReplayRecord)
            recorded = DecisionRecord.decode(record.content)
            documents, negatives, positives = recorded.trace.counts
            counts = documents, (*negatives[:-1], negatives[-1] + 1000), positives
            trace = msgspec.structs.replace(recorded.trace, counts=counts)
            content = msgspec.structs.replace(recorded, trace=trace).encode()
            async with engine.begin() as connection:
                await connection.exec_driver_sql("UPDATE alert_records SET record = %s", (content,))

    asyncio.run(tamper())
    code, out, _ = run("alerts", "replay", decided)
    assert code == 1
    assert "observation.negatives: was" in out
    assert "observation.score: was" in out
    assert "identical" not in out


def test_a_replay_without_documents_says_why(run: Run, decided: str, database: str) -> None:
    async def tamper() -> None:  # as a window of a day is recorded
        async with opened_engine(database) as engine:
            record = await PostgresAlertStore(engine).replay_record(decided)
            assert isinstance(record, ReplayRecord)
            content = msgspec.structs.replace(DecisionRecord.decode(record.content), members=()).encode()
            async with engine.begin() as connection:
                await connection.exec_driver_sql("UPDATE alert_records SET record = %s", (content,))

    asyncio.run(tamper())
    _, out, _ = run("alerts", "replay", decided)
    assert "of a window over three hours the single documents are not kept" in out
    assert "0 documents" not in out


def test_a_series_is_explained(run: Run, decided: str) -> None:
    code, out, _ = run("rules", "explain", SERIES)
    assert code == 0
    assert f"{SERIES}, rule 'negative-surge.slow' (negative)" in out
    assert "a cautious guess for 3 false alarms a month over 1 series" in out
    assert "30 min: about" in out
    found = next(one for one in json.loads(run("rules", "explain", SERIES, "--json")[1]) if one["windows"])
    assert found["rule"] == "negative-surge.slow"  # 120 documents a day
    assert found["share"] == pytest.approx(0.2, abs=0.05)
    for name in ("Macro", "topic:", "watchlist:none"):
        assert f"series '{name}': one begins with topic:, entry: or group:" in run("rules", "explain", name)[2]
    code, _, err = run("rules", "explain", "topic:Nothing")
    assert (code, len(err.splitlines())) == (2, 1)
    assert "nothing is known of it yet" in err


def test_the_settings_name_the_rules(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "rules.yaml"
    path.write_text("rules:\n  - name: one\n    series: ['topic:Macro']\n")
    code, out, _ = run("rules", "check", str(path))
    assert (code, "1 rule with 3 tests, 3 false alarms a month" in out) == (0, True)
    assert json.loads(run("rules", "check", str(path), "--json")[1])[0]["name"] == "one"
    monkeypatch.setenv("BELLWETHER_RULES", str(path))
    code, _, err = run("rules", "explain", SERIES)
    assert (code, "no rule watches it" in err) == (2, True)
    path.write_text("rules:\n  - name: one\n    kind: loud\n")
    code, _, err = run("rules", "check", str(path))
    assert code == 2
    assert f"{path}, line 3: rules[0].kind" in err


def _file(folder: Path, broken: bool = True) -> str:
    path = folder / "scored.jsonl.gz"
    lines = [msgspec.json.encode(document) for document in DOCUMENTS]
    path.write_bytes(gzip.compress(b"\n".join([*lines, *([b'{"sentiment": 1}', b"not json"] if broken else [])])))
    return str(path)


def test_a_backtest_says_what_is_wrong_before_it_does_the_work(run: Run, tmp_path: Path) -> None:
    code, _, err = run("backtest", _file(tmp_path), "--html", str(tmp_path / "none" / "report.html"))
    assert (code, "is there a folder" in err) == (2, True)
    assert run("backtest", _file(tmp_path), "--html", str(tmp_path))[0] == 2
    path = tmp_path / "notes.txt"
    path.write_text("hello\nworld\n")
    code, out, err = run("backtest", str(path))
    assert (code, out) == (2, "")
    assert "no document could be read: 2 x not JSON: 'h' may not stand at byte 0" in err


def test_a_backtest_of_scored_documents_prints_reports_and_compares(run: Run, tmp_path: Path) -> None:
    file, other, page = _file(tmp_path), tmp_path / "other.yaml", tmp_path / "report.html"
    other.write_text("rules:\n  - name: negative-surge\n    series: ['entry:*']\n")
    code, out, _ = run("backtest", file, "--against", str(other), "--html", str(page))
    assert code == 1  # two lines are refused
    assert f"{SERIES} (negative-surge.slow, critical): peak " in out
    assert "1 event, one message each (" in out
    assert "of 1 alert (" in out
    assert "events: 1, by the other rules 0" in out
    assert "2 documents could not be read" in out
    assert "+1 / -0 alerts over the 2 days" in out
    assert "no rule of kind 'negative' watches topic:Financials" in out
    assert "<svg" in page.read_text()
    found = json.loads(run("backtest", file, "--json")[1])
    (alert,) = found["alerts"]
    assert (alert["series"], found["documents"], found["refused"]) == (SERIES, len(DOCUMENTS), 2)
    assert alert["resolved_at"] > alert["fired_at"]
    (event,) = found["events"]
    key = {name: alert[name] for name in ("rule", "series", "fired_at")}
    assert (event["head"], event["members"]) == (key, [key])
    assert event["peak_score"] >= alert["decision"]["observation"]["score"] > event["threshold"]
    assert event["headline"].startswith("the bank is failing, said ")


ROUTES = """
receivers:
  - {name: desk, type: slack, url: 'https://chat.example/hook'}
  - {name: others, type: slack, url: 'https://chat.example/others'}
default: [others]
routes:
  - {match: ['entry="Castella Bank"'], to: [desk]}
  - {match: ['severity="critical"'], to: [others]}
"""


@pytest.mark.parametrize("at", ["1990-01-01T00:00:00Z", "2020-01-01T00:00:00Z", "2099-01-01T00:00:00Z"])
def test_a_document_far_from_all_others_is_left_out_of_a_backtest(run: Run, tmp_path: Path, at: str) -> None:
    lines = [msgspec.to_builtins(document) for document in DOCUMENTS]
    file = tmp_path / "scored.jsonl"
    file.write_text("\n".join(json.dumps(line) for line in [*lines, lines[0] | {"id": "stray", "published_at": at}]))
    code, out, err = run("backtest", str(file), "--json")
    found = json.loads(out)
    assert (code, found["documents"], found["far"]) == (0, len(DOCUMENTS), 1)
    assert len(found["alerts"]) == 1
    assert "1 document is over 60 days from all others and left out; is its time right?" in " ".join(err.split())
    assert f"{at[:10]} 00:00 (id stray)" in " ".join(err.split())


def test_documents_with_an_id_of_before_are_told(run: Run, tmp_path: Path) -> None:
    lines = [msgspec.to_builtins(document) for document in DOCUMENTS]
    file = tmp_path / "scored.jsonl"
    again = [line | {"id": "ACME", "text": f"{n}"} for n, line in enumerate(lines[:30])]
    for extra, told in (
        (again, "29 documents have an id that came before, such as 'ACME', and are not counted"),
        ([lines[0]], f"1 document has an id that came before, '{DOCUMENTS[0].id}', and is not counted"),
        ([], ""),
    ):
        file.write_text("\n".join(map(json.dumps, [*lines, *extra])))
        code, out, err = run("backtest", str(file), "--json")
        found = json.loads(out)
        count = len(lines) + (extra is again)
        assert (code, found["documents"], found["repeated"]) == (0, count, max(0, len(extra) - (extra is again)))
        assert told in " ".join(err.split())
        assert ("came before" in err) == bool(extra)
    assert f"(documents: {len(lines)}, series: 1)" in run("backtest", str(file))[1]


@pytest.mark.parametrize("routed", [False, True])
def test_a_backtest_tells_of_an_event_once(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, routed: bool
) -> None:
    watchlist, routes, file = tmp_path / "watchlist.yaml", tmp_path / "routes.yaml", tmp_path / "scored.jsonl"
    watchlist.write_text("entries:\n- name: Castella Bank\n")
    routes.write_text(ROUTES)
    calm = {n: f"Castella Bank opens branch {n}" for n in range(3, 288, 5)}
    documents = [msgspec.structs.replace(item, text=calm.get(n, item.text)) for n, item in enumerate(_quiet())]
    documents += [msgspec.structs.replace(item, text=f"Castella Bank fails, {item.id}") for item in _wordings()]
    file.write_bytes(b"\n".join(msgspec.json.encode(item) for item in documents))
    monkeypatch.setenv("BELLWETHER_WATCHLIST", str(watchlist))
    if routed:
        monkeypatch.setenv("BELLWETHER_ROUTES", str(routes))
    found = json.loads(run("backtest", str(file), "--json")[1])
    (event,) = found["events"]
    assert event["head"]["series"] == "entry:Castella Bank"
    assert {SERIES, "entry:Castella Bank"} <= {one["series"] for one in event["members"]}
    assert len(event["members"]) == len(found["alerts"]) > 1
    assert event["headline"].startswith("Castella Bank fails, ")
    assert (event["fired_at"], event["resolved_at"]) == (
        min(one["fired_at"] for one in found["alerts"]),
        max(one["resolved_at"] for one in found["alerts"]),
    )
    assert ("desk" in event["receivers"]) == routed
    out = run("backtest", str(file))[1]
    assert f"entry:Castella Bank with {len(event['members']) - 1} more (" in out
    assert '  "Castella Bank fails, ' in out
    assert ("; to desk 1" in out) == routed


def test_a_backtest_decides_as_the_stage_does(run: Run, tmp_path: Path) -> None:
    found = json.loads(run("backtest", _file(tmp_path), "--json")[1])
    store, facts = FakeAlertStore(), read_classifier_facts(load_settings())

    async def work() -> None:
        detect = Detect(lambda: read_rules(None), await _windows(DOCUMENTS), store, ["webhook"], facts, lambda: NOW)
        while await detect.tick():
            pass

    asyncio.run(work())
    (record,) = store.records.values()
    decision = DecisionRecord.decode(record.content).decision
    assert found["alerts"][0]["decision"]["observation"]["score"] == decision.observation.score
    assert found["alerts"][0]["decision"]["observation"]["minute"] == decision.observation.minute


def test_a_backtest_needs_a_file_or_a_time(run: Run, tmp_path: Path) -> None:
    for arguments in ((), (str(tmp_path / "none.jsonl"),), (_file(tmp_path), "--since", "2026-03-01")):
        code, _, err = run("backtest", *arguments)
        assert (code, len(err.strip().splitlines()[-1:])) == (2, 1)


def test_bench_series_prints_what_the_scorer_reads(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "counts.csv"
    rows = [f"2015-03-{1 + n // 288:02d} {n % 288 // 12:02d}:{n % 12 * 5:02d}:00,{20 + n % 7}" for n in range(288 * 9)]
    rows[2100:2112] = [row.rsplit(",", 1)[0] + ",900" for row in rows[2100:2112]]
    path.write_text("\n".join(["timestamp,value", *rows]) + "\n")
    code, out, _ = run("bench", "series", str(path), "--json")
    assert code == 0
    assert [len(times) for times in json.loads(out).values()] == [1]
    assert json.loads(out)["counts.csv"][0].startswith("2015-03-08")
    assert "1" in run("bench", "series", str(path))[1]


@pytest.mark.usefixtures("chinese", "decided")
def test_what_a_chinese_desk_reads_daily_is_chinese(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BELLWETHER_LANGUAGE", "zh")
    rules, names, page = tmp_path / "r.yaml", tmp_path / "n.yaml", tmp_path / "report.html"
    rules.write_text("rules:\n  - name: one\n    series: ['entry:*']\n    without: ['entry:晨川银行']\n")
    names.write_text(
        "entries:\n  - name: 晨川银行\n    tickers: [CBK, CASH]\n  - name: 目标\n    aliases: [Target, Ab, '600000']\n"
    )
    file = _file(tmp_path, broken=False)
    commands = {
        "rules check": ("rules", "check", str(rules)),
        "rules explain": ("rules", "explain", SERIES),
        "watchlist check": ("watchlist", "check", str(names)),
        "watchlist test": ("watchlist", "test", str(names), "晨川银行遭挤兑"),
        "backtest": ("backtest", file, "--against", str(rules), "--html", str(page)),
    }
    for name, arguments in commands.items():
        code, out, err = run(*arguments)
        assert code == 0, f"{name}: {err}"
        assert re.search("[\u4e00-\u9fff]", out), name
        assert _english(out.replace(str(tmp_path), "")) == set(), f"{name}: {out}"
    # What programs read is the same in each language.
    assert "false alarms a month" in run("rules", "explain", SERIES, "--json")[1]
    assert "watches topic:Financials" in run("backtest", file, "--against", str(rules), "--json")[1]
    assert '<html lang="zh-CN">' in page.read_text()
    shown = re.sub(r"<style>.*?</style>|<[^>]*>", " ", page.read_text(), flags=re.DOTALL).replace(str(tmp_path), "")
    assert _english(shown) == set()


def _english(text: str) -> set[str]:
    """Return the English words of what is shown, without names, settings and what was read."""
    words = {*re.findall(r"(?<![\w.\-/])[A-Za-z]{3,}(?![\w\-/:])", text)}
    return words - KEPT - {word for document in DOCUMENTS for word in re.findall("[A-Za-z]+", document.text or "")}


def test_a_backtest_that_watched_nothing_says_so() -> None:
    assert _deaf(BacktestResult((), (), {}, 0, 0, {"too few": 0})).startswith(
        "No series was decided on: no rule watches"
    )
    assert "('too few' 5 times)" in _deaf(BacktestResult((), (), {}, 0, 0, {"too few": 5}))
