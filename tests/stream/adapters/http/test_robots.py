"""Group robots, against a server on this machine that answers as each service's documentation says."""

from __future__ import annotations

import asyncio
import base64
import gzip
import hashlib
import hmac
import json
import traceback
import zlib
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from math import floor
from random import Random
from typing import Any

import httpx
import msgspec
import pytest
from aiohttp import web
from hypothesis import given
from hypothesis import strategies as st

from stream.adapters.http import robots
from stream.adapters.http.pace import LONGEST, TESTS, Pace, Rate, Turns
from stream.adapters.http.robots import ROBOTS
from stream.adapters.http.webhook import TIMEOUT, Target, WebhookReceiver
from stream.cli.said import in_own_language
from stream.errors import DeliveryError
from stream.pipeline.notify import Board, Delivery, Receiver, Routing, next_attempt
from stream.pipeline.notify.retries import LATEST_RETRY
from stream.worker.stages.notify import CLAIM_LIMIT, LEASE, Notify
from tests.contracts.alerts import document, firing, tick
from tests.fakes.alerts import FakeAlertStore, FakeOutbox

NOW = datetime(2026, 7, 1, 14, 30, 5, 987_654, tzinfo=UTC)
SECRET, KEY = "SECabc/def+ghi=0123", "key-0123456789abcdef"
PATHS = {
    "feishu": f"/open-apis/bot/v2/hook/{KEY}",
    "dingtalk": f"/robot/send?access_token={KEY}",
    "wecom": f"/cgi-bin/webhook/send?key={KEY}",
}
TAKEN = {
    "feishu": {"StatusCode": 0, "StatusMessage": "success", "code": 0, "data": {}, "msg": "success"},
    "dingtalk": {"errcode": 0, "errmsg": "ok"},
    "wecom": {"errcode": 0, "errmsg": "ok"},
}
Answer = tuple[int, Any]


def _signature(key: str, text: str) -> str:
    return base64.b64encode(hmac.new(key.encode(), text.encode(), hashlib.sha256).digest()).decode()


