"""What helps beside an error's own message: where an address comes from, and what looks like a setting and is none."""

from __future__ import annotations

from collections.abc import Mapping

from stream.errors import BellwetherError, BrokerError, StoreError

# Messages of these errors begin with the server's name.
_SETTINGS = {"Postgres": "BELLWETHER_POSTGRES", "Redis": "BELLWETHER_REDIS", "Kafka": "BELLWETHER_KAFKA"}


def hint(error: Exception) -> str | None:
    """Return what to do about a server that did not answer; None where the message says all there is.

    >>> hint(StoreError("Redis did not return the windows: connection refused"))
    'its address is the setting BELLWETHER_REDIS; `bellwether up` starts servers on this machine to try things out'
    """
    setting = _SETTINGS.get(str(error).partition(" ")[0]) if isinstance(error, (StoreError, BrokerError)) else None
    if setting is None:
        return None
    return f"its address is the setting {setting}; `bellwether up` starts servers on this machine to try things out"


def misspelt(environment: Mapping[str, str]) -> list[str]:
    """Return a sentence for each variable that looks like a setting and is none."""
    if not any(name.upper().startswith("BELLWETHER_") for name in environment):
        return []
    from stream.settings import unknown_variables  # here, since its library takes a while to import

    return unknown_variables(environment)


def told(error: Exception) -> list[str]:
    """Return the lines that are written for an error of ours, its message first."""
    more = hint(error) if isinstance(error, BellwetherError) else None
    return [str(error), *([more] if more else [])]
