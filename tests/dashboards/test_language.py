"""The dashboards in Chinese: no text is missing, none is left over, and nothing but texts differs."""

import copy
from typing import Any

import pytest

from dashboards.build import committed
from dashboards.language import catalog, translated, words

PAGES = committed()


@pytest.mark.parametrize("uid", sorted(PAGES))
def test_every_text_has_a_translation(uid: str) -> None:
    assert words(PAGES[uid]) - catalog("zh").keys() == set()
    assert words(translated(PAGES[uid], "zh")) & words(PAGES[uid]) == set()


def test_no_translation_is_left_over() -> None:
    assert catalog("zh").keys() - set().union(*map(words, PAGES.values())) == set()


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
