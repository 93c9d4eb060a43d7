"""The file of sources: YAML, read strictly, errors with their line, and read again when it changed."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from stream.adapters.files.secrets import read_secret
from stream.adapters.files.strict_yaml import YamlFile
from stream.adapters.files.watched import WatchedFile, reading
from stream.errors import PlaceError, SettingsError
from stream.pipeline.feeds.sources import Source, SourcesSpec, secret_of, sources_of

MAX_BYTES = 8 * 1024 * 1024  # ten thousand sources, with comments


@dataclass(frozen=True)
class Sources:
    """What a file says: the sources that are on, by name, and their tokens; these do not stand in the repr."""

    sources: Mapping[str, Source]
    tokens: Mapping[str, str] = field(default_factory=dict, repr=False)
    secret_files: tuple[Path, ...] = ()


def read_sources(
    path: Path, *, resolve: bool = True, everything: bool = False, environment: Mapping[str, str] = os.environ
) -> Sources:
    """Read a file of sources.

    Args:
        resolve: read the tokens, too; False leaves them out, to check a file where they are not kept.
        everything: also the sources that are off, without their tokens.

    Raises:
        SettingsError: the file is missing, too large or wrong, or a token is not there; the message gives the line and
            the reason, and never a token.
    """
    with reading(path):
        file = YamlFile(path, MAX_BYTES)
        spec = file.read(SourcesSpec)
        try:
            sources = {source.name: source for source in sources_of(spec, everything=everything)}
            tokens = _tokens(path, spec, environment) if resolve else {}
        except PlaceError as error:
            raise file.error_in(error.place, str(error)) from None
        secrets = [secret for one in spec.sources if (secret := secret_of(one)) is not None]
        return Sources(sources, tokens, tuple(path.parent / one.file for one in secrets if one.file))


def starter() -> str:
    """Return a file of sources to start from, all of them off."""
    return (Path(__file__).parent / "lists" / "sources.yaml").read_text(encoding="utf-8")


class SourcesFile(WatchedFile[Sources]):
    """Sources that are read again when their file, or a file with a token, changed."""

    def __init__(self, path: Path) -> None:
        super().__init__(lambda: read_sources(path), lambda found: [path, *(found.secret_files if found else ())])


def _tokens(path: Path, spec: SourcesSpec, environment: Mapping[str, str]) -> dict[str, str]:
    tokens = {}
    for number, one in enumerate(spec.sources):
        if (secret := secret_of(one)) is None:
            continue
        try:
            tokens[one.name] = read_secret(path.parent, secret, environment)
        except SettingsError as error:
            raise PlaceError(("sources", number, "token"), f"source '{one.name}': {error}") from None
    return tokens
