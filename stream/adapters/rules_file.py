"""The file of rules: YAML, read strictly, errors with their line, and read again when it changed."""

from __future__ import annotations

from pathlib import Path

from stream.pipeline.rules import Rule
from stream.pipeline.rules.book import BookSpec, PlaceError, rules_of
from stream.yaml_file import YamlFile


def read_rules(path: Path | None) -> tuple[Rule, ...]:
    """Read a file of rules; None stands for an empty one, which watches every topic and entry.

    Raises:
        SettingsError: the file is missing, too large or wrong; the message gives the line and the reason.
    """
    if path is None:
        return rules_of(BookSpec())
    file = YamlFile(path)
    try:
        return rules_of(file.read(BookSpec))
    except PlaceError as error:
        raise file.wrong(error.place, str(error)) from None


class RulesFile:
    """Rules that are read again when their file changed; while it is wrong, what was read before stays.

    Raises:
        SettingsError: the file is wrong at the start.
    """

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._seen = self._state()
        self.current: tuple[Rule, ...] = read_rules(path)

    def refresh(self) -> bool:
        """Read the file again if it changed, and say whether there are other rules now.

        Raises:
            SettingsError: it changed and is wrong; said once per change.
        """
        state = self._state()
        if state == self._seen:
            return False
        self._seen = state
        before, self.current = self.current, read_rules(self._path)
        return before != self.current

    def _state(self) -> tuple[int, int, int] | None:
        if self._path is None:
            return None
        try:
            found = self._path.stat()
        except OSError:
            return None
        return found.st_mtime_ns, found.st_size, found.st_ino
