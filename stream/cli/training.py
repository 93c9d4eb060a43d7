"""What the commands of training share: the extra that they need, and what a run noted of its training."""

from __future__ import annotations

import logging
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from pathlib import Path
from typing import Any

import msgspec

from models.errors import ProviderError


@contextmanager
def training_extra() -> Iterator[None]:
    """Say what to install when torch is missing; libraries show progress on standard error, and their warnings nowhere.

    They warn of what tracing and quantization always do; what concerns a user, the steps here check themselves.
    """
    try:
        with redirect_stdout(sys.stderr), warnings.catch_warnings(action="ignore"), _without_warnings_in_logs():
            yield
    except ModuleNotFoundError as error:
        raise ProviderError(
            f"{error.name} is not installed; training needs: pip install -e '.[train]' in the project's folder"
        ) from error


@contextmanager
def _without_warnings_in_logs() -> Iterator[None]:
    before = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        yield
    finally:
        logging.disable(before)


def notes_of(source: Path) -> dict[str, Any]:
    """Return what a run noted of its training; of any other model nothing is known but its name."""
    notes = source / "training.json"
    if not notes.is_file():
        return {"base": source.name, "rows": {}}
    return dict(msgspec.json.decode(notes.read_bytes()))


def licences_of(notes: dict[str, Any]) -> tuple[str, ...]:
    """Return the licences of a run's rows: it is calibrated and measured on no others, either. Empty: all.

    Rows without a licence are the user's own, and stay.
    """
    from models.training.data.dataset import UNKNOWN

    licences = tuple(notes.get("recipe", {}).get("licences", ()))
    return (*licences, UNKNOWN) if licences else ()
