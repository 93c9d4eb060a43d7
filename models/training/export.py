"""Export a network as an artifact: ONNX, fused by ONNX Runtime's transformer optimizer, int8 (CPU), fp16 (GPU), fp32.

The source is a run folder of :mod:`models.training.finetune` or anybody's text classifier in Hugging Face format. An
artifact is first written in fp32; the smaller one is refused when its macro-F1 on split ``val`` is over half a point
lower.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import onnx
import onnxruntime
import torch
from onnxruntime.transformers import optimizer
from tokenizers import Tokenizer
from torch import Tensor, nn
from transformers import AutoModelForSequenceClassification

from models.artifact import FORMAT_VERSION, GRAPH, TOKENIZER, Head, Manifest, file_hash, open_artifact, write_manifest
from models.errors import ArtifactError, DatasetError
from models.training.dataset import TRAIN, VALIDATION, LabelledSet
from models.training.evaluate import calibrate, served_macro_f1
from models.training.network import JointClassifier
from models.training.quantize import Quantizer
from models.training.recipe import Recipe
from models.training.tokens import load_tokenizer

# Of a run: its best weights, there the heads beside the encoder, and what is served.
BEST, HEADS, ARTIFACT = "best", "heads.pt", "artifact"
PRECISIONS = ("int8", "fp16", "fp32")
ATTENTION = "eager"  # the form of attention that ONNX Runtime's optimizer knows how to fuse
TOLERANCE = 1e-3  # between the logits of the network and of its graph, relative to the largest
LARGEST_LOSS = 0.005  # macro-F1 that a smaller precision may cost
PERCENTILES = (100.0, 99.0, 90.0)  # how much of the activations' range int8 keeps; the best on split val is taken


@dataclass(frozen=True, slots=True)
class Source:
    """A network with ``logits(input_ids, attention_mask)``, its heads and the file of its tokenizer."""

    network: Any
    config: Any
    labels: Mapping[str, Sequence[str]]
    tokenizer: Path


class _Logits(nn.Module):
    """The network with positional inputs and a tuple of outputs, as the exporter wants it."""

    def __init__(self, network: Any) -> None:
        super().__init__()
        self.network = network
        self.eval()  # the exporter gives everything in it back in the mode that it had itself

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> tuple[Tensor, ...]:
        if isinstance(self.network, JointClassifier):
            return self.network.logits(input_ids, attention_mask)
        return (self.network(input_ids=input_ids, attention_mask=attention_mask).logits,)


def source_of_run(run: Path) -> Source:
    """Load the best weights of a run folder.

    Raises:
        DatasetError: the folder holds no finished epoch.
    """
    if not (run / BEST / HEADS).is_file():
        raise DatasetError(f"{run} holds no {BEST}/{HEADS}: no epoch of this run was finished")
    labels: dict[str, list[str]] = json.loads((run / "labels.json").read_text())
    recipe = msgspec.json.decode((run / "recipe.json").read_bytes(), type=Recipe)
    network = JointClassifier(run / BEST / "encoder", {head: len(names) for head, names in labels.items()}, recipe)
    network.heads.load_state_dict(torch.load(run / BEST / HEADS, weights_only=True))
    network.encoder.set_attn_implementation(ATTENTION)
    return Source(network.eval(), network.encoder.config, labels, run / BEST / "encoder" / TOKENIZER)


def source_of_huggingface(folder: Path, head: str, renamed: Mapping[str, str]) -> Source:
    """Load a text classifier in Hugging Face format as one head, its labels renamed to ours.

    Raises:
        DatasetError: the folder is none or has no tokenizer, or ``renamed`` names a label that the model does not have.
    """
    if not (folder / "config.json").is_file():
        raise DatasetError(f"{folder} holds neither labels.json (a run) nor config.json (Hugging Face format)")
    network = AutoModelForSequenceClassification.from_pretrained(
        folder, local_files_only=True, attn_implementation=ATTENTION
    ).eval()
    theirs = [network.config.id2label[index] for index in range(network.config.num_labels)]
    unknown = set(renamed) - set(theirs)
    if unknown:
        raise DatasetError(f"--label {sorted(unknown)[0]}: the model's labels are {', '.join(theirs)}")
    tokenizer = folder / TOKENIZER
    if not tokenizer.is_file():
        load_tokenizer(folder).save_pretrained(folder)
    return Source(network, network.config, {head: [renamed.get(name, name) for name in theirs]}, tokenizer)


def export(
    source: Source, folder: Path, precision: str, sets: Sequence[LabelledSet] = (), training: Mapping[str, Any] = {}
) -> dict[str, float]:
    """Write the artifact into ``folder``, calibrate it on ``sets``, and return head -> macro-F1 given up by precision.

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
        fused = _fused(source, exact / "plain.onnx")
        _check_fused(source, fused)
        _write(source, exact, fused, "fp32", training)
        wanted = [
            _write(source, Path(scratch) / f"wanted-{number}", model, precision, training)
            for number, model in enumerate(_of_precision(source, fused, precision, sets, Path(scratch)))
        ]
        best, lost = _best(exact, wanted, sets)
        for head, loss in lost.items():
            if loss > LARGEST_LOSS:
                raise ArtifactError(
                    f"{precision} costs head '{head}' {100 * loss:.1f} points of macro-F1 on split '{VALIDATION}', "
                    f"at most {100 * LARGEST_LOSS:.1f} are accepted: export with --precision fp32 or fp16"
                )
        calibrate(best, sets)
        shutil.copytree(best, folder, dirs_exist_ok=True)
    write_manifest(folder, msgspec.structs.replace(open_artifact(folder).manifest, name=_name(folder)))
    return lost


