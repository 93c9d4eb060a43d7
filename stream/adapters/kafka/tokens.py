"""The token of a login by OAUTHBEARER: a file that something else keeps fresh, read again at each login."""

from __future__ import annotations

import logging
from pathlib import Path

from stream.errors import SettingsError

logger = logging.getLogger(__name__)
TOKEN_FILE = "BELLWETHER_KAFKA_TOKEN_FILE"  # noqa: S105, the name of a setting
MOST = 64 * 1024  # characters; a header of HTTP, in which such tokens travel elsewhere, holds less


class FileToken:
    """A token in a file. Where the file cannot be read for a moment, the last token that was read counts.

    Raises:
        SettingsError: when it is made, the file cannot be read or holds no token.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._last = _read(path)

    def read(self) -> str:
        """Return the token as the file has it now."""
        try:
            self._last = _read(self._path)
        except SettingsError as error:
            logger.warning("%s; the token read before is sent", error)
        return self._last


def _read(path: Path) -> str:
    try:
        with path.open(encoding="ascii") as file:
            text = file.read(MOST + 1).strip()
    except OSError as error:
        raise SettingsError(f"{TOKEN_FILE}: {path}: {error.strerror}") from None
    except ValueError:
        raise SettingsError(f"{TOKEN_FILE}: {path}: holds other characters than a token has") from None
    # Anything else would end the token, or add to the login, in the message that carries it.
    if not text or len(text) > MOST or not text.isprintable() or " " in text:
        raise SettingsError(f"{TOKEN_FILE}: {path}: one token on one line is expected")
    return text
