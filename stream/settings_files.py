"""Settings from files: the TOML file, the folder of secrets; and names that look like a setting and are none."""

from __future__ import annotations

import logging
import tomllib
from collections.abc import Collection, Iterable, Iterator
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import Any

from stream.adapters.files.watched import read_limited, reading
from stream.errors import SettingsError
from stream.plain_problems import TOO_LARGE

logger = logging.getLogger(__name__)
CONFIG, SECRETS, PREFIX = "BELLWETHER_CONFIG", "BELLWETHER_SECRETS", "BELLWETHER_"
MAX_CONFIG, MAX_SECRET = 1024 * 1024, 64 * 1024


def config_of(path: Path) -> dict[str, Any]:
    """Return what the TOML file says; an empty text is no value, as that of a variable."""
    with reading(f"{CONFIG}: {path}"):
        try:
            values = tomllib.loads(read_limited(path, MAX_CONFIG))
        except SettingsError as error:
            raise SettingsError(f"{CONFIG}: {error}") from None
        except tomllib.TOMLDecodeError as error:
            raise SettingsError(f"{CONFIG}: {path}: not TOML: {error}") from None
        except ValueError:  # Python reads no number of thousands of digits
            raise SettingsError(f"{CONFIG}: {path}: {TOO_LARGE}") from None
        except RecursionError:
            raise SettingsError(f"{CONFIG}: {path}: nested too deep") from None
    return {name: value for name, value in values.items() if value != ""}


def secrets_of(folder: Path, names: Collection[str]) -> dict[str, Any]:
    """Return the settings that a folder holds, a file for each, as containers mount them; an empty file is none."""
    files = secret_files(folder)
    _warn_of_files(tuple(path.name for path in files.values()), tuple(names))
    present = {name: files[f"{PREFIX}{name}".lower()] for name in names if f"{PREFIX}{name}".lower() in files}
    try:
        texts = {name: read_limited(path, MAX_SECRET).strip() for name, path in present.items()}
    except SettingsError as error:
        raise SettingsError(f"{SECRETS}: {error}") from None
    return {name: text for name, text in texts.items() if text}


def secret_files(folder: Path) -> dict[str, Path]:
    """Return the files of a folder of secrets by name, in lower case."""
    try:
        return {path.name.lower(): path for path in folder.iterdir()}
    except (OSError, ValueError) as error:
        raise SettingsError(f"{SECRETS}: {folder}: {getattr(error, 'strerror', None) or error}") from None


@cache
def _warn_of_files(names: tuple[str, ...], settings: tuple[str, ...]) -> None:
    """Say once which files of secrets look like a setting and are none."""
    for name, hint in unknown_names(names, settings):
        logger.warning("bellwether: %s: the file %s is no setting and does nothing; %s", SECRETS, name, hint)


def unknown_names(names: Iterable[str], settings: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Yield each name that looks like a setting and is none of ``settings``, with what may be meant."""
    known = [name.removeprefix(PREFIX) for name in (CONFIG, SECRETS)] + [name.upper() for name in settings]
    for name in sorted(names):
        if name.upper().startswith(PREFIX) and (rest := name.upper().removeprefix(PREFIX)) not in known:
            near = get_close_matches(rest, known, 1)
            meant = f"{PREFIX}{near[0]}" if near else ""
            meant = meant.lower() if name.islower() else meant
            yield name, f"did you mean {meant}?" if meant else "the documentation's page on settings lists them all"
