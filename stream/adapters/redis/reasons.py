"""What an error of redis-py means, in words of ours."""

from __future__ import annotations

from redis.exceptions import (
    AskError,
    AuthenticationError,
    AuthorizationError,
    BusyLoadingError,
    ClusterCrossSlotError,
    ClusterError,
    ConnectionError,
    NoPermissionError,
    OutOfMemoryError,
    ReadOnlyError,
    RedisClusterException,
    TimeoutError,
)

from stream.errors import Trouble, trouble_of_system


def trouble_of(error: Exception) -> Trouble | None:
    """Return what a person should look at first, where that is known."""
    cause = _cause(error)
    if isinstance(cause, (AuthenticationError, AuthorizationError, NoPermissionError)) or "NOAUTH" in str(cause):
        return "login"
    if isinstance(cause, ReadOnlyError):
        return "read-only"
    if "max number of clients reached" in str(cause):
        return "connections"
    if found := trouble_of_system(str(cause)):
        return found
    lost = isinstance(cause, (OSError, ConnectionError, TimeoutError))
    # Redis' own "Invalid Database" comes as a connection that failed, and the server was there to say it.
    return "away" if lost and not isinstance(cause, BusyLoadingError) and "Invalid Database" not in str(cause) else None


def _cause(error: Exception) -> BaseException:
    """Return what a client of a cluster says that it could not reach a node for."""
    inner: BaseException = error
    while isinstance(inner, RedisClusterException) and (cause := inner.__cause__ or inner.__context__):
        inner = cause
    return inner


def reason_of(error: Exception) -> str:
    """Return what went wrong, in words that say what to do."""
    # A cluster's client follows these itself.
    if isinstance(error, (AskError, ClusterCrossSlotError)):
        return "it is a node of a cluster; write redis+cluster:// instead of redis:// in BELLWETHER_REDIS"
    if type(error) is ClusterError:
        return f"the cluster is moving the keys to another node; try again when it is done ({error})"
    if isinstance(error, OutOfMemoryError):
        return (
            "its memory is full: raise its maxmemory (REDIS_MAXMEMORY) or lower BELLWETHER_KEEP_HOURS; what is not "
            "counted waits in Kafka (docs/operations.md says how much memory is needed)"
        )
    inner = _cause(error)
    if "cluster support disabled" in str(inner):
        return "it is no cluster; write redis:// instead of redis+cluster:// in BELLWETHER_REDIS"
    return str(inner)
