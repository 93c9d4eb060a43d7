"""What the training run writes and keeps as it goes: metric lines, and the moving average of the weights."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel
from transformers import TrainerCallback

AVERAGE = "average.pt"


class MetricLines(TrainerCallback):
    """Appends each of the Trainer's log entries to ``path`` as a line of JSON."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def on_log(self, args: Any, state: Any, control: Any, logs: Any = None, **_: Any) -> None:
        with self._path.open("a") as lines:
            lines.write(json.dumps({"step": state.global_step, **(logs or {})}) + "\n")


class MovingAverage(TrainerCallback):
    """Exponential moving average of a network's weights, saved beside each checkpoint.

    The decay starts low, min(decay, (1 + steps) / (10 + steps)), so that a short run is not left at its beginning;
    as TensorFlow's ``ExponentialMovingAverage`` does with ``num_updates``.
    """

    def __init__(self, network: nn.Module, decay: float) -> None:
        self._decay = decay
        self._network = network
        blend: Any = self._blend
        self._average = AveragedModel(network, multi_avg_fn=blend)

    def _blend(self, averages: list[Tensor], weights: list[Tensor], steps: Any) -> None:
        decay = min(self._decay, (1 + int(steps)) / (10 + int(steps)))
        for average, weight in zip(averages, weights, strict=True):
            average.lerp_(weight, 1 - decay)

    def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        self._average.update_parameters(self._network)

    def on_save(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        torch.save(self._average.state_dict(), Path(args.output_dir) / f"checkpoint-{state.global_step}" / AVERAGE)

    def restore(self, checkpoint: Path) -> None:
        """Go on from the average of ``checkpoint``."""
        self._average.load_state_dict(torch.load(checkpoint / AVERAGE, weights_only=True))

    @contextmanager
    def in_place(self) -> Iterator[None]:
        """Give the network its averaged weights for the length of the block."""
        self._swap()
        try:
            yield
        finally:
            self._swap()

    def _swap(self) -> None:
        for average, weight in zip(self._average.module.parameters(), self._network.parameters(), strict=True):
            average.data, weight.data = weight.data, average.data
