"""Bearer tokens: the file holds a name, a role and the SHA-256 of each, never the token itself.

A token is 256 random bits, so nobody finds it by trying; a slow hash would add nothing.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from stream.adapters.files.watched import WatchedFile, read_limited, reading
from stream.errors import SettingsError

PREFIX = "bw_"
MAX_BYTES, MAX_TOKENS = 256 * 1024, 1000  # each request is compared with every token
_LINE = re.compile(r"([A-Za-z0-9][A-Za-z0-9._@-]{0,63})\s+(\S+)\s+sha256:([0-9a-f]{64})")


class Role(StrEnum):
    """What the holder may do: read, or act, too; or publish documents, and nothing else."""

    READ = "read"
    ACT = "act"
    PUBLISH = "publish"

    def allows(self, needed: Role) -> bool:
        """Whether its holder may do what needs another role.

        >>> Role.ACT.allows(Role.READ), Role.ACT.allows(Role.PUBLISH), Role.PUBLISH.allows(Role.READ)
        (True, False, False)
        """
        return self is needed or (self is Role.ACT and needed is Role.READ)


@dataclass(frozen=True)
class Token:
    """One holder; ``digest`` is the token's SHA-256."""

    name: str
    role: Role
    digest: bytes


def new_token(name: str, role: Role) -> tuple[str, str]:
    """Return a new token, which is nowhere kept, and its line for the file.

    Raises:
        SettingsError: the name is empty, too long, or holds other characters than letters, digits and . _ @ -
    """
    token = PREFIX + secrets.token_urlsafe(32)
    line = f"{name} {role} sha256:{hashlib.sha256(token.encode()).hexdigest()}"
    if not _LINE.fullmatch(line):
        raise SettingsError(f"name '{name}': 1 to 64 letters, digits and . _ @ - are expected")
    return token, line


def read_tokens(path: Path, least: int = 1) -> list[Token]:
    """Read a file: a line per token, ``name role sha256:...``; empty lines and those that begin with # do not count.

    Raises:
        SettingsError: the file is missing, too large or wrong, or holds fewer than ``least``; the message gives the
            line, and not what stands there.
    """
    with reading(path):
        return _tokens(path, read_limited(path, MAX_BYTES).splitlines(), least)


def _tokens(path: Path, lines: list[str], least: int) -> list[Token]:
    tokens: dict[str, Token] = {}
    for number, line in enumerate(lines, 1):
        if not (text := line.strip()) or text.startswith("#"):
            continue
        token = _token(text)
        if token is None:
            raise SettingsError(
                f"{path}, line {number}: 'name read|act|publish sha256:...' is expected; see `bellwether api`"
            )
        if token.name in tokens:
            raise SettingsError(f"{path}, line {number}: the name '{token.name}' stands further up")
        tokens[token.name] = token
    if not least <= len(tokens) <= MAX_TOKENS:
        raise SettingsError(f"{path}: {len(tokens)} tokens, {least} to {MAX_TOKENS} are expected")
    return list(tokens.values())


def _token(line: str) -> Token | None:
    """Return the token of a line, None where it holds none."""
    fields = _LINE.fullmatch(line.strip())
    if fields is None or fields[2] not in list(Role):
        return None
    return Token(fields[1], Role(fields[2]), bytes.fromhex(fields[3]))


class TokenFile(WatchedFile[list[Token]]):
    """The tokens of a file that is read again when it changed.

    Whoever takes a line out takes a token back. So once it runs, a file without tokens is right, and of a wrong one
    those stay that still stand in it; of one that is gone or cannot be read, none.
    """

    def __init__(self, path: Path) -> None:
        self._path, self._least = path, 1
        super().__init__(lambda: read_tokens(path, self._least), lambda _: [path])
        self._least = 0

    def refresh(self) -> bool:
        """Read the file again if it changed, and say whether it says something else now.

        Raises:
            SettingsError: it changed and is wrong; see the class for what stays.
        """
        try:
            return super().refresh()
        except SettingsError:
            self.current = self._still_standing()
            raise

    def _still_standing(self) -> list[Token]:
        with suppress(OSError, ValueError):
            if self._path.is_file():  # a pipe would hold us
                with self._path.open("rb") as file:
                    lines = file.read(MAX_BYTES).decode(errors="replace").removeprefix("\ufeff").splitlines()
                standing = {_token(line) for line in lines}
                return [known for known in self.current if known in standing]
        return []

    def warnings(self) -> list[str]:
        """Return a sentence where fewer may ask than somebody may have meant; it names nobody."""
        if self._refusal:
            taken = f"{len(self.current)} tokens that still stand in it are taken" if self.current else "nobody may ask"
            return [f"tokens of the API: the file is gone or wrong, {taken}; its log says why"]
        return [] if self.current else ["tokens of the API: the file holds none, nobody may ask"]

    def holder(self, token: str) -> Token | None:
        """Return whose token it is, None: nobody's. All are compared, so that the time it takes tells nothing."""
        # As it was sent: a header may hold bytes that are no text.
        digest = hashlib.sha256(token.encode(errors="surrogateescape")).digest()
        matches = [known for known in self.current if hmac.compare_digest(known.digest, digest)]
        return matches[0] if matches else None
