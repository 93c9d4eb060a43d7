"""ONNX Runtime must not report to its maker what a desk runs."""

import os
import subprocess
import sys
from pathlib import Path

LOAD = "import models, onnxruntime"


def test_onnx_runtime_leaves_no_telemetry_session_behind(tmp_path: Path) -> None:
    hidden = {"ORT_DISABLE_TELEMETRY", "CI"}  # either would switch it off without us
    environment = {name: value for name, value in os.environ.items() if name not in hidden}
    subprocess.run([sys.executable, "-c", LOAD], env={**environment, "TMPDIR": str(tmp_path)}, check=True)
    assert list(tmp_path.iterdir()) == []
