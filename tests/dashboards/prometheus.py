"""A real Prometheus, where one is installed (Debian: apt-get install prometheus)."""

from __future__ import annotations

import json
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from stream.embedded import free_port

SCRAPE = 1  # seconds


@contextmanager
def scraping(folder: Path, targets: list[str]) -> Iterator[httpx.Client]:
    """Run one that scrapes ``targets`` (host:port) every second, and return a client of its API."""
    port = free_port()
    jobs = [{"job_name": "bellwether", "static_configs": [{"targets": targets}]}]
    settings = {"global": {"scrape_interval": f"{SCRAPE}s", "scrape_timeout": f"{SCRAPE}s"}, "scrape_configs": jobs}
    (folder / "prometheus.yml").write_text(json.dumps(settings))  # JSON is YAML
    command = ["prometheus", f"--config.file={folder}/prometheus.yml", f"--storage.tsdb.path={folder}/data"]
    command += [f"--web.listen-address=127.0.0.1:{port}", "--log.level=error"]
    with (folder / "prometheus.log").open("wb") as log, subprocess.Popen(command, stdout=log, stderr=log) as process:
        try:
            with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60) as client:
                _wait(client, process)
                yield client
        finally:
            process.terminate()
            process.wait(120)


def missing() -> str | None:
    """Say what is not installed, or None."""
    return None if shutil.which("prometheus") else "Prometheus is not installed (Debian: apt-get install prometheus)"


def _wait(client: httpx.Client, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 240
    while time.monotonic() < deadline and process.poll() is None:
        try:
            if client.get("/-/ready").is_success:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.1)
    raise AssertionError("Prometheus did not start")
