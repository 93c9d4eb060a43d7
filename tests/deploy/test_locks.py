"""The locks of the image: exact versions, each with hashes, of all that pyproject.toml asks for."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
LOCKS = ROOT / "deploy/locks"
PINNED = re.compile(r"([a-z0-9-]+)==([^ ]+)( ; [^\\]+)? \\")


def _entries(name: str) -> Iterator[tuple[str, list[str]]]:
    """Give each package's line, and the lines of its hashes."""
    line, hashes = "", list[str]()
    for text in (LOCKS / f"{name}.txt").read_text().splitlines():
        if text.startswith(" "):
            hashes.append(text.strip(" \\"))
            continue
        if line:
            yield line, hashes
        line, hashes = text, []
    yield line, hashes


def _versions(name: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for line, _ in _entries(name):
        match = PINNED.fullmatch(line)
        assert match, line
        found.setdefault(match[1], []).append(match[2])
    return found


@pytest.mark.parametrize("name", ["cpu", "gpu", "build"])
def test_each_package_is_of_one_version_and_known_by_its_hashes(name: str) -> None:
    for line, hashes in _entries(name):
        assert hashes, line
        assert all(re.fullmatch(r"--hash=sha256:[0-9a-f]{64}", text) for text in hashes)
    assert len(_versions(name)) > 3


@pytest.mark.parametrize("extra", ["cpu", "gpu"])
def test_all_that_the_project_asks_for_is_locked_in_a_version_that_it_takes(extra: str) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    asked = [*project["dependencies"], *project["optional-dependencies"][extra]]
    locked = _versions(extra)
    for requirement in map(Requirement, asked):
        versions = locked.get(canonicalize_name(requirement.name))
        assert versions, f"{requirement.name} is not in deploy/locks/{extra}.txt: run deploy/locks/make"
        for version in versions:
            assert requirement.specifier.contains(version), f"{requirement}: {version}: run deploy/locks/make"


def test_the_image_installs_what_is_locked_and_nothing_else() -> None:
    lines = re.sub(r"\\\n\s*", "", (ROOT / "Dockerfile").read_text()).splitlines()
    installs = [step for line in lines if line.startswith("RUN") for step in line.split("&&") if "pip install" in step]
    assert len(installs) == 3
    for step in installs:
        assert "--require-hashes --only-binary :all: -r" in step or "--no-deps --no-index /wheels/*.whl" in step
    assert "pip wheel --no-deps --no-build-isolation" in " ".join(lines)
