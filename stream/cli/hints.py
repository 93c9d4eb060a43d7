"""What helps beside an error's own message: where an address comes from."""

from __future__ import annotations

from stream.errors import AccessError, BrokerError, StoreError

# Messages of these errors begin with the server's name.
_SETTINGS = {"Postgres": "BELLWETHER_POSTGRES", "Redis": "BELLWETHER_REDIS", "Kafka": "BELLWETHER_KAFKA"}


def hint(error: Exception) -> str | None:
    """Return what to do about a server that did not answer; None where the message says all there is.

    >>> hint(StoreError("Redis did not return the windows: connection refused"))
    'its address is the setting BELLWETHER_REDIS; `bellwether up` starts servers on this machine to try things out'
    """
    if isinstance(error, AccessError):
        return None
    setting = _SETTINGS.get(str(error).partition(" ")[0]) if isinstance(error, (StoreError, BrokerError)) else None
    if setting is None:
        return None
    return f"its address is the setting {setting}; `bellwether up` starts servers on this machine to try things out"
