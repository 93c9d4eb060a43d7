"""Secrets that a file of settings names and does not hold."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from stream.adapters.files.watched import read_limited
from stream.errors import SettingsError
from stream.pipeline.units import Secret

MAX_SECRET = 4096  # bytes; it goes into a header


def read_secret(folder: Path, secret: Secret, environment: Mapping[str, str] = os.environ) -> str:
    """Return a secret; a file's path begins in ``folder``.

    Raises:
        SettingsError: it is not there, too long, or nothing that a header can carry; the message never holds it.
    """
    if secret.env is not None:
        where, text = f"the variable {secret.env}", environment.get(secret.env, "")
    else:
        name = secret.file or ""
        where = f"the file {name}"
        try:
            text = read_limited(folder / name, MAX_SECRET)
        except SettingsError as error:
            raise SettingsError(f"the file {str(error).removeprefix(f'{folder}/')}") from None
    text = text.strip()
    if not text or len(text) > MAX_SECRET:
        raise SettingsError(f"{where} {'is not set or empty' if not text else 'is too long'}")
    if not (text.isascii() and text.isprintable()):
        # A line break in a header's value would be told in an error, with the value.
        raise SettingsError(f"{where} holds a character that a secret must not have")
    return text
