"""For how long what was erased is remembered."""

from datetime import timedelta

import pytest

from stream.settings import Settings, load_settings
from stream.worker.loops import retention_of

KEEP = [name for name in Settings.model_fields if name.startswith("keep_")]


@pytest.mark.parametrize("name", KEEP)
def test_what_was_erased_is_remembered_as_long_as_whatever_is_kept_longest(name: str) -> None:
    others: dict[str, int] = {**dict.fromkeys(KEEP, 3), "keep_hours": 60}
    unit = timedelta(hours=1) if name == "keep_hours" else timedelta(days=1)
    settings = load_settings(**{**others, name: 300})
    assert retention_of(settings).erased == 300 * unit


def test_by_default_it_is_remembered_as_long_as_alerts_are_kept() -> None:
    kept = retention_of(load_settings())
    assert kept.erased == kept.alerts == timedelta(days=2557)