def _name(folder: Path) -> str:
    """Return the folder's name; of a run's artifact the run's, since alerts and manifests name the model."""
    folder = folder.resolve()
    of_run = folder.name == ARTIFACT and (folder.parent / BEST).is_dir()
    return folder.parent.name if of_run else folder.name


def _of_precision(
    source: Source, fused: onnx.ModelProto, precision: str, sets: Sequence[LabelledSet], scratch: Path
) -> Iterator[onnx.ModelProto]:
    if precision == "int8":
        texts = [row.text for one in sets for row in one.split(TRAIN) or one.rows]
        quantizer = Quantizer(fused, _cutter(source), texts, scratch)
        yield from (quantizer.fixed(percentile) for percentile in PERCENTILES)
    elif precision == "fp16":
        half = optimizer.OnnxModel(fused)
        half.convert_float_to_float16(keep_io_types=True)
        yield half.model
    else:
        yield fused


def _best(exact: Path, wanted: Sequence[Path], sets: Sequence[LabelledSet]) -> tuple[Path, dict[str, float]]:
    """Return the folder with the best mean macro-F1 on split ``val``, and head -> what it lost against ``exact``."""
    before = {one.head: served_macro_f1(exact, one) for one in sets}
    losses = [{one.head: before[one.head] - served_macro_f1(folder, one) for one in sets} for folder in wanted]
    number = min(range(len(wanted)), key=lambda index: sum(losses[index].values()))
    return wanted[number], losses[number]


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
            max_tokens=_max_tokens(source),
            heads={head: Head(tuple(names)) for head, names in source.labels.items()},
            files={file: file_hash(folder / file) for file in (GRAPH, TOKENIZER)},
            training=dict(training),
        ),
    )
    return folder


def _max_tokens(source: Source) -> int:
    return min(256, int(source.config.max_position_embeddings) - 2)


def _cutter(source: Source) -> Tokenizer:
    cutter = Tokenizer.from_file(str(source.tokenizer))
    cutter.no_padding()
    cutter.enable_truncation(_max_tokens(source))
    return cutter


def _fused(source: Source, plain: Path) -> onnx.ModelProto:
    ids = torch.tensor([[101, 2023, 2003, 102], [101, 2003, 102, 0]]) % source.config.vocab_size
    axes = {0: "rows", 1: "tokens"}
    outputs = [f"logits_{head}" for head in source.labels]
    torch.onnx.export(
        _Logits(source.network),
        (ids, torch.tensor([[1, 1, 1, 1], [1, 1, 1, 0]])),
        plain,
        input_names=["input_ids", "attention_mask"],
        output_names=outputs,
        dynamic_axes={"input_ids": axes, "attention_mask": axes, **{output: {0: "rows"} for output in outputs}},
        opset_version=17,
        dynamo=False,
    )
    fused = optimizer.optimize_model(
        str(plain),
        model_type="bert",
        num_heads=source.config.num_attention_heads,
        hidden_size=source.config.hidden_size,
    )
    plain.unlink()
    model: onnx.ModelProto = fused.model
    return model


def _check_fused(source: Source, fused: onnx.ModelProto) -> None:
    """The exporter and the optimizer know many encoders, not all: compare on texts longer than the one traced."""
    tokens = min(24, _max_tokens(source))
    ids = torch.arange(2 * tokens).reshape(2, tokens) * 37 % source.config.vocab_size
    mask = (torch.arange(tokens) < torch.tensor([[tokens], [tokens // 2]])).long()
    session = onnxruntime.InferenceSession(fused.SerializeToString(), providers=["CPUExecutionProvider"])
    answers = session.run(None, {"input_ids": ids.numpy(), "attention_mask": mask.numpy()})
    with torch.no_grad():
        wanted = _Logits(source.network)(ids, mask)
    for answer, logits in zip(answers, wanted, strict=True):
        apart = float(np.abs(answer - logits.numpy()).max())
        if not apart <= TOLERANCE * max(1.0, float(logits.abs().max())):
            raise ArtifactError(
                f"the exported graph answers otherwise than the network (logits {apart:.3g} apart): "
                f"an encoder of type '{source.config.model_type}' cannot be exported"
            )