class Service:
    """One service, with a robot that may ask for a signature and a keyword."""

    def __init__(self, form: str, secret: str = "", keyword: str = "", answers: tuple[Answer, ...] = ()) -> None:
        self.form, self.secret, self.keyword = form, secret, keyword
        self.answers = list(answers)
        self.taken: list[dict[str, Any]] = []

    async def handle(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        status, answer = self.answers.pop(0) if self.answers else (200, self._judge(request, body))
        text = answer if isinstance(answer, str) else json.dumps(answer, ensure_ascii=False)
        return web.Response(status=status, text=text)

    def _judge(self, request: web.Request, body: bytes) -> dict[str, Any]:
        message = json.loads(body)
        assert request.headers["content-type"] == "application/json"
        problem: dict[str, Any] | None = getattr(self, f"_{self.form}")(request, message, body)
        if problem is not None:
            return problem
        self.taken.append(message)
        return TAKEN[self.form]

    def _feishu(self, request: web.Request, message: dict[str, Any], body: bytes) -> dict[str, Any] | None:
        if not request.path.endswith(KEY):
            return {"code": 19001, "data": {}, "msg": "param invalid: incoming webhook access token invalid"}
        assert message["msg_type"] == "interactive"
        if len(body) > 20_000:
            return {"code": 9499, "msg": "Bad Request", "data": {}}
        seconds = message.get("timestamp", "0")
        fits = message.get("sign") == _signature(f"{seconds}\n{self.secret}", "")
        if self.secret and not (fits and abs(int(seconds) - NOW.timestamp()) < 3600):
            return {"code": 19021, "msg": "sign match fail or timestamp is not within one hour from current time"}
        if self.keyword not in json.dumps(message["card"], ensure_ascii=False):
            return {"code": 19024, "msg": "Key Words Not Found", "data": {}}
        return None

    def _dingtalk(self, request: web.Request, message: dict[str, Any], body: bytes) -> dict[str, Any] | None:
        if request.query["access_token"] != KEY:
            return {"errcode": 300005, "errmsg": "token is not exist"}
        assert message["msgtype"] == "markdown"
        stamp = request.query.get("timestamp", "0")
        fits = request.query.get("sign") == _signature(self.secret, f"{stamp}\n{self.secret}")
        if self.secret and not (fits and abs(int(stamp) - NOW.timestamp() * 1000) < 3_600_000):
            return {"errcode": 310000, "errmsg": "sign not match, more: [https://ding-doc.dingtalk.com/doc#/x]"}
        if self.keyword not in message["markdown"]["text"]:
            return {"errcode": 310000, "errmsg": "description:关键词不匹配;solution:请联系群管理员查看此机器人的关键词"}
        if len(body) > 20_000:
            return {"errcode": 460101, "errmsg": "message too long, exceed 20000 bytes"}
        return None

    def _wecom(self, request: web.Request, message: dict[str, Any], body: bytes) -> dict[str, Any] | None:
        if request.query["key"] != KEY:
            return {"errcode": 93000, "errmsg": "invalid webhook url, hint: [1], from ip: 1.2.3.4"}
        if len(message["markdown"]["content"].encode()) > 4096:
            return {"errcode": 40058, "errmsg": "markdown.content exceed max length 4096"}
        return None


def _delivery(text: str = "x") -> Delivery:
    plan = Board([], [], Routing(("desk",)), NOW).apply([firing(evidence=[document(n, text=text) for n in range(5)])])
    return Delivery(1, "a", "msg_1", "desk", "alert.firing", plan.notices[0].payload)


async def _served(service: Service, work: Callable[[str], Awaitable[Any]]) -> Any:
    app = web.Application()
    app.router.add_route("*", "/{tail:.*}", service.handle)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        return await work(f"http://127.0.0.1:{runner.addresses[0][1]}{PATHS[service.form]}")
    finally:
        await runner.cleanup()


def send(service: Service, *, text: str = "x", key: str = KEY, secret: str = "", keyword: str = "") -> None:
    """Send a delivery to the robot."""

    async def work(url: str) -> None:
        secrets = (secret,) if secret else ()
        target = Target(
            url.replace(KEY, key), service.form, secrets, allow_http=True, allow_private=True, keyword=keyword
        )
        async with WebhookReceiver("desk", target, now=lambda: NOW) as receiver:
            port: Receiver = receiver
            await port.send(_delivery(text))

    asyncio.run(_served(service, work))


def refused(service: Service, **given: str) -> DeliveryError:
    """Send, and return the error, which holds no secret."""
    with pytest.raises(DeliveryError) as caught:
        send(service, **given)
    told = "".join(traceback.format_exception(caught.value))
    for secret in (KEY, given.get("key", KEY), given.get("secret") or SECRET):
        assert secret not in told
    assert not caught.value.permanent
    return caught.value


@pytest.mark.parametrize("form", PATHS)
@pytest.mark.parametrize("text", ["x", "银行挤兑" * 2000, "@<&]" * 2000])
def test_a_message_is_taken(form: str, text: str) -> None:
    send(service := Service(form), text=text)
    assert len(service.taken) == 1


@pytest.mark.parametrize("form", ["feishu", "dingtalk"])
def test_it_is_signed_as_the_service_asks(form: str) -> None:
    send(service := Service(form, secret=SECRET), secret=SECRET)
    assert len(service.taken) == 1
    for wrong in ("", "SECanother-secret"):
        error = refused(Service(form, secret=SECRET), secret=wrong)
        assert "its signature was not taken: 'secrets' must hold the robot's signing secret" in str(error)


def test_the_signatures_are_those_of_the_documentation() -> None:
    """Computed by the examples of both documentations, in Python, for this time and secret."""
    at, url = datetime(2021, 8, 31, 11, 15, 2, tzinfo=UTC), httpx.URL("https://a.test/?access_token=x")
    _, signed = robots._in_body(url, {}, "demo", at)
    assert signed == {"timestamp": "1630408502", "sign": _signature("1630408502\ndemo", "")}
    there, _ = robots._in_address(url, {}, "this is secret", at)
    sign = _signature("this is secret", "1630408502000\nthis is secret")
    assert dict(there.params) == {"access_token": "x", "timestamp": "1630408502000", "sign": sign}
    assert "+" not in str(there)


@pytest.mark.parametrize("form", ["feishu", "dingtalk"])
def test_a_keyword_is_in_each_message(form: str) -> None:
    send(service := Service(form, keyword="舆情"), keyword="舆情")
    assert len(service.taken) == 1
    assert "set 'keyword' of this receiver to one of the robot's" in str(refused(Service(form, keyword="舆情")))


@pytest.mark.parametrize("form", PATHS)
def test_a_wrong_key_is_told_and_what_to_do(form: str) -> None:
    error = refused(Service(form), key="another-key-0123")
    assert "127.0.0.1 did not take it, code " in str(error)
    assert "no robot has this URL, copy it again from the robot's settings (" in str(error)
    assert error.status == 200


LIMITS: list[tuple[str, Answer, float]] = [
    ("feishu", (200, {"code": 11232, "data": {}, "msg": "frequency limited psm[lark.oapi]appID[1500]"}), 60.0),
    ("feishu", (400, {"code": 9499, "msg": "too many request", "data": {}}), 60.0),
    ("dingtalk", (200, {"errcode": 130101, "errmsg": "send too fast, exceed 20 times per minute"}), 600.0),
    ("dingtalk", (200, {"errcode": 410100, "errmsg": "发送速度太快而限流"}), 600.0),
    ("wecom", (200, {"errcode": 45009, "errmsg": "api freq out of limit, hint: [1]"}), 60.0),
    ("wecom", (429, "slow down"), 60.0),
    ("dingtalk", (429, ""), 600.0),
]


@pytest.mark.parametrize(("form", "answer", "seconds"), LIMITS)
def test_too_many_at_a_time_is_a_failure_that_is_tried_again_later(form: str, answer: Answer, seconds: float) -> None:
    error = refused(Service(form, answers=(answer,)))
    assert (error.status, error.retry_after) == (429, seconds)
    again = next_attempt(1, NOW, Random(1), error.retry_after)
    assert again is not None
    assert again - NOW >= timedelta(seconds=seconds)


@pytest.mark.parametrize("form", PATHS)
def test_after_too_many_the_others_wait_and_lose_no_attempt(form: str) -> None:
    limit = next(one for one in LIMITS if one[0] == form)
    service, clock, store = Service(form, answers=(limit[1],)), [NOW], FakeAlertStore()

    async def work(url: str) -> None:
        target = Target(url, form, allow_http=True, allow_private=True)
        async with WebhookReceiver("desk", target, now=lambda: clock[0]) as receiver:
            notify = Notify(FakeOutbox(store), receiver, lambda: clock[0], Random(1))
            for number in range(4):
                change = firing(f"entry:A{number}", evidence=[document(number)])
                assert await store.commit("rule", number, tick(change, receivers=["desk"], now=clock[0]))
                while await notify.tick():
                    pass
                clock[0] += timedelta(seconds=7)
            assert not service.taken
            assert not service.answers
            assert [item.delivery.attempts for item in store.sent] == [1, 0, 0, 0]
            # As if the time were over; what came first goes first.
            assert receiver._pace is not None
            receiver._pace._alerts._held_until = 0.0
            clock[0] = NOW + timedelta(seconds=1.2 * limit[2] + 30)
            await notify.tick()
            assert len(service.taken) == 4
            assert all(item.delivered_at for item in store.sent)

    asyncio.run(_served(service, work))


def test_who_waits_for_a_turn_does_not_go_when_there_are_too_many() -> None:
    async def work() -> None:
        turns = Turns(Rate(1, 0.05))
        await turns.turn(is_test=False)
        waits = asyncio.ensure_future(turns.turn(is_test=False))
        await asyncio.sleep(0)
        turns.hold(60.0)
        with pytest.raises(DeliveryError, match="it is sent later") as caught:
            await waits
        assert caught.value.untried
        assert (caught.value.retry_after or 0) > 59

    asyncio.run(work())


def test_the_first_to_fail_is_due_before_those_that_wait() -> None:
    pace = Pace(Rate(1, 5.0))
    pace.hold(600.0 * LATEST_RETRY)
    with pytest.raises(DeliveryError) as caught:
        pace.wait(7.0)
    assert caught.value.untried
    assert caught.value.retry_after == pytest.approx(653.0)
    pace.hold(1.0)  # a shorter one takes nothing back
    assert [pace.wait(655.0), pace.wait(655.0)] == pytest.approx([5.0, 10.0])


def test_a_burst_above_the_limit_loses_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """The service counts for itself, as it does where several workers send; a worker's own pace is out of the way."""
    dingtalk = replace(ROBOTS["dingtalk"], rate=Rate(1000, 0.0))
    monkeypatch.setitem(ROBOTS, "dingtalk", dingtalk)
    monkeypatch.setattr(Turns, "hold", lambda *_: None)
    clock, service = [NOW], Service("dingtalk")
    minutes: Counter[datetime] = Counter()

    async def limited(request: web.Request) -> web.StreamResponse:
        minutes[clock[0]] += 1
        if minutes[clock[0]] > 20:
            service.answers.insert(0, LIMITS[2][1])
        return await Service.handle(service, request)

    async def work(url: str) -> FakeAlertStore:
        store = FakeAlertStore()
        changes = [firing(f"entry:A{number}", evidence=[document(number)]) for number in range(50)]
        assert await store.commit("rule", 0, tick(*changes, receivers=["desk"], now=NOW))
        target = Target(url, "dingtalk", allow_http=True, allow_private=True)
        async with WebhookReceiver("desk", target, now=lambda: clock[0]) as receiver:
            notify = Notify(FakeOutbox(store), receiver, lambda: clock[0], Random(1))
            for _ in range(60):
                while await notify.tick():
                    pass
                clock[0] += timedelta(minutes=1)
        return store

    monkeypatch.setattr(service, "handle", limited)
    store = asyncio.run(_served(service, work))
    assert len(service.taken) == 50
    assert max(minutes.values()) > 20
    assert all(item.delivered_at for item in store.sent)


@pytest.mark.parametrize(
    ("form", "answer", "told"),
    [
        ("feishu", (200, {"code": 9499, "msg": "Bad Request", "data": {}}), "code 9499: Bad Request"),
        ("feishu", (200, {"code": 19022, "msg": "Ip Not Allowed"}), "listed addresses only"),
        ("feishu", (200, {"StatusCode": 11246, "StatusMessage": "card"}), "code 11246: card"),
        ("dingtalk", (200, {"errcode": 310000, "errmsg": "ip 1.2.3.4 not in whitelist"}), "listed addresses only"),
        ("dingtalk", (200, {"errcode": 310000, "errmsg": "invalid timestamp"}), "the clock of this machine"),
        ("dingtalk", (200, {"errcode": 430102, "errmsg": "含有不合适的文本"}), "did not like the content"),
        ("dingtalk", (200, {"errcode": 400102, "errmsg": "机器人已停用"}), "switched off"),
        ("wecom", (200, {"errcode": 40058, "errmsg": "exceed max length"}), "code 40058: exceed max length"),
        ("wecom", (200, {"errcode": -1, "errmsg": ""}), "code -1: "),
        ("wecom", (200, "<html>Sign in</html>"), "this is no answer of a group's robot, is the URL right?"),
        ("wecom", (200, ""), "this is no answer of a group's robot"),
        ("wecom", (200, "[1]"), "this is no answer of a group's robot"),
        ("wecom", (502, "<html>bad gateway</html>"), "127.0.0.1 answered 502: <html>bad gateway</html>"),
    ],
)
def test_an_error_in_an_answer_of_200_is_a_failure(form: str, answer: Answer, told: str) -> None:
    assert told in str(refused(Service(form, answers=(answer,))))


OK = b'{"errcode":0,"errmsg":"ok"}'


async def _answered(answer: bytes, headers: dict[str, str], status: int = 200) -> None:
    service = Service("dingtalk")

    async def handle(request: web.Request) -> web.StreamResponse:
        return web.Response(status=status, body=answer, headers=headers)

    async def work(url: str) -> None:
        target = Target(url, "dingtalk", allow_http=True, allow_private=True)
        async with WebhookReceiver("desk", target, now=lambda: NOW) as receiver:
            await receiver.send(_delivery())

    service.handle = handle  # type: ignore[method-assign]
    await _served(service, work)


@pytest.mark.parametrize(
    ("answer", "packing"),
    [
        (gzip.compress(OK), "gzip"),
        (zlib.compress(OK), "deflate"),
        (b"\xef\xbb\xbf" + OK, ""),
        (b" " * 3000 + OK, ""),
        (b'{"data":"' + b"x" * 3000 + b'","errcode":0}', ""),
        ('{"errcode":0,"errmsg":"成功"}'.encode("gbk"), ""),
        (b'{"errcode":"0","errmsg":"ok"}', ""),
        (b'{"errcode":0.0}', ""),
    ],
)
def test_a_good_answer_is_taken_for_one_however_it_is_written(answer: bytes, packing: str) -> None:
    asyncio.run(_answered(answer, {"content-encoding": packing} if packing else {}))


@pytest.mark.parametrize(
    ("answer", "headers", "told"),
    [
        (b'{"errcode":93000,"errmsg":"bad' + b"x" * 2500 + b'"}', {}, "code 93000: badxx"),
        ('{"errcode":310000,"errmsg":"关键词不匹配"}'.encode("gbk"), {}, "(关键词不匹配)"),
        (b'{"errcode":"300005","errmsg":"no such"}', {}, "code 300005: no robot has this URL"),
        (b"<html>Login", {"content-type": "text/html"}, 'is the URL right? (answered 200, text/html: "<html>Login")'),
        (b"", {"content-type": "text/plain"}, "(answered 200, text/plain: nothing)"),
        (b'{"success":false}', {"content-type": "application/json"}, '{"success":false}'),
        (gzip.compress(b" " * 10_000_000 + OK), {"content-encoding": "gzip"}, ": nothing)"),
        (b"no gzip", {"content-encoding": "gzip"}, ': "no gzip")'),
        (b'{"errcode":1e400}', {}, "1e400"),
        (b'{"errcode":"' + b"9" * 5000 + b'"}', {}, "9999"),
    ],
)
def test_why_a_robot_took_nothing_is_told_however_it_is_written(
    answer: bytes, headers: dict[str, str], told: str
) -> None:
    with pytest.raises(DeliveryError) as caught:
        asyncio.run(_answered(answer, headers))
    assert told in str(caught.value)
    assert len(str(caught.value)) < 400


@pytest.mark.parametrize("form", PATHS)
def test_an_answer_that_repeats_a_key_is_not_told(form: str) -> None:
    secret = "" if form == "wecom" else SECRET
    said = f"{KEY}\x1b[31m {secret}"
    answer = {"code": 1, "errcode": 1, "msg": said, "errmsg": said}
    error = refused(Service(form, answers=((200, answer),)), secret=secret)
    assert "***" in str(error)
    assert str(error).isprintable()


def test_gone_still_disables() -> None:
    assert refused_status(Service("wecom", answers=((410, "gone"),))) == 410


def refused_status(service: Service) -> int | None:
    """Return the status of the error; that of 410 is permanent."""
    with pytest.raises(DeliveryError) as caught:
        send(service)
    return caught.value.status


@pytest.mark.usefixtures("chinese")
@pytest.mark.parametrize("form", PATHS)
def test_what_to_do_is_told_in_chinese(form: str) -> None:
    told = in_own_language(str(refused(Service(form), key="another-key-0123")))
    assert "没有机器人使用这个网址，请从机器人设置中重新复制" in told
    assert "too many" not in in_own_language(str(refused(Service("dingtalk", answers=(LIMITS[3][1],)))))


@given(
    st.lists(st.floats(0, 30) | st.just(0.0), max_size=60),
    st.sampled_from([robot.rate for robot in ROBOTS.values()]),
)
def test_no_more_go_than_a_service_takes(gaps: list[float], rate: Rate) -> None:
    pace, now, sent = Pace(rate), 1000.0, []
    for gap in gaps:
        now += gap
        with suppress(DeliveryError):
            sent.append(now + pace.wait(now))
    assert sent == sorted(sent)
    for begin in sent:
        minute = sum(begin <= at < begin + 60 for at in sent)
        assert minute <= (20 if rate.every > 1 else 100)
        assert sum(begin <= at < begin + 0.99 for at in sent) <= (rate.burst if rate.every > 1 else 4)


def test_one_that_would_wait_too_long_is_put_off_and_not_counted() -> None:
    pace = Pace(Rate(1, 30.0))
    assert [pace.wait(0.0), pace.wait(0.0)] == [0.0, 30.0]
    for _ in range(3):
        with pytest.raises(DeliveryError, match="more messages wait than its service takes") as caught:
            pace.wait(0.0)
        assert (caught.value.retry_after, caught.value.permanent) == (60.0, False)
    assert pace.wait(30.0) == 30.0
    assert LONGEST == 40.0


@pytest.mark.parametrize("form", PATHS)
def test_a_test_takes_no_turn_of_an_alert(form: str) -> None:
    service = Service(form)

    async def work(url: str) -> None:
        target = Target(url, form, allow_http=True, allow_private=True)
        test = msgspec.structs.replace(_delivery(), type="alert.test")
        async with WebhookReceiver("desk", target, now=lambda: NOW) as receiver:
            await receiver.send(test)
            with pytest.raises(DeliveryError, match=r"one test a minute, .* try again in 60 s"):
                await receiver.send(test)
            turns, now = receiver._pace, asyncio.get_running_loop().time()
            assert turns is not None
            burst = ROBOTS[form].rate.burst
            assert [turns._alerts.wait(now) for _ in range(burst)] == [0.0] * burst
            turns._alerts._due += 3600.0
            turns._tests = Pace(TESTS, longest=0.0)
            await receiver.send(test)  # nor does it wait behind them

    asyncio.run(_served(service, work))
    assert len(service.taken) == 2


@pytest.mark.parametrize("rate", [robot.rate for robot in ROBOTS.values()])
def test_alerts_and_a_test_stay_below_the_limit_together(rate: Rate) -> None:
    def most(of: Rate, seconds: float) -> float:
        return of.burst + seconds / of.every

    assert most(rate, 60.0) + most(TESTS, 60.0) <= (20 if rate.every > 1 else 100)
    assert rate.every > 1 or floor(most(rate, 0.99)) + 1 <= 5


@pytest.mark.parametrize("rate", [robot.rate for robot in ROBOTS.values()])
def test_all_that_is_claimed_goes_before_its_lease_ends(rate: Rate) -> None:
    pace, now = Pace(rate), 0.0
    for _ in range(5):  # one claim after the other, each begun when the last one of the former had gone
        waits = [pace.wait(now) for _ in range(CLAIM_LIMIT)]
        assert max(waits) + TIMEOUT < LEASE.total_seconds()
        now += max(waits)
