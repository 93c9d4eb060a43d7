"""The dashboards in Chinese: no text is missing, none is left over, and nothing but texts differs."""

import copy
import re
from collections.abc import Iterator
from typing import Any

import pytest

from dashboards.build import committed
from dashboards.language import catalog, translated, words

PAGES = committed()
# Names, which are the same in each language: of programs, settings, addresses, commands, variables, quantiles.
NAMES = re.compile(
    r"`[^`]*`|\$\w+|\$\{[^}]*\}|\{\{[^}]*\}\}|\bBELLWETHER_\w+|/healthz|/metrics|docs/\w+\.md|\bp\d+\b|p\(|suffix:"
    r"|\b(Bellwether|Kafka|Redis|Prometheus|PostgreSQL|webhook|GPU|CPU|ISO)\b"
)


@pytest.mark.parametrize("uid", sorted(PAGES))
def test_every_text_has_a_translation(uid: str) -> None:
    assert words(PAGES[uid]) - catalog("zh").keys() == set()


def test_no_translation_is_left_over() -> None:
    assert catalog("zh").keys() - set().union(*map(words, PAGES.values())) == set()


@pytest.mark.parametrize("uid", sorted(PAGES))
def test_no_english_word_is_left(uid: str) -> None:
    english = {text for text in _texts(committed("zh")[uid]) if re.search("[A-Za-z]", NAMES.sub("", text))}
    assert english == set()


def _texts(node: Any, key: str = "") -> Iterator[str]:
    """Yield what is text by its key alone, wherever it stands: the walker's own rules may be wrong."""
    if isinstance(node, dict):
        for name, child in node.items():
            if name != "options" or "multi" not in node:  # the choices of a variable
                yield from _texts(child, name)
    elif isinstance(node, list):
        for child in node:
            yield from _texts(child, key)
    elif isinstance(node, str) and key in {
        "title",
        "description",
        "noValue",
        "legendFormat",
        "displayName",
        "label",
        "tooltip",
    }:
        yield node


def test_a_new_text_is_missed() -> None:
    page = copy.deepcopy(PAGES["bellwether-overview"])
    page["panels"][0]["title"] = "Is a new panel translated?"
    assert words(page) - catalog("zh").keys() == {"Is a new panel translated?"}


@pytest.mark.parametrize("uid", sorted(PAGES))
def test_queries_and_names_stay_and_the_english_page_too(uid: str) -> None:
    before = copy.deepcopy(PAGES[uid])
    chinese = translated(PAGES[uid], "zh")
    assert PAGES[uid] == before
    assert _queries(chinese) == _queries(before)
    assert chinese["uid"] == uid
    assert _choices(chinese) == _choices(before)


def _queries(page: dict[str, Any]) -> list[Any]:
    return [
        (target["refId"], target.get("rawSql"), target.get("expr"))
        for panel in page["panels"]
        for target in panel["targets"]
    ]


def _choices(page: dict[str, Any]) -> list[Any]:
    return [
        (variable["name"], variable.get("query"), variable.get("options"), variable.get("current"))
        for variable in page.get("templating", {}).get("list", [])
    ]
