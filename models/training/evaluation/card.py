"""The model card: where an artifact comes from, its measured figures by source, known failures, hashes."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from models.artifact import Manifest, open_artifact
from models.classifier import Classified, load_classifier
from models.errors import ArtifactError
from models.labels import ENTITY, SENTIMENT
from models.training.evaluation.probes import PROBES_OF

CARD = "README.md"
Figures = Mapping[str, Mapping[str, Mapping[str, Any]]]


def write_card(artifact: Path, figures: Figures) -> Path:
    """Write ``README.md`` into the artifact's folder from ``figures``: head -> split -> source -> figures.

    Raises:
        ArtifactError: it cannot be written.
    """
    manifest = open_artifact(artifact).manifest
    size = sum(path.stat().st_size for path in artifact.iterdir() if path.name != CARD) / 1e6
    parts = [
        f"# Model card: {manifest.name}\n",
        f"Text to {_heads(manifest)}, from one forward pass. Precision {manifest.precision}, {size:.0f} MB. Reads "
        f"{_languages(manifest)} only. Texts over {manifest.max_tokens} tokens are read in overlapping chunks, the "
        "probabilities averaged.\n",
        _origin(manifest),
        *(_figures(head, split, sources) for head, splits in figures.items() for split, sources in splits.items()),
        _failures(artifact, manifest),
        "## Hashes\n",
        *(f"- `{name}` SHA-256 `{value}`" for name, value in manifest.files.items()),
        f"- artifact, as scored documents name it: `{manifest.hash}`",
    ]
    path = artifact / CARD
    try:
        path.write_text("\n".join(parts) + "\n")
    except OSError as error:
        raise ArtifactError(f"{path} cannot be written: {error.strerror}") from error
    return path


def _languages(manifest: Manifest) -> str:
    names = {"en": "English", "zh": "Chinese"}
    return " and ".join(names.get(code, code) for code in manifest.languages)


def _heads(manifest: Manifest) -> str:
    return " and ".join(
        f"{name} ({', '.join(head.labels)})" if len(head.labels) < 5 else f"{name} ({len(head.labels)} labels)"
        for name, head in manifest.heads.items()
    )


def _origin(manifest: Manifest) -> str:
    scalings = ", ".join(
        f"{name} {head.temperature:.2f} and {head.sharpening:.2f}" for name, head in manifest.all_heads.items()
    )
    fitted = "fitted on split `val` where nothing else is said below"
    lines = ["## Where it comes from\n", f"- Temperature and sharpening, {fitted}: {scalings}."]
    feeds = ", ".join(f"{feed} ({one.rows:,} texts)" for feed, one in sorted(manifest.calibrations.items()))
    if feeds:
        lines.append(f"- Calibrated for the feeds {feeds}; of these, the sentiments below are with it.")
    training = manifest.training
    if not training:
        return "\n".join([*lines, "- The manifest does not say what it was trained on.", ""])
    lines.append(f"- Base encoder: {training['base']}.")
    for head, rows in training["rows"].items():
        sources = "; ".join(f"{row['source']} ({row['licence']}) {row['rows']:,} rows" for row in rows)
        lines.append(f"- Trained for {head} on: {sources}.")
    settings = training.get("recipe", {})
    unused = () if settings.get("teacher") else ("teacher_weight",)
    recipe = ", ".join(
        f"{name} {' '.join(value) if isinstance(value, list) else value}"
        for name, value in settings.items()
        if value not in ("", 0, [], False) and name not in unused
    )
    lines.append(f"- Recipe: {recipe}.")
    return "\n".join([*lines, *_names(training), *(f"- {note}" for note in training.get("notes", ())), ""])


def _names(training: Mapping[str, Any]) -> list[str]:
    """Return what the sentiment per name was trained on."""
    entity = training.get("entity")
    if entity is None:
        return []
    sources = "; ".join(f"{row['source']} ({row['licence']}) {row['rows']:,} names" for row in entity["rows"])
    recipe = ", ".join(f"{name} {value}" for name, value in entity["recipe"].items())
    kinds = "these with other names and with their names hidden, and contrasts"
    together = "documents" in entity["recipe"]  # of `model together`; `model entity` leaves the encoder as it is
    how = "together with the encoder" if together else "on the encoder as it is"
    learned = f"Trained for the sentiment per name, {how}, on: {sources}; {kinds}."
    return [f"- {learned} Recipe: {recipe}."]


def _figures(head: str, split: str, sources: Mapping[str, Mapping[str, Any]]) -> str:
    of_names = head == ENTITY
    columns = "rows | accuracy [95 %] | macro-F1 [95 %] | ROC-AUC | calibration error (unscaled)"
    lines = [
        f"## Measured on the served artifact: {'sentiment per name' if of_names else head}, split `{split}`\n",
        f"| {'names' if of_names else 'source'} | {columns} |",
        "|---|---|---|---|---|---|",
    ]
    for source, values in sources.items():
        spans = (f"{values[name]:.3f} [{low:.3f}, {high:.3f}]" for name, (low, high) in values["intervals_95"].items())
        area = "" if values["roc_auc"] is None else f"{values['roc_auc']:.3f}"
        error = f"{values['calibration_error']:.3f} ({values['calibration_error_unscaled']:.3f})"
        lines.append(f"| {source} | {values['rows']:,} | {' | '.join(spans)} | {area} | {error} |")
    lines += ["", "| label | rows | precision | recall | F1 |", "|---|---|---|---|---|"]
    for label, values in sources["all"]["labels"].items():
        numbers = " | ".join(f"{values[name]:.3f}" for name in ("precision", "recall", "f1"))
        lines.append(f"| {label.replace('|', '/')} | {values['rows']:,} | {numbers} |")
    return "\n".join([*lines, ""])


def _failures(artifact: Path, manifest: Manifest) -> str:
    lines = ["## Known failures\n"]
    if SENTIMENT not in manifest.heads:
        return "\n".join([*lines, "Not measured for this head.", ""])
    if manifest.entity is None:
        lines.append("One label is given to the whole text, whoever it is good or bad for.")
    else:
        lines.append(
            "Names have a label of their own; below stands that of the whole text, whoever it is good or bad for."
        )
    probes = [probe for code in manifest.languages for probe in PROBES_OF.get(code, ())]
    if not probes:
        return "\n".join([*lines, ""])
    lines += [
        "Sentences of the kinds that small models get wrong, and what this one says of them:\n",
        "| kind | text | a reader says | it says |",
        "|---|---|---|---|",
    ]
    for probe, answer in zip(probes, load_classifier(artifact).classify([one.text for one in probes]), strict=True):
        if isinstance(answer, Classified):
            prediction = answer.heads[SENTIMENT]
            wrong = "" if prediction.label == probe.label else "**wrong:** "
            verdict = f"{wrong}{prediction.label} {prediction.probabilities[prediction.label]:.2f}"
            lines.append(f"| {probe.kind} | {probe.text} | {probe.label} | {verdict} |")
    return "\n".join([*lines, ""])
