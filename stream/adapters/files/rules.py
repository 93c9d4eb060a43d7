"""The file of rules: YAML, read strictly, errors with their line, and read again when it changed."""

from __future__ import annotations

from pathlib import Path

from stream.adapters.files.strict_yaml import YamlFile
from stream.adapters.files.watched import WatchedFile, reading
from stream.errors import PlaceError
from stream.pipeline.rules import Rule
from stream.pipeline.rules.book import BookSpec, rules_of


def read_rules(path: Path | None) -> tuple[Rule, ...]:
    """Read a file of rules; None stands for an empty one, which watches every topic and entry.

    Raises:
        SettingsError: the file is missing, too large or wrong; the message gives the line and the reason.
    """
    if path is None:
        return rules_of(BookSpec())
    with reading(path):
        file = YamlFile(path)
        try:
            return rules_of(file.read(BookSpec))
        except PlaceError as error:
            raise file.error_in(error.place, str(error)) from None


class RulesFile(WatchedFile[tuple[Rule, ...]]):
    """Rules that are read again when their file changed; without a file, the default ones."""

    def __init__(self, path: Path | None) -> None:
        super().__init__(lambda: read_rules(path), lambda _: [path] if path else [])
