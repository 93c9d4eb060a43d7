"""The model on disk: a folder with the ONNX graph, the tokenizer and a manifest that vouches for both.

``manifest.json`` holds the format's version, the name, the heads (labels in output order, temperature), the longest
input in tokens, the SHA-256 of each file and how often each label is taken for which. A damaged or incomplete folder is
refused before anything is loaded.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from models.errors import ArtifactError
from models.labels import SENTIMENT, SENTIMENTS, TOPIC

FORMAT_VERSION = 1
MANIFEST, GRAPH, TOKENIZER = "manifest.json", "model.onnx", "tokenizer.json"
DEFAULT = Path(__file__).parent / "artifacts" / "minilm-l5"
Confusion = tuple[tuple[int, ...], ...]
_NUMBERS = re.compile(rb"\[[\s\d,]+\]")


class Head(msgspec.Struct, frozen=True):
    """One task: its labels in the order of the logits, and the temperature that calibrates them."""

    labels: tuple[str, ...]
    temperature: float = 1.0


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """What ``manifest.json`` says. ``heads`` stands in the order of the graph's outputs ``logits_<head>``.

    ``training`` says where the weights come from (base, recipe, rows by source and licence), for the model card.
    ``confusion`` has, per head, (labels, labels) counts over the labelled rows of split ``val``, all sources together:
    rows are the truth, columns what the served model says, both in label order. Artifacts made before it lack it.
    """

    format_version: int
    name: str
    precision: str
    max_tokens: int
    heads: dict[str, Head]
    files: dict[str, str]
    training: dict[str, Any] = {}
    confusion: dict[str, Confusion] = {}

    @property
    def hash(self) -> str:
        """SHA-256 over the files' hashes and the heads: equal exactly when two artifacts classify alike."""
        return hashlib.sha256(msgspec.json.encode((self.files, self.heads), order="sorted")).hexdigest()


class Artifact(msgspec.Struct, frozen=True):
    """A folder that was checked, and its manifest."""

    folder: Path
    manifest: Manifest

    @property
    def confusion(self) -> Mapping[str, Confusion]:
        """Head -> counts of split ``val``, rows = truth, columns = predicted; empty where the manifest has none."""
        return {name: rows for name, rows in self.manifest.confusion.items() if name in self.manifest.heads}

    @property
    def graph(self) -> Path:
        """The ONNX file."""
        return self.folder / GRAPH

    @property
    def tokenizer(self) -> Path:
        """The ``tokenizers`` JSON file."""
        return self.folder / TOKENIZER


def file_hash(path: Path) -> str:
    """Return the SHA-256 of a file as hex digits."""
    with path.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Write ``manifest.json``, indented for people, a row of counts on one line."""
    text = msgspec.json.format(msgspec.json.encode(manifest), indent=2)
    text = _NUMBERS.sub(lambda row: b" ".join(row[0].split()), text)
    (folder / MANIFEST).write_bytes(text + b"\n")


def open_artifact(folder: Path) -> Artifact:
    """Check ``folder`` and return it.

    Raises:
        ArtifactError: no manifest, another format, a missing head, a confusion matrix that does not fit its head, a
            missing file or a hash that differs.
    """
    try:
        manifest = msgspec.json.decode((folder / MANIFEST).read_bytes(), type=Manifest)
    except OSError as error:
        raise ArtifactError(f"{folder} holds no {MANIFEST}: it is no model artifact ({error.strerror})") from error
    except msgspec.DecodeError as error:
        raise ArtifactError(f"{folder / MANIFEST} cannot be read: {error}") from error
    if manifest.format_version != FORMAT_VERSION:
        raise ArtifactError(f"{folder}: format {manifest.format_version}, this release reads {FORMAT_VERSION}")
    _check_heads(folder, manifest)
    _check_confusion(folder, manifest)
    _check_files(folder, manifest)
    return Artifact(folder, manifest)


def _check_heads(folder: Path, manifest: Manifest) -> None:
    if not manifest.heads or not set(manifest.heads) <= {SENTIMENT, TOPIC}:
        raise ArtifactError(f"{folder}: the manifest needs heads '{SENTIMENT}', '{TOPIC}' or both, and no others")
    if SENTIMENT in manifest.heads and set(manifest.heads[SENTIMENT].labels) != set(SENTIMENTS):
        raise ArtifactError(f"{folder}: head '{SENTIMENT}' must have the labels {', '.join(SENTIMENTS)}")
    for head_name, head in manifest.heads.items():
        if not 0 < head.temperature < 100:
            raise ArtifactError(f"{folder}: head '{head_name}' has temperature {head.temperature}, not in (0, 100)")


def _check_confusion(folder: Path, manifest: Manifest) -> None:
    for name, head in manifest.heads.items():
        size, rows = len(head.labels), manifest.confusion.get(name)
        if rows is not None and (len(rows) != size or any(len(row) != size or min(row) < 0 for row in rows)):
            raise ArtifactError(f"{folder}: confusion of head '{name}' is not {size} x {size} counts; export it again")


def _check_files(folder: Path, manifest: Manifest) -> None:
    for name in (GRAPH, TOKENIZER):
        if name not in manifest.files:
            raise ArtifactError(f"{folder}: the manifest gives no hash for {name}")
        path = folder / name
        if not path.is_file():
            raise ArtifactError(f"{folder}: {name} is missing; copy the artifact again")
        if file_hash(path) != manifest.files[name]:
            raise ArtifactError(f"{folder}: {name} is damaged (its SHA-256 differs from the manifest's)")
