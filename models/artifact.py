"""The model on disk: a folder with the ONNX graph, the tokenizer and a manifest that vouches for both.

``manifest.json`` holds the format's version, the name, the heads (labels in output order, temperature), the longest
input in tokens, the SHA-256 of each file and how often each label is taken for which. A damaged or incomplete folder is
refused before anything is loaded, and so is a graph with weights in another file, which the manifest could not vouch
for.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec

from models.artifact_checks import MAX_NAME, check_manifest
from models.calibration import Calibration
from models.errors import ArtifactError
from models.external_weights import external_tensors
from models.labels import ENTITY

FORMAT_VERSION = 1
MANIFEST, GRAPH, TOKENIZER = "manifest.json", "model.onnx", "tokenizer.json"
DEFAULT = Path(__file__).parent / "artifacts" / "minilm-l5"
CHINESE = DEFAULT.with_name("bge-zh")
SHIPPED = tuple(folder for folder in (DEFAULT, CHINESE) if folder.is_dir())  # either may be left out of an image
Confusion = tuple[tuple[int, ...], ...]
_NUMBERS = re.compile(rb"\[[\s\d,]+\]")
ENGLISH = "en"
_FILE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")


class _Version(msgspec.Struct):
    format_version: int


class Head(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One task: its labels in the order of the logits, and what calibrates them; see :mod:`models.scaling`."""

    labels: tuple[str, ...]
    temperature: float = 1.0
    sharpening: float = 0.0


class Manifest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """What ``manifest.json`` says. ``heads`` stands in the order of the graph's outputs ``logits_<head>``.

    ``training`` says where the weights come from (base, recipe, rows by source and licence), for the model card.
    ``confusion`` has, per head, (labels, labels) counts over the labelled rows of split ``val``, all sources together:
    rows are the truth, columns what the served model says, both in label order. Artifacts made before it lack it.
    ``calibrations`` has, per feed, what the sentiment's probabilities there are changed by; see
    :mod:`models.calibration`. Most artifacts have none. ``languages`` are those that it reads, by their codes (ISO
    639-1); a manifest without them is of a model that reads English.
    ``entity`` is the head that is asked per name, with the output ``logits_entity``; its confusion stands under
    ``entity``. Few artifacts have it.
    """

    format_version: int
    name: str
    precision: str
    max_tokens: int
    heads: dict[str, Head]
    files: dict[str, str]
    training: dict[str, Any] = {}
    confusion: dict[str, Confusion] = {}
    calibrations: dict[str, Calibration] = {}
    languages: tuple[str, ...] = (ENGLISH,)
    entity: Head | None = None

    @property
    def all_heads(self) -> dict[str, Head]:
        """The heads, and that of names under ``entity`` where there is one."""
        return {**self.heads, **({ENTITY: self.entity} if self.entity else {})}

    @property
    def hash(self) -> str:
        """SHA-256 over the files' hashes, the heads and, where there are some, the calibrations.

        Equal exactly when two artifacts classify alike.
        """
        parts = (self.files, self.all_heads, *([self.calibrations] if self.calibrations else []))
        return hashlib.sha256(msgspec.json.encode(parts, order="sorted")).hexdigest()


class Artifact(msgspec.Struct, frozen=True):
    """A folder that was checked, and its manifest."""

    folder: Path
    manifest: Manifest

    @property
    def confusion(self) -> Mapping[str, Confusion]:
        """Head -> counts of split ``val``, rows = truth, columns = predicted; empty where the manifest has none."""
        return {name: rows for name, rows in self.manifest.confusion.items() if name in self.manifest.all_heads}

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
    """Write ``manifest.json``, indented for people, a row of counts on one line; all of it or nothing.

    Raises:
        ArtifactError: it cannot be written; the one that was there is as before.
    """
    text = msgspec.json.format(msgspec.json.encode(manifest), indent=2)
    text = _NUMBERS.sub(lambda row: b" ".join(row[0].split()), text)
    beside = folder / f"{MANIFEST}.new"
    try:
        beside.write_bytes(text + b"\n")
        beside.replace(folder / MANIFEST)
    except OSError as error:
        with suppress(OSError):  # of a disk that is read-only
            beside.unlink()
        raise ArtifactError(f"{folder / MANIFEST} cannot be written: {error.strerror}") from error


def change_manifest(folder: Path, manifest: Manifest) -> None:
    """Write another manifest into an artifact that is in use. Raises ArtifactError: it could not be read again."""
    check_manifest(folder / MANIFEST, msgspec.json.decode(msgspec.json.encode(manifest), type=Manifest))
    write_manifest(folder, manifest)


def open_artifact(folder: Path) -> Artifact:
    """Check ``folder`` and return it.

    Raises:
        ArtifactError: no manifest, another format, a field that is unknown or wrong, a missing head, a confusion matrix
            or a calibration that does not fit its head, a missing file, a hash that differs, or weights outside the
            graph.
    """
    manifest = _read_manifest(folder)
    check_manifest(folder / MANIFEST, manifest)
    _check_files(folder, manifest)
    _check_graph(folder / GRAPH)
    return Artifact(folder, manifest)


def _read_manifest(folder: Path) -> Manifest:
    path = folder / MANIFEST
    try:
        if path.exists() and not path.is_file():
            raise ArtifactError(f"{path} is no file")
        content = path.read_bytes()
        # First the version alone: the rest may look otherwise in another.
        version = msgspec.json.decode(content, type=_Version).format_version
        if version != FORMAT_VERSION:
            raise ArtifactError(f"{path}: format_version is {version}, this release reads {FORMAT_VERSION}")
        return msgspec.json.decode(content, type=Manifest)
    except (OSError, ValueError) as error:
        if isinstance(error, msgspec.DecodeError | UnicodeDecodeError):
            raise ArtifactError(f"{path} cannot be read: {error}") from error
        reason = getattr(error, "strerror", None) or error
        if isinstance(error, PermissionError):
            raise ArtifactError(f"{path} cannot be read: {reason}") from error
        raise ArtifactError(f"{folder} holds no {MANIFEST}: it is no model artifact ({reason})") from error
    except RecursionError:
        raise ArtifactError(f"{path} cannot be read: it is nested too deep") from None


def _check_files(folder: Path, manifest: Manifest) -> None:
    for name in (GRAPH, TOKENIZER):
        if name not in manifest.files:
            raise ArtifactError(f"{folder}: the manifest gives no hash for {name}")
    for name, expected in manifest.files.items():
        if not _FILE.fullmatch(name):
            raise ArtifactError(f"{folder / MANIFEST}: files names {name[:MAX_NAME]!r}, which is no file of the folder")
        path = folder / name
        if not path.is_file():
            raise ArtifactError(f"{folder}: {name} is missing; copy the artifact again")
        try:
            actual = file_hash(path)
        except OSError as error:
            raise ArtifactError(f"{path} cannot be read: {error.strerror}") from error
        if actual != expected:
            raise ArtifactError(f"{folder}: {name} is damaged (its SHA-256 differs from the manifest's)")


def _check_graph(path: Path) -> None:
    try:
        outside = external_tensors(path.read_bytes())
    except ValueError as error:
        raise ArtifactError(f"{path} is no ONNX file: {error}") from error
    if outside:
        named = ", ".join(outside[:3])
        raise ArtifactError(
            f"{path}: the weights of {len(outside)} tensors ({named}) stand in another file, for which the manifest"
            " cannot vouch; export them within the graph"
        )
