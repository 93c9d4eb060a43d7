"""The dashboards in Chinese: no text is missing, none is left over, and nothing but texts differs."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import stream
from dashboards.build import committed
from dashboards.translation import translated
from dashboards.translation.catalog import COLUMN, LABEL, Catalog
from dashboards.translation.legends import LABELS, LOOPS, NAMES
from dashboards.translation.queries import with_names
from dashboards.translation.values import CLOSED, VALUES
from stream.pipeline.rules.words import DETAILS, ENDINGS, WHYS
from tests.dashboards.chinese import goes_by, is_english, line_of, mapping_of

Json = dict[str, Any]
PAGES = committed()
SHOWN = {"title", "description", "noValue", "displayName", "label", "tooltip", "text"}


def test_no_text_is_missing_and_none_is_left_over() -> None:
    catalog = Catalog("zh")
    for page in PAGES.values():
        translated(page, catalog)
    assert catalog.missing == set()
    assert catalog.unused == set()


@pytest.mark.parametrize("uid", sorted(PAGES))
def test_no_english_word_is_left(uid: str) -> None:
    assert {text for text in _texts(committed("zh")[uid]) if is_english(text)} == set()


def _texts(node: Any, key: str = "") -> Iterator[str]:
    """Yield what is text by its key alone, wherever it stands: the rules of the translation may be wrong."""
    if isinstance(node, dict):
        for name, child in node.items():
            yield from _texts(child, node["id"] if name == "value" and isinstance(node.get("id"), str) else name)
    elif isinstance(node, list):
        for child in node:
            yield from _texts(child, key)
    elif isinstance(node, str) and (key in SHOWN or node.startswith("suffix:")):
        yield node


def _panel(page: Json, title: str) -> Json:
    return next(panel for panel in page["panels"] if panel["title"] == title)


def test_what_a_new_panel_says_is_missed() -> None:
    overview, pipeline = copy.deepcopy(PAGES["bellwether-overview"]), copy.deepcopy(PAGES["bellwether-pipeline"])
    table = _panel(overview, "Which alerts are open, and who is on them?")
    table["title"] = "Is a new panel translated?"
    table["fieldConfig"]["defaults"]["noValue"] = "Nothing new."
    table["targets"][0]["rawSql"] = 'SELECT series AS "new column", by FROM alerts'
    table["fieldConfig"]["overrides"][0]["properties"].append(
        {"id": "mappings", "value": [{"type": "value", "options": {"new word": {"color": "red"}}}]}
    )
    _panel(pipeline, "How many documents pass?")["targets"][0]["legendFormat"] = "new {{outcome}}"
    catalog = Catalog("zh")
    translated(overview, catalog)
    translated(pipeline, catalog)
    assert catalog.missing == {
        ("", "Is a new panel translated?"),
        ("", "Nothing new."),
        (COLUMN, "new column"),
        ("value", "new word"),
        ("", "new {{outcome}}"),
    }


def test_every_label_of_a_legend_has_words_or_is_a_name() -> None:
    legends = [target.get("legendFormat", "") for panel in _all_panels() for target in panel["targets"]]
    found = {label for legend in legends for label in re.findall(r"{{(\w+)}}", legend)}
    assert found == LABELS.keys() | NAMES
    catalog = Catalog("zh")
    assert not [word for words in LABELS.values() for word in words if is_english(catalog.say(word, LABEL))]


def test_every_loop_of_a_worker_has_words() -> None:
    sources = "".join(path.read_text() for path in sorted((Path(stream.__file__).parent / "worker").rglob("*.py")))
    named = re.findall(r'(?:^    name = |^NAME = |\bReload\(\s*|\.expect\()"([a-z-]+)"', sources, re.MULTILINE)
    assert len(named) > 10
    assert set(named) <= set(LOOPS)


@pytest.mark.parametrize("legend", ["{{stage}} failed", "{{loop}}"])
def test_a_receivers_line_is_called_by_its_name(legend: str) -> None:
    panel = next(
        panel
        for panel in committed("zh")["bellwether-pipeline"]["panels"]
        if any(target.get("legendFormat") == legend for target in panel["targets"])
    )
    name = line_of(panel, legend, {"stage": "notify-desk", "loop": "notify-desk"})
    assert name in {"通知（desk）失败", "通知（desk）"}
    rules = panel["fieldConfig"]["overrides"]
    colored = [rule for rule in rules if "color" in str(rule["properties"]) and goes_by(rule["matcher"], name)]
    assert bool(colored) is ("failed" in legend)


def _all_panels() -> Iterator[Json]:
    for page in PAGES.values():
        yield from page["panels"]


@pytest.mark.parametrize("uid", sorted(PAGES))
def test_queries_are_the_same_but_for_names_of_series_and_the_english_page_stays(uid: str) -> None:
    before = copy.deepcopy(PAGES[uid])
    catalog = Catalog("zh")
    chinese = translated(PAGES[uid], catalog)
    assert PAGES[uid] == before
    for panel, english in zip(chinese["panels"], before["panels"], strict=True):
        for target, original in zip(panel["targets"], english["targets"], strict=True):
            if "rawSql" in original:
                original["rawSql"] = with_names(original["rawSql"], catalog)
            assert target == original
        assert (panel["id"], panel["gridPos"], panel["type"]) == (english["id"], english["gridPos"], english["type"])
        # Colours and links go by the English names: what is there stays, what is shown comes behind it.
        kept = english["fieldConfig"].get("overrides", [])
        rules = panel["fieldConfig"].get("overrides", [])
        assert [rule["matcher"] for rule in rules[: len(kept)]] == [rule["matcher"] for rule in kept]
    assert chinese["uid"] == uid


@pytest.mark.parametrize("uid", sorted(PAGES))
def test_variables_keep_their_values(uid: str) -> None:
    pairs = zip(
        committed("zh")[uid].get("templating", {}).get("list", []),
        PAGES[uid].get("templating", {}).get("list", []),
        strict=True,
    )
    for chinese, english in pairs:
        assert chinese["name"] == english["name"]
        assert [option["value"] for option in chinese.get("options", [])] == [
            option["value"] for option in english.get("options", [])
        ]


def test_details_of_decisions_are_those_that_the_worker_writes() -> None:
    assert {*ENDINGS, *DETAILS} <= set(VALUES["reason"])
    assert set(WHYS) == set(CLOSED["why"])


# What Grafana writes behind a number without English words: none, signs, or words of ours.
UNITS = re.compile("none|string|locale|percentunit|bytes|dthms|time:YYYY-MM-DD HH:mm:ss|suffix: [^a-zA-Z]+")


@pytest.mark.parametrize("uid", sorted(PAGES))
def test_no_unit_is_written_in_english(uid: str) -> None:
    assert {unit for unit in _units(committed("zh")[uid]) if not UNITS.fullmatch(unit)} == set()


def _units(node: Any) -> Iterator[str]:
    if isinstance(node, list):
        for child in node:
            yield from _units(child)
    elif isinstance(node, dict):
        unit = node.get("value") if node.get("id") == "unit" else node.get("unit")
        yield from [unit] if isinstance(unit, str) else []
        for child in node.values():
            yield from _units(child)


@pytest.mark.parametrize("uid", sorted(PAGES))
def test_words_keep_their_colours(uid: str) -> None:
    for english, chinese in zip(PAGES[uid]["panels"], committed("zh")[uid]["panels"], strict=True):
        for rule in english["fieldConfig"].get("overrides", []):
            column = rule["matcher"]["options"]
            for word, color in _colours(rule["properties"]):
                found = mapping_of(chinese, column, word)
                assert found is not None
                assert (found["color"], is_english(found["text"])) == (color, False)


def _colours(properties: list[Json]) -> Iterator[tuple[str, str]]:
    mappings = [mapping for item in properties if item["id"] == "mappings" for mapping in item["value"]]
    for mapping in mappings:
        if mapping["type"] == "value":
            yield from ((word, result["color"]) for word, result in mapping["options"].items())
