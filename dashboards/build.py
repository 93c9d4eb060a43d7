"""All dashboards as JSON, in each language: built, written to its folder, and compared with what stands there."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from dashboards import require
from stream.errors import SettingsError

GENERATED = Path(__file__).parent / "generated"


def folder_of(language: str) -> Path:
    """Return where the JSON of a language lies: ``generated``, or ``generated-zh`` and so on."""
    return GENERATED if language == "en" else GENERATED.with_name(f"generated-{language}")


def dashboards(language: str = "en") -> dict[str, dict[str, Any]]:
    """Return all dashboards in a language, by uid.

    Raises:
        SettingsError: the SDK is not installed.
    """
    require("grafana_foundation_sdk")
    from dashboards.pages.alert import page as alert
    from dashboards.pages.overview import page as overview
    from dashboards.pages.pipeline import page as pipeline
    from dashboards.pages.series import page as series
    from dashboards.translation import translated
    from dashboards.translation.catalog import Catalog

    built = [page.build() for page in (overview, series, alert, pipeline)]
    if language != "en":
        catalog = Catalog(language)
        built = [translated(dashboard, catalog) for dashboard in built]
    return {dashboard["uid"]: dashboard for dashboard in built}


def committed(language: str = "en") -> dict[str, dict[str, Any]]:
    """Return the dashboards of a language that were written last, by uid; needs no SDK.

    Raises:
        SettingsError: there is none.
    """
    folder = folder_of(language)
    stored = [json.loads(path.read_text(encoding="utf-8")) for path in sorted(folder.glob("*.json"))]
    if not stored:
        raise SettingsError(f"{folder} holds no dashboard; run `bellwether dashboards build` first")
    return {dashboard["uid"]: dashboard for dashboard in stored}


def build(folder: Path, language: str = "en") -> dict[str, str]:
    """Write all dashboards into ``folder`` and delete JSON files of others; return file name -> what changed.

    Raises:
        SettingsError: the SDK is not installed.
    """
    folder.mkdir(parents=True, exist_ok=True)
    changes = differences(folder, language)
    for name, text in _files(language).items():
        (folder / name).write_text(text, encoding="utf-8")
    for name, change in changes.items():
        if change == "removed":
            (folder / name).unlink()
    return changes


def differences(folder: Path, language: str = "en") -> dict[str, str]:
    """Return file name -> "new", "changed" or "removed", of what ``build`` would do to ``folder``; empty when current.

    Raises:
        SettingsError: the SDK is not installed.
    """
    wanted = _files(language)
    stored = {path.name: path.read_text(encoding="utf-8") for path in folder.glob("*.json")}
    changes = {name: "changed" if name in stored else "new" for name in wanted if stored.get(name) != wanted[name]}
    return changes | dict.fromkeys(stored.keys() - wanted.keys(), "removed")


def _files(language: str) -> dict[str, str]:
    return {
        f"{uid}.json": json.dumps(dashboard, indent=2, ensure_ascii=False, sort_keys=True) + "\n"
        for uid, dashboard in dashboards(language).items()
    }
