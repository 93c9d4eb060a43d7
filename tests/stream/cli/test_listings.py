"""What the commands that list print in a terminal of 80 columns and in a pipe: whole ids and series, short numbers."""

import base64
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from stream.__main__ import main
from stream.cli import alerts, deliveries
from stream.cli.listing import listing, print_listing
from stream.cli.work import dead_letters, windows
from stream.cli.work.story import print_story
from stream.pipeline.documents.dead_letters import DeadLetter
from stream.pipeline.notify import Alert, AlertStory, DeliveryState, Silence, Status, Transition
from stream.pipeline.notify.matching import parse_matcher
from stream.pipeline.notify.retries import OVER
from stream.pipeline.rules import Reason, Without
from stream.pipeline.windows.earlier import Earlier
from stream.settings import load_settings
from stream.translation import choose_language
from tests.contracts.alerts import decision, document
from tests.output import english_words

AT = datetime(2026, 3, 2, 14, 5, 7, tzinfo=UTC)
ID = "77387e7b-1f0c-5d5e-9c3a-0d9f4d2f3c11"
MESSAGE = "msg_2b7d0c8e4f1a4c6f9a3b5d7e"
SERIES = "entry:Acme Holdings International/topic:Company | Product News"
LIST = [
    Alert(ID, "negative-surge", SERIES, Status.RESOLVED, AT, AT + timedelta(minutes=172), acknowledged_by="ann"),
    Alert(ID, "negative-surge", "topic:Macro", Status.FIRING, AT, silenced_by="ab12cd34ef56"),
    Alert(ID, "negative-surge", "topic:Macro", Status.ACKNOWLEDGED, AT, acknowledged_by="bob"),
]
SENT = DeliveryState(
    "pager", "alert.resolved", MESSAGE, 3, AT, error="answered 400: out of order", id=1234, alert_id=ID
)
QUIET = Silence(
    "ab12cd34ef56", (parse_matcher('topic="Company | Product News"'),), AT, AT, "ann", "a day of many patches", AT
)
_BY_ANN = f"not notified: silence {QUIET.id} by ann: 补丁日"
OF_THE_DESK = (
    Transition(Status.ACKNOWLEDGED, AT, AT, None, "acknowledged:02f9a8b5", actor="ann", reason="第二次"),
    Transition(Status.FIRING, AT, AT, None, f"silenced:{QUIET.id}", actor="ann", reason=_BY_ANN),
    Transition(
        Status.FIRING, AT, AT, None, f"unsilenced:{QUIET.id}", actor="bellwether", reason=f"silence {QUIET.id} is over"
    ),
)
LETTER = DeadLetter(
    "source: none\x1b[2J", base64.b64encode(b"\x1b[31m" + b"x" * 99).decode(), "bellwether.news", 0, 12345
)
Print = Callable[..., str]


