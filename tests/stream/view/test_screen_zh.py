"""With BELLWETHER_LANGUAGE=zh the live view has no English words but names, and its lines fit the terminal."""

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from rich.cells import cell_len

from stream.pipeline.rules import Reason
from stream.translation import choose_language
from stream.view.snapshot import Snapshot
from tests.stream.view.test_view import MARK, OIL, alert_row, delivery, row, shown, snapshot

NAMES = {"UTC", "webhook", "kafka", "pager", "HTTP", "source"}


@pytest.fixture(autouse=True)
def _chinese() -> Iterator[None]:
    choose_language("zh")
    yield
    choose_language("en")


def english(text: str) -> set[str]:
    """Return the English words of a screen."""
    return {*re.findall(r"(?<![0-9a-f])[A-Za-z]{3,}", text)} - NAMES


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
