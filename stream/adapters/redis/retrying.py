"""How often Redis is asked again: four times in all, and not four times at each level of redis-py."""

from __future__ import annotations

from contextvars import ContextVar
from typing import Any

from redis.asyncio.retry import Retry
from redis.backoff import ExponentialWithJitterBackoff, NoBackoff

TRIES = 4  # redis-py's own eleven would be most of a minute
_TRYING: ContextVar[bool] = ContextVar("trying", default=False)


class _OutermostRetry(Retry):
    """Tries again at one level alone.

    redis-py tries a command again, and within each try the first question on a new connection: of a server that takes
    connections and says nothing four tries became twenty.
    """

    async def call_with_retry(self, *args: Any, **kwargs: Any) -> Any:
        if _TRYING.get():
            return await Retry(NoBackoff(), 0, self._supported_errors).call_with_retry(*args, **kwargs)
        token = _TRYING.set(True)
        try:
            return await super().call_with_retry(*args, **kwargs)
        finally:
            _TRYING.reset(token)


def new_retry() -> Retry:
    """Return how a client of one server tries again."""
    return _OutermostRetry(ExponentialWithJitterBackoff(base=0.01, cap=1), TRIES - 1)
