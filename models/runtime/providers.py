"""Execution providers of ONNX Runtime: which one runs a model, why, and how its batches are shaped."""

from __future__ import annotations

from functools import cache
from typing import Any, NamedTuple

from models.artifact import Artifact
from models.errors import ArtifactError, ProviderError
from models.runtime.cores import usable_cores

AUTO, CPU, CUDA, TENSORRT = "auto", "cpu", "cuda", "tensorrt"
NAMES = {CPU: "CPUExecutionProvider", CUDA: "CUDAExecutionProvider", TENSORRT: "TensorrtExecutionProvider"}
INSTALL = {
    CPU: "pip install -e '.[cpu]' in the project's folder",
    CUDA: "pip install -e '.[gpu]' in place of [cpu] in the project's folder, with an NVIDIA driver",
    TENSORRT: "pip install -e '.[gpu]' in place of [cpu] in the project's folder, and NVIDIA's TensorRT libraries",
}


class Shaping(NamedTuple):
    """How texts are cut into runs of the model.

    On the CPU a run's activations should stay in the cache, and each core takes runs of its own: twice as fast as one
    large run on all cores. A GPU wants large runs, of few shapes: its memory grows with each new one.
    """

    tokens: int  # of one run, padding included
    texts: int  # that are tokenised while earlier ones are in the model
    bucketed: bool


# On the CPU measured on two cores with the models that ship: the more texts are sorted by length together, the less is
# padded, which is worth more than tokenising half of a worker's batch during the other half. For a GPU larger runs take
# more of its memory.
SHAPING = {CPU: Shaping(256, 256, False), CUDA: Shaping(16_384, 1024, True), TENSORRT: Shaping(16_384, 1024, True)}


class OpenedSession(NamedTuple):
    """A session, the provider it runs on, and why that one."""

    session: Any
    provider: str
    reason: str


def open_session(artifact: Artifact, provider: str = AUTO) -> OpenedSession:
    """Load the graph on ``provider``; ``auto`` takes CUDA where it starts, else the CPU, never TensorRT, whose first
    start builds engines for minutes.

    Raises:
        ProviderError: onnxruntime is missing, the provider is unknown, not in this build, or does not start.
        ArtifactError: the graph cannot be loaded.
    """
    ort = _runtime()
    if provider != AUTO:
        if provider not in NAMES:
            raise ProviderError(f"unknown provider '{provider}'; choose {AUTO}, {', '.join(NAMES)}")
        if NAMES[provider] not in ort.get_available_providers():
            raise ProviderError(f"provider '{provider}' is not in this onnxruntime: {INSTALL[provider]}")
        session = _session(ort, artifact, provider)
        if NAMES[provider] not in session.get_providers():
            # Without a driver ONNX Runtime takes the CPU and says so only in its log.
            raise ProviderError(f"provider '{provider}' did not start: is there a GPU? It needs {INSTALL[provider]}")
        return OpenedSession(session, provider, "asked for")
    if NAMES[CUDA] not in ort.get_available_providers():
        return OpenedSession(_session(ort, artifact, CPU), CPU, "this onnxruntime has no CUDA provider")
    session = _session(ort, artifact, CUDA)
    if NAMES[CUDA] in session.get_providers():
        return OpenedSession(session, CUDA, "a GPU is there")
    return OpenedSession(
        session, CPU, "the CUDA provider did not start: no GPU, or its driver or libraries are missing"
    )


def runs_at_once(provider: str, threads: int) -> int:
    """Return how many runs go side by side: one per core that the process may use on the CPU, one on a GPU."""
    return (threads or usable_cores()) if provider == CPU else 1


def _runtime() -> Any:
    try:
        import onnxruntime
    except ImportError as error:
        raise ProviderError(f"onnxruntime is not installed: {INSTALL[CPU]} (or [gpu])") from error
    return onnxruntime


def check_options(provider: str) -> Any:
    """Return the options of a run whose memory is given back at its end, which is for a check before the first texts.

    On the CPU the longest input takes some 12 MB, which a model that nobody asks would keep.
    """
    if provider != CPU:
        return None
    options = _runtime().RunOptions()
    options.add_run_config_entry("memory.enable_memory_arena_shrinkage", "cpu:0")
    return options


@cache
def _share_memory(ort: Any) -> None:
    """Let all sessions on the CPU take the memory of their runs from one pool.

    Each would keep a pool as large as its largest runs needed: 19 MB more with the two models that ship.
    """
    of_cpu = ort.OrtMemoryInfo("Cpu", ort.OrtAllocatorType.ORT_ARENA_ALLOCATOR, 0, ort.OrtMemType.DEFAULT)
    # No limit, growth to the next power of two, a first piece of 1 MB, ONNX Runtime's own bound on unused ends.
    growth = ort.OrtArenaCfg(0, 0, 1 << 20, -1)
    ort.create_and_register_allocator(of_cpu, growth)


def _session(ort: Any, artifact: Artifact, provider: str) -> Any:
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1  # a run stays on its core; several runs go side by side
    if provider == CPU:
        _share_memory(ort)
        options.add_session_config_entry("session.use_env_allocators", "1")
    # The CPU's kernel for the fused operator is slower than those of its parts (see models.training.export.lean).
    disabled = ["SkipLayerNormFusion"] if provider == CPU else []
    try:
        return ort.InferenceSession(
            str(artifact.graph), options, providers=[NAMES[provider]], disabled_optimizers=disabled
        )
    except Exception as error:
        raise ArtifactError(f"{artifact.graph} cannot be loaded: {error}") from error
