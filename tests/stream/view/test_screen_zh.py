"""With BELLWETHER_LANGUAGE=zh the live view has no English words but names, and its lines fit the terminal."""

from datetime import timedelta
from typing import Any

import pytest
from rich.cells import cell_len

from stream.adapters.redis.memory import Memory
from stream.pipeline.rules import Hearing, Reason, hearing_words
from stream.view.fitting import broken
from stream.view.log import lines
from stream.view.snapshot import Snapshot
from tests.output import english_words
from tests.stream.view.test_view import MARK, NOW, OIL, alert_row, delivery, row, shown, snapshot

pytestmark = pytest.mark.usefixtures("chinese")

NAMES = {"UTC", "webhook", "kafka", "pager", "HTTP", "source", "alert", "firing", "wire", "Shares", "fall"}
TOLD = (
    "Redis：maxmemory-policy 为 'allkeys-lru'：达到上限时会丢弃窗口数据且无人察觉；请设置 maxmemory-policy "
    "noeviction（“须尽快处理”）。" + "检测阶段落后 3 小时，尚未判定；" * 12
)


def english(text: str) -> set[str]:
    """Return the English words of a screen."""
    return english_words(text) - NAMES


@pytest.mark.parametrize("width", [80, 140])
@pytest.mark.parametrize("reason", [*Reason, None])
def test_the_screen_is_chinese(reason: Reason | None, width: int) -> None:
    failing, lost = delivery("webhook", False, "HTTP 503", MARK + timedelta(minutes=5)), delivery("pager", False)
    alerts = alert_row(failing), alert_row(lost, series=OIL), alert_row(series=OIL, resolved=29_540_000)
    lost_words: dict[str, Any] = {"late": 3, "late_before": 1, "unread": {"fr": 2}, "dead_letters": 2}
    text = shown(snapshot(row(state=reason), row(OIL), alerts=alerts, **lost_words), width).replace("A title", "")
    assert english(text) == set()
    assert max(map(cell_len, text.splitlines())) <= width
    for words in ("预警", "监控项", "实际", "预期", "金融机构", "2 个触发中", "触发中", "已解除"):
        assert words in text


def test_an_empty_screen_is_chinese() -> None:
    assert english(shown(Snapshot(MARK), 80).replace("A title", "")) == set()


@pytest.mark.parametrize("width", [20, 33, 80, 140])
@pytest.mark.parametrize("most", [1, 2, 50])
def test_a_long_note_fills_its_lines_and_no_line_begins_with_what_ends_one(width: int, most: int) -> None:
    lines = broken(TOLD, width, most)
    assert all(cell_len(line) <= width for line in lines)
    assert not [line for line in lines if line.strip()[0] in "，。；：）”"]
    if most == 50:
        assert "".join(lines).replace(" ", "") == TOLD.replace(" ", "")
    else:
        assert len(lines) == most
        assert lines[-1].endswith("…")
        assert cell_len(lines[-1]) > width - 22  # what comes next here is such a word at most
    # What does not fit goes on whole: a word of 17 columns and the signs around it at most.
    assert all(cell_len(line) >= width - 22 for line in lines[:-1]), lines


def test_the_lines_of_a_log_are_chinese() -> None:
    quiet = snapshot(alerts=())
    failing, given_up = (
        delivery("webhook", False, "HTTP 503", MARK + timedelta(minutes=5)),
        delivery("pager", False, "HTTP 410"),
    )
    told = alert_row(failing, given_up, delivery("kafka", True)), alert_row(series=OIL, resolved=29_540_000)
    lost: dict[str, Any] = {"late": 3, "late_before": 1, "unread": {"fr": 2}, "dead_letters": 2}
    after = snapshot(alerts=told, problems=("状态",), notes=("提示",), **lost)
    seen = lines(None, quiet), lines(quiet, after), lines(None, Snapshot(NOW)), lines(None, snapshot(**lost))
    text = "\n".join(line for of_one in seen for line in of_one)
    assert english(text) == set()
    expected = "预警触发 预警解除 已送达 未送达 已放弃 重试 到达过晚 死信 无预警触发 尚无判定"
    assert all(words in text for words in expected.split())


def test_what_can_be_heard_and_what_redis_lacks_is_chinese() -> None:
    series = [Hearing(OIL, "r", count, minutes, 2.0) for count, minutes in ((4, 30), (40, 30), (None, 360))]
    said = hearing_words(series), hearing_words(series[:2]), *Memory(96, 100, "allkeys-lru").warnings()
    assert english(" ".join(said)) <= {
        "Redis", "maxmemory", "REDIS_MAXMEMORY", "BELLWETHER", "policy", "REDIS", "MAXMEMORY", "KEEP", "HOURS",
        "docs", "operations", "allkeys", "lru", "noeviction",
    }  # fmt: skip
    assert said[0] == "可监测 3 个监控项中的 1 个；其余需要30 分钟内 40 篇至360 分钟内 超过 100,000 篇"
