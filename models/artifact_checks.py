"""What the manifest of an artifact may say; :mod:`models.artifact` reads it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from models.calibration import LEAST_WEIGHT, MOST_WEIGHT
from models.errors import ArtifactError
from models.labels import ENTITY, SENTIMENT, SENTIMENTS, TOPIC

if TYPE_CHECKING:
    from models.artifact import Manifest

# Below the least a piece has no room beside its overlap; a longer text than the most is read in pieces all the same.
LEAST_TOKENS, MOST_TOKENS, MAX_LABELS, MAX_NAME, MAX_COUNT = 8, 8192, 1000, 100, 10**12
# Far beyond the 0.1 to 10 that calibration looks in: beyond, answers are certain, or a draw.
LEAST_TEMPERATURE, MOST_TEMPERATURE = 0.01, 100.0
# Below -1 the surest answers would become the least sure ones. Fits on our sets lie between -0.1 and 1.1.
LEAST_SHARPENING, MOST_SHARPENING = -0.9, 4.0
_LANGUAGE = re.compile(r"[a-z]{2}")


def check_manifest(path: Path, manifest: Manifest) -> None:
    """Refuse what a manifest says, whatever files there are.

    Raises:
        ArtifactError: a field is wrong; the message names it, and ``path`` or its folder.
    """
    if not LEAST_TOKENS <= manifest.max_tokens <= MOST_TOKENS:
        within = f"{LEAST_TOKENS} to {MOST_TOKENS} are expected"
        raise ArtifactError(f"{path}: max_tokens is {manifest.max_tokens}, {within}")
    _check_name(path, "name", manifest.name)
    _check_heads(path, manifest)
    _check_confusion(path, manifest)
    _check_calibrations(path, manifest)
    _check_languages(path, manifest)


def is_name(text: str) -> bool:
    """Whether a manifest may name something so."""
    return text.isprintable() and bool(text.strip()) and len(text) <= MAX_NAME


def is_language(code: str) -> bool:
    """Whether a manifest may give a language so."""
    return _LANGUAGE.fullmatch(code) is not None


def _check_name(path: Path, field: str, text: str) -> None:
    # Names and labels stand in series' names, in stores, headers and logs.
    if not is_name(text):
        raise ArtifactError(f"{path}: {field} is {text[:MAX_NAME]!r}; 1 to {MAX_NAME} printable signs")


def _check_heads(path: Path, manifest: Manifest) -> None:
    if not manifest.heads or not set(manifest.heads) <= {SENTIMENT, TOPIC}:
        raise ArtifactError(f"{path.parent}: the manifest needs heads '{SENTIMENT}', '{TOPIC}' or both, and no others")
    if SENTIMENT in manifest.heads and set(manifest.heads[SENTIMENT].labels) != set(SENTIMENTS):
        raise ArtifactError(f"{path.parent}: head '{SENTIMENT}' must have the labels {', '.join(SENTIMENTS)}")
    if manifest.entity and set(manifest.entity.labels) != set(SENTIMENTS):
        raise ArtifactError(f"{path.parent}: '{ENTITY}' must have the labels {', '.join(SENTIMENTS)}")
    for name, head in manifest.all_heads.items():
        if not LEAST_TEMPERATURE <= head.temperature <= MOST_TEMPERATURE:
            within = f"{LEAST_TEMPERATURE} to {MOST_TEMPERATURE:g} is expected"
            raise ArtifactError(f"{path.parent}: head '{name}' has temperature {head.temperature}, {within}")
        if not LEAST_SHARPENING <= head.sharpening <= MOST_SHARPENING:
            within = f"{LEAST_SHARPENING} to {MOST_SHARPENING:g} is expected"
            raise ArtifactError(f"{path.parent}: head '{name}' has sharpening {head.sharpening}, {within}")
        if not 2 <= len(head.labels) <= MAX_LABELS or len(set(head.labels)) != len(head.labels):
            given = f"{len(head.labels)} labels, {len(set(head.labels))} different"
            raise ArtifactError(f"{path.parent}: head '{name}' has {given}; 2 to {MAX_LABELS}, each once, are expected")
        for label in head.labels:
            _check_name(path, f"a label of head '{name}'", label)


def _check_confusion(path: Path, manifest: Manifest) -> None:
    for name, head in manifest.all_heads.items():
        size, rows = len(head.labels), manifest.confusion.get(name)
        if rows is not None and (
            len(rows) != size or any(len(row) != size or min(row) < 0 or max(row) > MAX_COUNT for row in rows)
        ):
            raise ArtifactError(
                f"{path.parent}: confusion of head '{name}' is not {size} x {size} counts; export it again"
            )


def _check_languages(path: Path, manifest: Manifest) -> None:
    wrong = next((code for code in manifest.languages if not is_language(code)), None)
    if wrong is not None or not manifest.languages:
        what = "names none" if wrong is None else f"has {wrong[:MAX_NAME]!r}"
        raise ArtifactError(f"{path}: languages {what}; codes of two letters are expected, such as en")


def _check_calibrations(path: Path, manifest: Manifest) -> None:
    if manifest.calibrations and SENTIMENT not in manifest.heads:
        raise ArtifactError(f"{path.parent}: calibrations are of head '{SENTIMENT}', which this model lacks")
    for feed, calibration in manifest.calibrations.items():
        _check_name(path, "a feed of calibrations", feed)
        right = set(calibration.weights) == set(SENTIMENTS) and all(
            LEAST_WEIGHT <= weight <= MOST_WEIGHT for weight in calibration.weights.values()
        )
        if not right or not LEAST_TEMPERATURE <= calibration.temperature <= MOST_TEMPERATURE:
            raise ArtifactError(
                f"{path.parent}: the calibration of feed '{feed}' has no temperature from {LEAST_TEMPERATURE} to"
                f" {MOST_TEMPERATURE:g}, or not a weight from {LEAST_WEIGHT} to {MOST_WEIGHT:g} for each of"
                f" {', '.join(SENTIMENTS)}; run 'bellwether model calibrate' again"
            )
