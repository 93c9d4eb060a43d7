"""The commands around alerts, receivers, deliveries and routes, on a real Postgres, as a user types them."""

import asyncio
import base64
import json
import re
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from queue import Queue
from threading import Thread

import pytest
from aiohttp import web

from stream.adapters.postgres.alert_store import PostgresAlertStore
from stream.adapters.postgres.outbox import PostgresOutbox
from stream.pipeline.documents.record import Origin
from stream.pipeline.rules import Reason
from stream.translation import choose_language
from tests.contracts.alerts import RULE, decision, document, firing, resolved, tick
from tests.output import english_words
from tests.postgres import opened_engine

SECRET = "whsec_" + base64.b64encode(bytes(range(32))).decode()
NOW = datetime.now(UTC).replace(microsecond=0)
Run = Callable[..., tuple[int, str, str]]
ROUTES = """\
receivers:
  - {name: pager, type: webhook, url: "https://pager.test/", secrets: [{env: PAGER_SECRET}]}
  - {name: chat, type: slack, url: {env: CHAT_URL}}
default: [chat]
routes:
  - match: ["severity=critical"]
    to: [pager]
    continue: true
  - match: ["entry=~Acme.*"]
    to: [chat]
"""


@pytest.fixture
def filled(database: str) -> str:
    """A database with a group of two, one of them with terrible text, and a third alert."""
    rude = document(1, text="\x1b[2Jgone", source="wire\x1b[31m", url="https://x.test/", scored_at=NOW)
    origin = Origin("bellwether.news", 0, 7, int(rude.published_at.timestamp() * 1000) + 1500)
    shared = [document(2, entries=("Acme",), origin=origin), rude]
    changes = [firing("topic:Macro", evidence=shared), firing("entry:Acme", evidence=shared), firing("topic:Other")]

    async def work() -> None:
        async with opened_engine(database) as engine:
            assert await PostgresAlertStore(engine).commit(RULE, 0, tick(*changes, receivers=["pager"], now=NOW))

    asyncio.run(work())
    return database


