"""A smaller encoder out of a fine-tuned one, to be trained on: some of its layers, and in each the neurons that matter.

Most of an encoder's time goes into the products of its feed-forward layers, and most of their neurons hardly change the
loss. A neuron's importance is what taking it out would change, to first order: the square of the sum over a text's
tokens of activation times gradient, added up over texts. After Molchanov et al. (2019), *Importance Estimation for
Neural Network Pruning*, equation 8. Layers are left out as in Sanh et al. (2019), *DistilBERT*, section 2.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader
from transformers import PreTrainedTokenizerBase

from models.errors import DatasetError
from models.training.data.dataset import TRAIN, LabelledSet, sampled
from models.training.data.targets import examples
from models.training.data.tokens import Collator, TokenizedExamples, load_tokenizer
from models.training.export.source import source_of_run
from models.training.recipe import Recipe

SAMPLE, BATCH = 1024, 16  # texts that importance is measured on, and how many at once


def shrink(run: Path, folder: Path, layers: Sequence[int], neurons: int, sets: Sequence[LabelledSet]) -> None:
    """Write the encoder of a finished run with fewer layers and neurons, to be given to a training as its base.

    Args:
        run: a finished run, its encoder built as BERT's is (``encoder.layer[i].intermediate`` and ``.output``).
        folder: a new one; receives the encoder and its tokenizer in Hugging Face format.
        layers: which to keep, counted from 0 at the bottom.
        neurons: how many to keep in the feed-forward part of each layer.
        sets: labelled texts; importance is measured on split ``train``.

    Raises:
        DatasetError: ``folder`` is there, the labels are not the run's, or its encoder has no such layers or neurons.
    """
    if folder.exists():
        raise DatasetError(f"{folder} is there already; give another folder")
    source = source_of_run(run)
    for labelled in sets:
        if list(labelled.labels) != list(source.labels.get(labelled.head, ())):
            raise DatasetError(
                f"{run} was not trained on these labels of head '{labelled.head}': {', '.join(labelled.labels)}"
            )
    network = source.network
    blocks = _blocks(network.encoder, run)
    _check(layers, neurons, len(blocks), network.encoder.config.intermediate_size)
    tokenizer = load_tokenizer(source.tokenizer.parent)
    importance = neuron_importance(network, tokenizer, sets)
    for index in layers:
        _keep_neurons(blocks[index], importance[index].topk(neurons).indices.sort().values)
    network.encoder.encoder.layer = nn.ModuleList([blocks[index] for index in layers])
    network.encoder.config.num_hidden_layers = len(layers)
    network.encoder.config.intermediate_size = neurons
    network.encoder.save_pretrained(folder)
    tokenizer.save_pretrained(folder)


def neuron_importance(network: Any, tokenizer: PreTrainedTokenizerBase, sets: Sequence[LabelledSet]) -> list[Tensor]:
    """Return per layer (neurons,) importances, measured on at most ``SAMPLE`` texts of split ``train``."""
    activations: list[Tensor] = []
    layers = network.encoder.encoder.layer
    hooks = [layer.intermediate.register_forward_hook(lambda *call: activations.append(call[-1])) for layer in layers]
    total = [torch.zeros(layer.intermediate.dense.out_features) for layer in layers]
    rows = sorted(sampled(examples(sets, TRAIN), SAMPLE), key=lambda row: len(row["text"]))
    texts = TokenizedExamples(rows, tokenizer, Recipe().max_tokens)
    for batch in DataLoader(texts, BATCH, collate_fn=Collator(tokenizer, 0)):
        activations.clear()
        gradients = torch.autograd.grad(network(**batch)["loss"], activations)
        for so_far, output, gradient in zip(total, activations, gradients, strict=True):
            so_far += (output * gradient).sum(1).pow(2).sum(0).detach()
    for hook in hooks:
        hook.remove()
    return total


def _blocks(encoder: Any, run: Path) -> list[Any]:
    blocks = list(getattr(getattr(encoder, "encoder", None), "layer", ()))
    if not blocks or not hasattr(blocks[0], "intermediate"):
        raise DatasetError(f"{run}: its encoder is not built as BERT's is, so it cannot be made smaller")
    return blocks


def _check(layers: Sequence[int], neurons: int, depth: int, width: int) -> None:
    if not layers or sorted(set(layers)) != list(layers) or not 0 <= layers[0] <= layers[-1] < depth:
        given = ",".join(map(str, layers))
        raise DatasetError(f"--layers {given}: give rising numbers of 0 to {depth - 1}")
    if not 1 <= neurons <= width:
        raise DatasetError(f"--neurons {neurons}: the encoder has {width} in a layer")


def _keep_neurons(block: Any, neurons: Tensor) -> None:
    """Take all but ``neurons`` (their indices) out of a layer's feed-forward part."""
    up, down = block.intermediate.dense, block.output.dense
    up.weight, up.bias = nn.Parameter(up.weight[neurons]), nn.Parameter(up.bias[neurons])
    down.weight = nn.Parameter(down.weight[:, neurons])
    up.out_features = down.in_features = len(neurons)
