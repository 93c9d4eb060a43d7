"""Names of lines that come from Prometheus: a legend with the values of labels in it.

The legend itself stays English, for colours go by it; the name that is shown is put over it.
"""

from __future__ import annotations

import re
from itertools import product
from typing import Any, Final

from dashboards.translation.catalog import LABEL, Catalog
from dashboards.translation.values import escaped
from stream.pipeline.rules import Reason
from stream.worker.stage_names import StageName

Json = dict[str, Any]
STAGES: Final = tuple(stage.value for stage in StageName)
# What ticks within a worker, beside the stages: by these names failures and late ticks are counted, too.
LOOPS: Final = (
    *STAGES, "guard", "hear", "memory", "offsets", "prove raw", "prove scored", "remind", "retain",
    "routes", "rules", "senders", "sources", "stamped", "tokens", "watchlist", "withdraw",
)  # fmt: skip
# A loop of its own for each receiver. Its name is not known here, so that no override can have it.
_RECEIVER: Final = "notify-"
# As stream.metrics has them, and who counts by them.
LABELS: Final[dict[str, tuple[str, ...]]] = {
    "stage": LOOPS,
    "loop": LOOPS,
    "outcome": ("scored", "counted", "repeated", "late", "not-read", "dead-letter", "withdrawn"),
    "reason": tuple(reason.value for reason in Reason),
    "result": (
        "delivered", "failed", "given-up", "no-news", "new", "nothing-new", "unchanged", "damaged",
    ),
    "state": ("ok", "silent", "failing", "disabled", "waiting"),
    "by": ("model", "cache"),
    "until": ("scored", "counted"),
    "to": ("redis", "broker"),
}  # fmt: skip
# Names, which are shown as they are.
NAMES: Final = frozenset({"instance", "language", "le", "partition", "receiver", "topic"})


def name_lines(panel: Json, catalog: Catalog) -> None:
    """Give the lines of a chart their names, one override for each that there may be."""
    if panel["type"] == "heatmap":
        return  # its lines are bounds of numbers
    for target in panel["targets"]:
        legend = target.get("legendFormat", "")
        closed = [label for label in dict.fromkeys(re.findall(r"{{(\w+)}}", legend)) if label in LABELS]
        for values in product(*(_values(label, legend) for label in closed)):
            rule = _named(legend, dict(zip(closed, values, strict=True)), catalog)
            if rule:
                panel["fieldConfig"].setdefault("overrides", []).append(rule)
        if closed in (["stage"], ["loop"]) and len(re.findall("{{", legend)) == 1:
            place = f"{{{{{closed[0]}}}}}"
            shown = catalog.say(legend).replace(place, f"{catalog.say('notify', LABEL)}（$1）")
            before, _, after = legend.partition(place)
            _name_receivers(panel, before, after, shown)


def _values(label: str, legend: str) -> tuple[str, ...]:
    if label == "stage" and "{{outcome}}" in legend:
        return StageName.CLASSIFY.value, StageName.AGGREGATE.value  # the two that documents leave
    return LABELS[label]


def _name_receivers(panel: Json, before: str, after: str, shown: str) -> None:
    """Name the lines of receivers: "notify-desk" has a name in it. It is done before colours are given by names."""
    options = {"regex": f"/^{escaped(before)}{_RECEIVER}(.+){escaped(after)}$/", "renamePattern": shown}
    panel.setdefault("transformations", []).append({"id": "renameByRegex", "options": options})
    renamed = {"id": "byRegexp", "options": f"/^{escaped(shown).replace(escaped('$1'), '.+')}$/"}
    overrides = panel["fieldConfig"].get("overrides", [])
    for rule in [rule for rule in overrides if rule["matcher"]["id"] == "byRegexp"]:
        if re.search(rule["matcher"]["options"][1:-1], f"{before}{_RECEIVER}desk{after}"):
            overrides.append({"matcher": renamed, "properties": rule["properties"]})


def _named(legend: str, values: dict[str, str], catalog: Catalog) -> Json | None:
    english, shown = legend, re.sub(r": (?={{)", "：", catalog.say(legend))
    for label, value in values.items():
        english = english.replace(f"{{{{{label}}}}}", value)
        shown = shown.replace(f"{{{{{label}}}}}", catalog.say(value, LABEL))
    if english == shown:
        return None
    matcher = {"id": "byName", "options": english}
    if "{{" in english:
        parts = re.split(r"{{\w+}}", english)
        matcher = {"id": "byRegexp", "options": f"/^{'.+'.join(map(escaped, parts))}$/"}
        shown = re.sub(r"{{(\w+)}}", r"${__field.labels.\1}", shown)
    return {"matcher": matcher, "properties": [{"id": "displayName", "value": shown}]}