def test_a_silence_of_what_no_series_has_is_made_and_told(
    run: Run, filled: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def decide() -> None:
        latest = {name: decision(Reason.EXPECTED, name) for name in ("topic:Macro", "entry:Acme Bank/topic:Earnings")}
        async with opened_engine(filled) as engine:
            assert await PostgresAlertStore(engine).commit(RULE, 1, tick(latest=latest))

    whole = "--for", "2h", "-m", "patch day"
    assert run("alerts", "silence", "entry=Acmee", *whole)[2] == ""  # nothing was decided yet, so nothing is known
    asyncio.run(decide())
    for wrong, told in (
        (
            "topic=Marco",
            "topic 'Marco': no model that ships has it, so it needs one of your own; did you mean 'Macro'?",
        ),
        ("topic=Dividend", 'matcher topic="Dividend": there is no such topic so far'),
        ("entry=~Acmee.*", 'matcher entry=~"Acmee.*": there is no such entry so far'),
        ("series=topic:Macros", "there is no such series so far; did you mean 'topic:Macro'?"),
        ("series=macro", "a series begins with topic:, entry: or group:; did you mean 'topic:Macro'?"),
        ("rule=other", 'matcher rule="other": there is no such rule so far'),
        (f"rule={RULE}.fast", f"names have small letters, digits and hyphens; did you mean '{RULE}'?"),
        ("severity=critcal", "there is no such severity so far; did you mean 'critical'?"),
        ("severity=~crit", "there is no such severity so far; did you mean 'critical'?"),
        ("severity=page", 'matcher severity="page": there is no such severity so far'),  # by the rules in use
        ("severity=", 'matcher severity=""'),
        ("kind=neg", "kinds are negative, volume, drift"),
        ("kind=sparse", "kinds are negative, volume, drift"),
    ):
        code, out, err = run("alerts", "silence", wrong, *whole)
        assert code == 0
        assert out.startswith("silence ")
        assert told in err
    for right in ("topic=Earnings", "topic!=Marco", "entry=~Acme.*", "topic=", f"rule={RULE}", "severity=critical"):
        assert run("alerts", "silence", right, *whole)[2] == ""
    _, out, err = run("alerts", "silence", f"rule={RULE}.slow", *whole)  # as a message names a test of the rule
    assert (f'it holds for: rule="{RULE}"\n' in out, err) == (True, "")
    assert run("alerts", "silence", "group=banks", *whole)[2] == ""  # without a watchlist no group is known
    watchlist = tmp_path / "watchlist.yaml"
    watchlist.write_text("entries: [{name: Castermere, group: banks}]")
    monkeypatch.setenv("BELLWETHER_WATCHLIST", str(watchlist))
    assert "did you mean 'banks'?" in run("alerts", "silence", "group=bank", *whole)[2]
    assert "did you mean 'Castermere'?" in run("alerts", "silence", "entry=castermere", *whole)[2]
    for right in ("group=banks", "entry=Castermere", "entry=Acme Bank"):  # no document yet, or not watched any more
        assert run("alerts", "silence", right, *whole)[2] == ""


def test_a_topic_typed_as_it_is_shown_in_chinese_is_told_as_it_is_typed(
    run: Run, filled: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BELLWETHER_LANGUAGE", "zh")
    meant = "是否指 'Financials'（金融机构）？"
    assert meant in run("alerts", "silence", "topic=金融机构", "--for", "2h", "-m", "test")[2]
    assert meant in run("rules", "explain", "topic:金融机构")[2]
    assert "topic:Macro" in run("alerts", "show", firing("topic:Macro").alert_id)[1]


def test_a_silence_is_doubted_by_the_rules_only_where_they_are_in_use(
    run: Run, filled: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def decide() -> None:
        async with opened_engine(filled) as engine:
            assert await PostgresAlertStore(engine).commit(
                RULE, 1, tick(latest={"topic:Macro": decision(Reason.EXPECTED)})
            )

    asyncio.run(decide())
    rules = tmp_path / "rules.yaml"
    rules.write_text("rules: [{name: other, kind: negative}]")  # not those that decide
    monkeypatch.setenv("BELLWETHER_RULES", str(rules))
    assert run("alerts", "silence", "severity=page", "--for", "2h", "-m", "patch day")[2] == ""


def test_an_alert_is_acknowledged_with_its_group(run: Run, filled: str) -> None:
    macro = firing("topic:Macro").alert_id
    code, out, _ = run("alerts", "ack", macro[:10], "-m", "on it")
    assert code == 0
    assert sorted(re.findall(r"  (.+?): acknowledged by ann at", out)) == ["entry:Acme", "topic:Macro"]
    _, out, _ = run("alerts", "ack", macro, "--author", "bob")
    assert out.count("acknowledged by ann") == 2
    assert "comment" not in out
    _, out, _ = run("alerts", "ack", macro, "--author", "bob", "-m", "a rumour")
    assert out.count("UTC; your comment is added\n") == 2
    assert json.loads(run("alerts", "list", "--status", "firing", "--json")[1])[0]["series"] == "topic:Other"
    _, out, _ = run("alerts", "show", macro)
    assert "acknowledged by ann: on it" in out
    assert "by bob: a rumour" in " ".join(out.split())
    assert "Of the same event" in out
    assert run("alerts", "ack", "nothing")[::2] == (
        2,
        "bellwether: alert 'nothing': no such alert; see `bellwether alerts list`\n",
    )


def test_an_alert_is_shown_whole_and_harmless(run: Run, filled: str) -> None:
    code, out, _ = run("alerts", "show", firing("topic:Macro").alert_id)
    assert code == 0
    assert "\x1b" not in out
    assert "30 negative of 40 independent documents in 15 min; expected 10.0 of as many (25%), usual 3.1" in out
    assert "Latency ledger" in out
    # Published at .002, on the broker at .501 of the next second; nothing is delivered yet.
    assert re.search(r"ingested \(Kafka\) .* 1\.499 s", out), out
    assert re.search(r"delivered \(first receiver\) +not known", out)
    assert "waiting" in out
    story = json.loads(run("alerts", "show", firing("topic:Macro").alert_id, "--json")[1])
    assert story["evidence"][1]["text"] == "\x1b[2Jgone"  # verbatim, for programs


def test_silences_are_made_listed_and_ended(run: Run, filled: str) -> None:
    code, out, _ = run("alerts", "silence", "topic=Macro", "severity!=critical", "--for", "2h", "-m", "patch day")
    assert code == 0
    assert "open alerts that it holds for: 1" in out
    found = re.search(r"silence (\w+) from", out)
    assert found is not None
    _, out, _ = run("alerts", "silences")
    assert all(text in out for text in (found[1], 'topic="Macro" severity!="critical"', "ann", "patch day"))
    (one,) = json.loads(run("alerts", "silences", "--json")[1])
    assert one["matchers"][0] == {"label": "topic", "op": "=", "value": "Macro"}
    assert "ended at" in run("alerts", "unsilence", found[1], "--author", "bob")[1]
    assert run("alerts", "silences")[1] == "no silences\n"
    assert "ended by bob" in run("alerts", "silences", "--all")[1]


def test_what_people_do_about_alerts_is_told_in_chinese(run: Run, filled: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BELLWETHER_LANGUAGE", "zh")
    try:
        said = [run("alerts", "silence", 'topic="Macro"', "--for", "2h", "-m", "系统升级")[1]]
        (silence,) = re.findall(r"静默 (\w+)，自", said[0])
        said += [run("alerts", "silences")[1], run("alerts", "unsilence", silence)[1], run("alerts", "silences")[1]]
        said += [run("alerts", "silences", "--all")[1], run("alerts", "ack", firing("topic:Macro").alert_id)[1]]
        text = "\n".join(said)
    finally:
        choose_language("en")
    assert english_words(text) == {"UTC", "topic", "Macro", "ann", "Acme"}
    for words in ("适用的未解除预警：1", "匹配条件", "已于", "没有静默", "由 ann 结束", "宏观经济：已由 ann 于"):
        assert words in text, text


def test_times_of_a_silence_may_have_an_offset_and_are_said_in_utc(run: Run, filled: str) -> None:
    tokyo = timezone(timedelta(hours=9))
    begin, end = NOW + timedelta(days=1), NOW + timedelta(days=2)
    typed = "--from", begin.astimezone(tokyo).isoformat(), "--until", end.astimezone(tokyo).isoformat()
    _, out, _ = run("alerts", "silence", "topic=Macro", *typed, "-m", "x")
    assert f" from {begin:%Y-%m-%d %H:%M:%S} to {end:%Y-%m-%d %H:%M:%S} UTC" in out


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (("topic=A", "--for", "2h", "--until", "2030-01-01", "-m", "x"), "say either --for or --until"),
        (("topic=A", "-m", "x"), "say either --for or --until"),
        (("topic=A", "--for", "soon", "-m", "x"), "'soon' is no duration"),
        (("topic=A", "--until", "soon", "-m", "x"), "'soon' is no time"),
        (("topic=A", "--until", "0001-01-01T00:00+09:00", "-m", "x"), "is no time"),
        (("topic=A", "--until", "2001-01-01", "-m", "x"), "ends after it begins"),
        (("topic=A", "--for", "400d", "-m", "x"), "within a year"),
        (("topic=A", "--for", "9d", "--from", "9999-12-31", "-m", "x"), "ends after all times"),
        (("topic=A", "--for", "999999d" * 3000, "-m", "x"), "is no duration"),
        (("colour=red", "--for", "2h", "-m", "x"), "'colour' is none of series"),
        (("topic=A", "--for", "2h", "-m", " "), "needs a comment"),
        (("topic=A", "--for", "2h", "-m", "x" * 1001), "1001 characters"),
        (("topic=A", "--for", "2h", "-m", "x", "--author", " "), "an author is needed"),
    ],
)
def test_a_silence_that_makes_no_sense_is_one_line(run: Run, arguments: tuple[str, ...], problem: str) -> None:
    code, out, err = run("alerts", "silence", *arguments)
    assert (code, out, len(err.splitlines())) == (2, "", 1)
    assert problem in err


# A byte of the command line that is no UTF-8, as Python hands it on.
NO_TEXT = "\udcff"


@pytest.mark.parametrize(
    "arguments",
    [
        ("alerts", "silence", f"topic=A{NO_TEXT}", "--for", "2h", "-m", NO_TEXT, "--author", NO_TEXT),
        ("alerts", "silence", f"topic=~A{NO_TEXT}", "--for", "2h", "-m", "x"),
        ("alerts", "show", NO_TEXT),
        ("alerts", "ack", NO_TEXT),
        ("alerts", "unsilence", NO_TEXT),
        ("alerts", "replay", NO_TEXT),
        ("receivers", "disable", NO_TEXT, "-m", NO_TEXT),
        ("receivers", "test", NO_TEXT),
        ("rules", "explain", NO_TEXT),
        ("routes", "test", "--series", f"topic:{NO_TEXT}"),
        ("rebuild", "--since", NO_TEXT),
        ("watchlist", "check", f"{NO_TEXT}.yaml"),
    ],
)
def test_an_argument_that_is_no_text_is_no_error_of_python(run: Run, filled: str, arguments: tuple[str, ...]) -> None:
    code, out, err = run(*arguments)
    assert code in (0, 2)
    assert "Traceback" not in out + err
    assert len(err.splitlines()) <= 1


def test_deliveries_are_listed_shown_and_retried(run: Run, filled: str) -> None:
    async def give_up() -> int:
        async with opened_engine(filled) as engine:
            outbox = PostgresOutbox(engine)
            first, second = await outbox.claim("pager", NOW, timedelta(seconds=60), 10)
            await outbox.failed(first, "answered 400: \x1b[31mno", None)
            await outbox.delivered(second, NOW)
            return first.id

    number = asyncio.run(give_up())
    _, out, _ = run("deliveries", "list", "--undelivered")
    assert "given up: answered 400:  [31mno" in out
    assert "delivered" in run("deliveries", "list", "--receiver", "pager")[1]
    shown = json.loads(run("deliveries", "show", str(number))[1])
    assert (shown["state"]["error"], shown["payload"]["type"]) == ("answered 400: \x1b[31mno", "alert.firing")
    assert run("deliveries", "retry", str(number))[1] == f"delivery {number} to pager is due now\n"
    code, _, err = run("deliveries", "retry", str(number + 1))
    assert (code, "it was delivered at" in err) == (2, True)
    assert "no such delivery" in run("deliveries", "show", "99999")[2]


def test_what_is_held_back_is_told(run: Run, filled: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    state = "held back: its receiver is not configured here"
    assert state in " ".join(run("deliveries", "list")[1].split())
    number = str(json.loads(run("deliveries", "list", "--json")[1])[0]["id"])
    assert "receiver 'pager' is not configured here" in run("deliveries", "retry", number)[2]
    (tmp_path / "routes.yaml").write_text(ROUTES)
    monkeypatch.setenv("BELLWETHER_ROUTES", str(tmp_path / "routes.yaml"))
    assert "held back" not in run("deliveries", "list")[1]
    assert run("deliveries", "retry", number)[1:] == (f"delivery {number} to pager is due now\n", "")
    run("receivers", "disable", "pager", "-m", "too loud")
    assert "held back: its receiver is disabled" in " ".join(run("deliveries", "list")[1].split())
    code, out, err = run("deliveries", "retry", number)
    assert (code, out) == (2, "")
    assert f"delivery {number} is not sent again: its receiver is disabled; `bellwether receivers enable pager`" in err


def test_receivers_are_listed_disabled_and_enabled(
    run: Run, filled: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "routes.yaml").write_text(ROUTES)
    monkeypatch.setenv("BELLWETHER_ROUTES", str(tmp_path / "routes.yaml"))
    assert "is disabled" in run("receivers", "disable", "chat", "-m", "too loud")[1]
    _, out, _ = run("receivers", "list")  # where the secrets are not kept
    assert re.search(r"chat +disabled since .* by ann: too loud", out), out
    assert re.search(r"pager +enabled +2 ", out), out
    assert run("receivers", "enable", "chat")[1] == "chat is enabled\n"
    assert run("receivers", "enable", "chat")[1] == "chat is enabled, as it was\n"
    assert "there are kafka, pager, chat" in run("receivers", "enable", "chatt")[2]
    assert "the variable PAGER_SECRET is not set" in run("receivers", "test", "pager")[2]


@contextmanager
def _receiving(handler: Callable[[web.Request], Awaitable[web.StreamResponse]]) -> Iterator[str]:
    """A receiver in a thread of its own; gives its address."""
    ready, loop, stop = Queue[str](), asyncio.new_event_loop(), asyncio.Event()

    async def serve() -> None:
        app = web.Application()
        app.router.add_post("/", handler)
        runner = web.AppRunner(app)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        ready.put(f"http://127.0.0.1:{runner.addresses[0][1]}/")
        await stop.wait()
        await runner.cleanup()

    thread = Thread(target=lambda: loop.run_until_complete(serve()), daemon=True)
    thread.start()
    try:
        yield ready.get(timeout=120)
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join()
        loop.close()


def test_a_test_notification_arrives(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[dict[str, str]] = []

    async def handler(request: web.Request) -> web.StreamResponse:
        seen.append(await request.json())
        return web.Response(status=204 if len(seen) == 1 else 500, text=None if len(seen) == 1 else "out of order")

    with _receiving(handler) as url:
        monkeypatch.setenv("BELLWETHER_WEBHOOK_URL", url)
        monkeypatch.setenv("BELLWETHER_WEBHOOK_SECRET", SECRET)
        monkeypatch.setenv("BELLWETHER_WEBHOOK_ALLOW_HTTP", "true")
        assert "is not public; set allow_private" in run("receivers", "test", "webhook")[2]
        monkeypatch.setenv("BELLWETHER_WEBHOOK_ALLOW_PRIVATE", "true")
        assert "webhook took it: msg_" in run("receivers", "test", "webhook")[1]
        assert seen[0]["type"] == "alert.test"
        assert run("receivers", "test", "webhook")[::2] == (2, "bellwether: 127.0.0.1 answered 500: out of order\n")


def test_routes_are_doubted_by_the_rules_and_the_watchlist(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, rules, watchlist = (tmp_path / name for name in ("routes.yaml", "rules.yaml", "watchlist.yaml"))
    wrong = "entry=castermere", "group=Banks", "rule=topicz", "severity=page", "kind=volume"
    right = "entry=Castermere", "group=banks", "rule=topics", "severity=critical", "topic=Macro", "group="
    chat = {"name": "chat", "type": "slack", "url": {"env": "CHAT_URL"}}
    routes = [{"match": [one], "to": ["chat"]} for one in (*wrong, *right)]
    path.write_text(json.dumps({"receivers": [chat], "default": ["chat"], "routes": routes}))
    command = "routes", "check", str(path), "--without-secrets"
    assert run(*command)[0] == 0
    assert "matcher" not in run(*command)[2]  # neither is known
    rules.write_text("rules: [{name: topics, kind: negative}]")
    watchlist.write_text("entries: [{name: Castermere, group: banks}]")
    monkeypatch.setenv("BELLWETHER_RULES", str(rules))
    monkeypatch.setenv("BELLWETHER_WATCHLIST", str(watchlist))
    told = [line for line in run(*command)[2].splitlines() if "matcher" in line]
    assert [line.split(":")[1] for line in told] == [f" route {number}" for number in range(1, 6)]
    assert told[0].endswith("there is no such entry so far; did you mean 'Castermere'?")
    monkeypatch.setenv("BELLWETHER_RULES", str(tmp_path / "none.yaml"))  # what is wrong there is told elsewhere
    assert run(*command)[0] == 0


def test_routes_are_checked_and_explained(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "routes.yaml"
    path.write_text(ROUTES)
    code, _, err = run("routes", "check", str(path))
    assert (code, err) == (
        2,
        f"bellwether: {path}, line 2: receivers[0].secrets[0]: receiver 'pager':"
        " the variable PAGER_SECRET is not set or empty\n",
    )
    assert run("routes", "check", str(path), "--without-secrets")[1] == (
        f"{path}: receivers pager, chat; 2 routes; default chat; updates of a group every 5 min\n"
    )
    monkeypatch.setenv("PAGER_SECRET", SECRET)
    monkeypatch.setenv("CHAT_URL", "http://in.clear/hunter2")
    code, _, err = run("routes", "check", str(path))
    assert (code, "must be https" in err, "hunter2" in err) == (2, True, False)
    monkeypatch.setenv("CHAT_URL", "https://hooks.test/hunter2")
    assert run("routes", "check", str(path))[0] == 0
    monkeypatch.setenv("BELLWETHER_ROUTES", str(path))
    _, out, _ = run("routes", "test", "--series", "entry:Acme Corp", "--severity", "critical")
    assert out.splitlines() == [
        'series="entry:Acme Corp" severity="critical" rule="negative-surge" kind="negative" entry="Acme Corp"',
        'route 1: taken, to pager: severity="critical"',
        'route 2: taken, to chat: entry=~"Acme.*"',
        "default: not needed, chat",
        "always: kafka",
        "goes to: kafka, pager, chat",
    ]
    _, out, _ = run("routes", "test", "--series", "topic:Macro", "--file", str(path))
    assert "route 1: not taken: severity=\"critical\" does not hold, severity is 'warning'" in out
    assert "default: taken, since no route was, chat" in out
    for name in ("Macro", "group:", "watchlist:none"):
        assert "begins with topic:, entry: or group:" in run("routes", "test", "--series", name)[2]
    for name in ("group:banks", "watchlist:all"):
        assert run("routes", "test", "--series", name)[0] == 0


def test_what_has_resolved_says_so(run: Run, filled: str) -> None:
    async def resolve() -> None:
        async with opened_engine(filled) as engine:
            assert await PostgresAlertStore(engine).commit(RULE, 1, tick(resolved("topic:Other"), receivers=["pager"]))

    asyncio.run(resolve())
    _, out, _ = run("alerts", "ack", firing("topic:Other").alert_id)
    assert "resolved at" in out
    assert "nothing to acknowledge" in out
