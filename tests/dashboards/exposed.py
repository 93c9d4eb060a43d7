"""The names under which the metrics of this process are exposed, whether or not a sample of one exists yet."""

from __future__ import annotations

from stream import metrics

_ENDS = {"counter": ("_total",), "histogram": ("_bucket", "_sum", "_count")}


def exposed() -> set[str]:
    """Return the names of all samples that the registry can give; one with labels has none before its first use."""
    return {f"{family.name}{end}" for family in metrics.REGISTRY.collect() for end in _ENDS.get(family.type, ("",))}
