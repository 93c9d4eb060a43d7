"""From a network to an artifact: ONNX in int8 (CPU), fp16 (GPU) or fp32, calibrated on labelled text.

An artifact is first written in fp32; the smaller one is refused when its macro-F1 on split ``val`` is over half a point
lower.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec
import onnx
from onnxruntime.transformers import optimizer
from tokenizers import Tokenizer

from models.artifact import FORMAT_VERSION, GRAPH, TOKENIZER, Head, Manifest, file_hash, open_artifact, write_manifest
from models.errors import ArtifactError, DatasetError
from models.labels import SENTIMENT
from models.training.data.dataset import TRAIN, VALIDATION, LabelledSet
from models.training.data.entities import NamedText
from models.training.evaluation.evaluate import calibrate, served_macro_f1
from models.training.evaluation.names import calibrate_names
from models.training.export.graph import check_graph, fused_graph
from models.training.export.quantize import Quantizer
from models.training.export.source import Source
from models.training.run_folder import ARTIFACT, BEST

PRECISIONS = ("int8", "fp16", "fp32")
# Macro-F1 that a smaller precision may cost. On split val less than a point is within chance (models/NOTES.md).
LARGEST_LOSS = 0.005
# Per cent of the texts whose extreme activations int8 keeps; to cut the rest makes the steps of all values finer. Each
# is tried, and the best on split val is taken.
PERCENTILES = (100.0, 99.0, 90.0)


def export(
    source: Source,
    folder: Path,
    precision: str,
    sets: Sequence[LabelledSet] = (),
    training: Mapping[str, Any] = {},
    names: Sequence[NamedText] = (),
) -> dict[str, float]:
    """Write the artifact into ``folder``, calibrate it on ``sets``, and return head -> macro-F1 given up by precision.

    The layer of names, where ``source`` has one, is calibrated on ``names``.

    Raises:
        ArtifactError: the precision costs more than half a point of macro-F1 on split ``val``, or the graph answers
            otherwise than the network; nothing is kept.
        DatasetError: an unknown precision.
    """
    if precision not in PRECISIONS:
        raise DatasetError(f"precision '{precision}' is none of {', '.join(PRECISIONS)}")
    if precision == "int8" and not sets:
        raise DatasetError("int8 is calibrated on labelled text: give --sentiment FILE, --topic FILE or both")
    with tempfile.TemporaryDirectory() as scratch:
        exact = Path(scratch) / "fp32"
        exact.mkdir()
        fused = fused_graph(source, exact / "plain.onnx")
        check_graph(source, fused)
        _write(source, exact, fused, "fp32", training)
        candidates = [
            _write(source, Path(scratch) / f"candidate-{number}", model, precision, training)
            for number, model in enumerate(_in_precision(source, fused, precision, sets, Path(scratch)))
        ]
        best, losses = _best(exact, candidates, sets)
        _check_losses(losses, precision)
        calibrate(best, sets)
        if source.entity is not None and names:
            calibrate_names(best, names)
        shutil.copytree(best, folder, dirs_exist_ok=True)
    write_manifest(folder, msgspec.structs.replace(open_artifact(folder).manifest, name=_name(folder)))
    return losses


def _check_losses(losses: Mapping[str, float], precision: str) -> None:
    for head, loss in losses.items():
        if loss > LARGEST_LOSS:
            raise ArtifactError(
                f"{precision} costs head '{head}' {100 * loss:.1f} points of macro-F1 on split '{VALIDATION}', "
                f"at most {100 * LARGEST_LOSS:.1f} are accepted: export with --precision fp32 or fp16"
            )


def _name(folder: Path) -> str:
    """Return the folder's name; of a run's artifact the run's, since alerts and manifests name the model."""
    folder = folder.resolve()
    of_run = folder.name == ARTIFACT and (folder.parent / BEST).is_dir()
    return folder.parent.name if of_run else folder.name


def _in_precision(
    source: Source, fused: onnx.ModelProto, precision: str, sets: Sequence[LabelledSet], scratch: Path
) -> Iterator[onnx.ModelProto]:
    """Yield the graph in ``precision``: of int8 one for each of ``PERCENTILES``."""
    if precision == "int8":
        texts = [row.text for labelled in sets for row in labelled.split(TRAIN) or labelled.rows]
        quantizer = Quantizer(fused, _truncating_tokenizer(source), texts, scratch)
        yield from (quantizer.with_fixed_scales(percentile) for percentile in PERCENTILES)
    elif precision == "fp16":
        half = optimizer.OnnxModel(fused)
        half.convert_float_to_float16(keep_io_types=True)
        yield half.model
    else:
        yield fused


def _best(exact: Path, candidates: Sequence[Path], sets: Sequence[LabelledSet]) -> tuple[Path, dict[str, float]]:
    """Return the folder with the best mean macro-F1 on split ``val``, and head -> what it lost against ``exact``."""
    scores = {labelled.head: served_macro_f1(exact, labelled) for labelled in sets}
    losses = [
        {labelled.head: scores[labelled.head] - served_macro_f1(folder, labelled) for labelled in sets}
        for folder in candidates
    ]
    best = min(range(len(candidates)), key=lambda index: sum(losses[index].values()))
    return candidates[best], losses[best]


def _write(source: Source, folder: Path, model: onnx.ModelProto, precision: str, training: Mapping[str, Any]) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    onnx.save(model, folder / GRAPH)
    shutil.copy(source.tokenizer, folder / TOKENIZER)
    write_manifest(
        folder,
        Manifest(
            format_version=FORMAT_VERSION,
            name=folder.name,
            precision=precision,
            max_tokens=source.max_tokens,
            heads={head: Head(tuple(names)) for head, names in source.labels.items()},
            files={file: file_hash(folder / file) for file in (GRAPH, TOKENIZER)},
            training=dict(training),
            languages=source.languages,
            entity=None if source.entity is None else Head(tuple(source.labels[SENTIMENT])),
        ),
    )
    return folder


def _truncating_tokenizer(source: Source) -> Tokenizer:
    tokenizer = Tokenizer.from_file(str(source.tokenizer))
    tokenizer.no_padding()
    tokenizer.enable_truncation(source.max_tokens)
    return tokenizer
