"""What helps beside an error's own message: which setting an address, a login or a file comes from."""

from __future__ import annotations

from pathlib import Path

from stream.errors import AccessError, BellwetherError, ServerError, Trouble

# Messages of these errors begin with the server's name.
_SETTINGS = {"Postgres": "BELLWETHER_POSTGRES", "Redis": "BELLWETHER_REDIS", "Kafka": "BELLWETHER_KAFKA"}
_LIMITS = {"Postgres": "max_connections", "Redis": "maxclients"}


def hint(error: Exception) -> str | None:
    """Return where to look: which setting is meant, or that tables are missing; None where the message says it all.

    >>> hint(ServerError("Redis did not return the windows: connection refused", "away"))
    'its address is the setting BELLWETHER_REDIS; `bellwether up` starts servers on this machine to try things out'
    >>> hint(ServerError('Postgres did not return the alerts: relation "alerts" does not exist', "tables"))
    'the tables are missing or of an older release; run `bellwether migrate`'
    """
    if not isinstance(error, ServerError):
        return _of_file(str(error))
    if isinstance(error, AccessError) or error.trouble is None:
        return None
    if error.trouble == "tables":
        return "the tables are missing or of an older release; run `bellwether migrate`"
    if error.trouble == "disk":
        return "a disk of the server is full; make room there"
    if error.trouble == "files":
        return "this process may open no more files; raise the limit for it (`ulimit -n`)"
    server = str(error).partition(" ")[0]
    return _of_server(server, error.trouble) if server in _SETTINGS else None


def _of_server(server: str, trouble: Trouble) -> str:
    setting = _SETTINGS[server]
    if trouble == "connections":
        limit = _LIMITS.get(server, "its limit")
        return f"all connections that it allows are in use; raise {limit} there, or run fewer workers and commands"
    if trouble == "read-only":
        return f"it takes no writes, as a standby does; the setting {setting} has to name the server that does"
    if trouble == "login":
        return f"the login is in the setting {setting}; check its user, its password and what the user may do"
    return f"its address is the setting {setting}; `bellwether up` starts servers on this machine to try things out"


def _of_file(message: str) -> str | None:
    """Return which setting names the file or folder that a message begins with; None where none does."""
    from stream.settings import load_settings  # here, since it takes long to import

    try:
        settings = load_settings()
    except BellwetherError:
        return None
    for name, value in settings:
        for path in value if isinstance(value, tuple) else (value,):
            if isinstance(path, Path) and message.startswith(tuple(f"{path}{end}" for end in (":", ",", "/", " "))):
                return f"the setting BELLWETHER_{name.upper()} names it"
    return None