@pytest.fixture(params=["terminal of 80 columns", "pipe"])
def printed(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Print:
    """Return what a command prints where the stores answer ``rows``; in a terminal, one of 80 columns."""
    monkeypatch.setenv("COLUMNS", "80")
    if request.param != "pipe":
        monkeypatch.setenv("FORCE_COLOR", "1")
        monkeypatch.setenv("TERM", "dumb")

    def command(rows: Any, *arguments: str) -> str:
        monkeypatch.setattr(alerts, "operate", lambda _: rows)
        monkeypatch.setattr(deliveries, "operate", lambda _: (rows, {}))  # none is held back
        monkeypatch.setattr(dead_letters, "_letters", lambda _: rows)
        monkeypatch.setattr(sys, "argv", ["bellwether", *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        assert not ended.value.code
        out = capsys.readouterr().out
        assert "…" not in out
        assert "..." not in out
        widest = max(map(cell_len, out.splitlines()))
        assert widest == 80 if request.param != "pipe" else len(out.splitlines()) == len(rows) + 2
        return out

    return command


def test_sentences_follow_the_table_in_a_terminal(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    said = "127.0.0.1 answered 429 (Too Many Requests); come after 120 s"
    for terminal in (True, False):
        monkeypatch.setenv("COLUMNS", "100")
        if terminal:
            monkeypatch.setenv("FORCE_COLOR", "1")
            monkeypatch.setenv("TERM", "dumb")
        else:
            monkeypatch.delenv("FORCE_COLOR")
        table = listing("source", "state", "problem")
        table.add_row("busy", "failing", Text(said))
        table.add_row("quiet", "ok", Text(""))
        print_listing(table, "nothing", sentences=True)
        lines = [line.rstrip() for line in capsys.readouterr().out.splitlines()]
        if terminal:
            assert lines[-2:] == ["quiet   ok", f"busy: {said}"]
        else:
            assert any(line.startswith("busy") and line.endswith(said) for line in lines)


def _joined(out: str, first: int, last: int) -> str:
    """Return the text of a column, without the spaces at which it was broken."""
    return "".join(line[first:last] for line in out.splitlines()[2:]).replace(" ", "")


def test_ids_and_series_of_alerts_are_whole(printed: Print) -> None:
    out = printed(LIST, "alerts", "list")
    assert [line.split()[0] for line in out.splitlines() if "14:05" in line] == ["77387e7b"] * 3
    assert ID not in out
    first, last = out.index("series"), out.index("rule")
    assert _joined(out, first, last) == f"{SERIES}topic:Macrotopic:Macro".replace(" ", "")
    words = " ".join(out.split())
    for part in ("resolved", "2026-03-02 16:57,", "acknowledged by", "ann", "firing, silence", "ab12cd34ef56"):
        assert part in words, out


def test_ids_of_deliveries_are_whole(printed: Print) -> None:
    out = printed([SENT], "deliveries", "list")
    row = out.splitlines()[2]
    assert row.split()[:4] == ["1234", "pager", "resolved", "77387e7b"]
    assert "givenup:answered400:outoforder" in _joined(out, out.index("state"), 1000)


def test_times_of_deliveries_are_whole(printed: Print) -> None:
    went = msgspec.structs.replace(SENT, receiver="bellwether.alerts", error=None)
    states = {"delivered_at": AT}, {"next_at": AT}, {"next_at": AT, "error": "answered 503: busy"}
    out = printed([msgspec.structs.replace(went, **state) for state in states], "deliveries", "list")
    assert out.count("2026-03-02 14:05 ") == 3, out  # created
    for words in ("delivered 14:05:07", "again at 14:05:07"):
        assert words in out, out
    assert _joined(out, out.index("state"), 1000).endswith("503:busy,3failed")


def test_ids_of_silences_are_whole(printed: Print) -> None:
    out = printed([QUIET], "alerts", "silences")
    assert out.splitlines()[2].startswith("ab12cd34ef56  ")
    assert 'topic="Company|ProductNews"' in _joined(out, out.index("matchers"), out.index("from"))


def test_places_of_dead_letters_are_whole_and_harmless(printed: Print) -> None:
    out = printed([LETTER], "dead-letters", "list")
    assert out.splitlines()[2].startswith("bellwether.news/0/12345  source: none [2J")
    assert "\x1b" not in out
    assert _joined(out, out.splitlines()[0].index(" text"), 1000) == "[31m" + "x" * 99


@pytest.mark.parametrize("language", ["en", "zh"])
def test_names_of_rules_stand_whole_at_80_columns(
    language: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "r.yaml"
    path.write_text("rules:\n  - name: volume-of-banks-at-night\n    series: ['entry:*', 'topic:Macro']\n")
    for name, value in {"BELLWETHER_LANGUAGE": language, "COLUMNS": "80", "FORCE_COLOR": "1", "TERM": "dumb"}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(sys, "argv", ["bellwether", "rules", "check", str(path)])
    with pytest.raises(SystemExit):
        main()
    choose_language("en")
    out = capsys.readouterr().out
    assert max(map(cell_len, out.splitlines()[:-1])) <= 80  # the last is a sentence
    for name in ("volume-of-banks-at-night", "volume-of-banks-at-night.slow", "volume-of-banks-at-night.sparse"):
        assert f"\n{name} " in out
    assert out.count("entry:*, topic:Macro") == 1  # once, of all tests of the rule


def test_news_that_was_old_when_it_came_is_no_slow_product(capsys: pytest.CaptureFixture[str]) -> None:
    steps = {"published_at": AT - timedelta(minutes=25), "ingested_at": AT, "scored_at": AT + timedelta(minutes=11)}
    print_story(AlertStory(msgspec.structs.replace(LIST[1], **steps), (), (), (), ()), Console(width=1000))
    [came] = [line for line in capsys.readouterr().out.splitlines() if "old news" in line]
    assert came.startswith("ingested (Kafka)")
    assert came.rstrip().endswith("25 min, old news when it came")


def test_what_was_delivered_before_an_alert_was_written_did_not_tell_of_it(capsys: pytest.CaptureFixture[str]) -> None:
    """Minutes are those after it was written: when each notification was made, and when it was taken."""
    alert = msgspec.structs.replace(LIST[1], created_at=AT)
    for times, took in (([(-15, -14), (-1, 1), (0, 2), (3, 3)], "2 min"), ([(-15, -14), (-1, 1)], "")):
        moments = [(AT + timedelta(minutes=made), AT + timedelta(minutes=taken)) for made, taken in times]
        sent = [msgspec.structs.replace(SENT, created_at=made, delivered_at=taken) for made, taken in moments]
        print_story(AlertStory(alert, (), (), tuple(sent)), Console(width=1000))
        [line] = [line for line in capsys.readouterr().out.splitlines() if line.startswith("delivered (first")]
        assert line.rstrip().endswith(took or "not known")


@pytest.mark.parametrize("width", [80, 1000])
def test_a_story_is_in_plain_words(width: int, capsys: pytest.CaptureFixture[str]) -> None:
    taken = decision(Reason.FIRING)
    seen = msgspec.structs.replace(taken.observation, negatives=11.666, documents=42.333)
    step = Transition(Status.FIRING, AT, AT, msgspec.structs.replace(taken, observation=seen))
    scored_at = AT + timedelta(seconds=10_305.203)
    alert = msgspec.structs.replace(LIST[1], published_at=AT, scored_at=scored_at)
    proof = document(1, text="<p>Can&amp;#39;t <b>pay</b>&nbsp;&lt;TSLA&gt;</p>")
    print_story(AlertStory(alert, (step,), (proof,), (SENT,), (LIST[2],)), Console(width=width))
    out = capsys.readouterr().out
    assert "11.7 negative of 42.3 independent documents" in " ".join(out.split())
    assert "counts as less than one" in " ".join(out.split())
    assert "2 h 52 min" in out
    assert "old news" not in out
    assert "Can't pay <TSLA>" in out
    assert MESSAGE in out
    assert "alert.resolved " in out  # whole: nothing of a row is squeezed
    assert out.count("77387e7b ") == 1
    assert out.count(ID) == 1  # at its head, whole


def _english(out: str) -> set[str]:
    """Return the English words of an output but names, ids and types; what a receiver answered is quoted."""
    names = {
        "UTC",
        "Kafka",
        "Acme",
        "Holdings",
        "International",
        "negative",
        "surge",
        "ann",
        "bob",
        "wire",
        "pager",
        "bellwether",
    }
    quoted = {"alert", "resolved", "msg", "answered", "out", "order"}
    return english_words(out) - names - quoted


@pytest.mark.usefixtures("chinese")
def test_alerts_are_listed_in_chinese(printed: Print, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BELLWETHER_LANGUAGE", "zh")
    out = printed(LIST, "alerts", "list")
    assert _english(out) == set()


@pytest.mark.usefixtures("chinese")
def test_a_story_is_chinese_at_80_columns(capsys: pytest.CaptureFixture[str]) -> None:
    fired = decision(Reason.FIRING)
    volume = msgspec.structs.replace(fired, observation=msgspec.structs.replace(fired.observation, kind="volume"))
    steps = tuple(Transition(Status.FIRING, AT, AT, one) for one in (fired, volume))
    steps += (Transition(Status.FIRING, AT, AT, fired, "severity:critical", "critical"), *OF_THE_DESK)
    proof = document(1, text="银行挤兑", negative_of_text=0.2, truncated=True)
    times = {"published_at": AT - timedelta(minutes=25), "ingested_at": AT, "scored_at": AT + timedelta(seconds=3)}
    sent = [
        msgspec.structs.replace(SENT, **one) for one in ({}, {"delivered_at": AT}, {"next_at": AT}, {"error": OVER})
    ]
    for alert in LIST:
        earlier = Earlier(30, 2, 1, AT, (proof,))
        alert = msgspec.structs.replace(alert, severity="critical", acknowledged_at=AT, earlier=earlier, **times)
        print_story(AlertStory(alert, steps, (proof,), tuple(sent), (LIST[2],)), Console(width=80))
    out = capsys.readouterr().out
    as_typed = [f"监控项 {alert.series}" for alert in LIST]  # what commands take stands there once, as it is
    assert [line for line in out.splitlines() if line in as_typed] == as_typed
    assert _english("\n".join(line for line in out.splitlines() if line not in as_typed)) == set()
    assert max(map(cell_len, out.splitlines())) <= 80


@pytest.mark.parametrize(
    ("language", "words"),
    [
        (
            "en",
            "severity rose to critical:|acknowledged by ann:|silenced by ann:|unsilenced by bellwether: silence ab12",
        ),
        (
            "zh",
            "级别升为“严重”：|已认领，操作人 ann：|已静默，操作人 ann：未通知：|静默已结束，操作人 bellwether：静默",
        ),
    ],
)
def test_steps_of_a_story_are_words(language: str, words: str, capsys: pytest.CaptureFixture[str]) -> None:
    rose = Transition(Status.FIRING, AT, AT, decision(Reason.ESCALATED), "severity:critical", "critical")
    choose_language(language)
    print_story(AlertStory(LIST[1], (rose, *OF_THE_DESK), (), ()), Console(width=1000))
    choose_language("en")
    out = capsys.readouterr().out
    assert [part for part in words.split("|") if part not in out] == []
    assert "02f9a8b5" not in out


def test_a_story_says_whether_it_would_fire_without_its_largest_voice(capsys: pytest.CaptureFixture[str]) -> None:
    source, story = Without("wire", 14.4, 8.6, 4.7, False), Without("s1", 30.0, 20.0, 9.0, True)
    fired = msgspec.structs.replace(decision(Reason.FIRING), without_source=source, without_story=story)
    proof = document(1, story="s1", title="Bank fails")
    print_story(AlertStory(LIST[1], (Transition(Status.FIRING, AT, AT, fired),), (proof,), ()), Console(width=200))
    out = capsys.readouterr().out
    assert "Without the largest source (wire): it does not fire, 8.6 of 14.4 negative, score 4.7." in out
    assert "Without the largest story (Bank fails): it still fires, 20 of 30 negative, score 9.0." in out


@pytest.mark.parametrize(("window", "said"), [(180, False), (360, True)])
def test_a_story_says_where_its_largest_voice_is_not_known(
    window: int, said: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    fired = decision(Reason.FIRING)
    fired = msgspec.structs.replace(fired, observation=msgspec.structs.replace(fired.observation, window=window))
    print_story(AlertStory(LIST[1], (Transition(Status.FIRING, AT, AT, fired),), (), ()), Console(width=200))
    assert ("without its largest source or story is not known" in capsys.readouterr().out) is said


@pytest.mark.parametrize(("shown", "negatives", "said"), [(1, 7, True), (0, 7, True), (3, 7, False), (2, 2, False)])
def test_a_story_says_where_texts_of_before_are_missing(
    shown: int, negatives: int, said: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    earlier = Earlier(30, 31, negatives, AT, tuple(document(number) for number in range(shown)))
    print_story(AlertStory(msgspec.structs.replace(LIST[1], earlier=earlier), (), (), ()), Console(width=200))
    assert (f"shown of before: {shown} of {negatives} negative" in capsys.readouterr().out) is said


def test_a_story_says_what_was_written_before(capsys: pytest.CaptureFixture[str]) -> None:
    for earlier in (Earlier(30), Earlier(30, 2, 1, AT, (document(1, title="Bank fails"),))):
        print_story(AlertStory(msgspec.structs.replace(LIST[1], earlier=earlier), (), (), ()), Console(width=100))
    nothing, something = capsys.readouterr().out.split("before: ")[1:]
    assert nothing.startswith("nothing was counted in the last 30 days")
    assert something.startswith("2 documents in the last 30 days, 1 of them negative; the last at ")
    assert "Bank fails" in something
    assert "Ünrest" not in something  # the title stands for the text


def test_windows_in_chinese_have_names_whole_at_80_columns(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    lengths = load_settings().window_minutes

    async def rows(*_: object) -> list[windows.SeriesWindow]:
        numbers: dict[str, Any] = {
            "documents": 1234,
            "negative": 110,
            "stories": 50,
            "sources": 12,
            "late": 3,
            "mean_score": -0.31,
        }
        weights: dict[str, Any] = {"independent": 100.5, "independent_negative": 88.2, "negative_share": 0.22}
        name = "entry:晨川银行/topic:Company | Product News"
        return [windows.SeriesWindow(name, length, "2026-03-02T14:05Z", **numbers, **weights) for length in lengths]

    monkeypatch.setattr(windows, "_read", rows)
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "dumb")
    monkeypatch.setenv("BELLWETHER_LANGUAGE", "zh")
    try:
        windows.print_windows("", 20, json=False)
    finally:
        choose_language("en")
    out = capsys.readouterr().out
    assert out.count("晨川银行 / 公司与产品 ") == len(lengths)
    assert max(map(cell_len, out.splitlines())) <= 80


def test_names_out_of_files_are_no_markup(capsys: pytest.CaptureFixture[str]) -> None:
    table = listing("source", "rows", title="split test[/x]")
    for name in ("[/wire]", "[red]desk", ":fire:", "财新[/]"):
        table.add_row(name, "1")
    print_listing(table, "none")
    said = capsys.readouterr().out
    assert all(name in said for name in ("[/x]", "[/wire]", "[red]desk", ":fire:", "财新[/]"))
