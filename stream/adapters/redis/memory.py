"""How full the memory of Redis or Valkey is: it never evicts, and when it is full nothing can be counted any more."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from redis.asyncio.cluster import RedisCluster

from stream.adapters.redis.client import Client, redis_errors
from stream.translation import N_, _

# At eight documents a second the 4 GB of Docker Compose fill in nine days: more than a day lies between the two.
WARN_AT, FULL_AT = 0.8, 0.95
NO_EVICTION = "noeviction"
CURE = N_(
    "raise its maxmemory (REDIS_MAXMEMORY) or lower BELLWETHER_KEEP_HOURS; docs/operations.md says how much it takes"
)


@dataclass(frozen=True, slots=True)
class Memory:
    """Bytes in use and at most; ``limit`` 0 is none. ``policy`` is what happens at the limit."""

    used: int
    limit: int
    policy: str = NO_EVICTION

    @property
    def share(self) -> float:
        """Used of the limit, 0 to 1; 0 where there is no limit."""
        return self.used / self.limit if self.limit else 0.0

    @property
    def near(self) -> bool:
        """Whether it is time to act."""
        return self.share >= WARN_AT

    @property
    def evicts(self) -> bool:
        """Whether windows would be thrown away, unseen, at the limit."""
        return self.limit > 0 and self.policy != NO_EVICTION

    @property
    def full(self) -> bool:
        """Whether writes are about to be refused."""
        return self.share >= FULL_AT

    def warnings(self) -> list[str]:
        """Return a sentence for each thing that somebody has to do.

        >>> Memory(500, 1000).warnings()
        []
        >>> Memory(850_000_000, 1_000_000_000).warnings()[0][:49]
        'Redis: 85 % of its memory is in use (850 of 1,000'
        """
        warnings = []
        if self.near:
            words = _(
                "Redis: {share} % of its memory is in use ({used} of {limit} MB); when it is full, nothing is counted "
                "any more: {cure}"
            )
            used, limit = (f"{size / 1e6:,.0f}" for size in (self.used, self.limit))
            warnings.append(words.format(share=f"{100 * self.share:.0f}", used=used, limit=limit, cure=_(CURE)))
        if self.evicts:
            words = _(
                "Redis: maxmemory-policy is '{policy}': at its limit it would throw windows away, and nobody would see "
                "it; set maxmemory-policy {wanted}"
            )
            warnings.append(words.format(policy=self.policy, wanted=NO_EVICTION))
        return warnings


async def memory_of(client: Client, name: str) -> Memory:
    """Return the memory of the server that holds the keys of the deployment ``name``.

    Raises:
        StoreError: it did not answer, or its user may not run INFO.
    """
    server: Any = client  # typed too narrowly for what follows
    async with redis_errors("tell its memory"):
        if isinstance(client, RedisCluster):
            await client.initialize()
            info = await server.info("memory", target_nodes=client.get_node_from_key(f"{{{name}}}:days"))
        else:
            info = await server.info("memory")
    return Memory(
        int(info.get("used_memory", 0)), int(info.get("maxmemory", 0)), info.get("maxmemory_policy", NO_EVICTION)
    )
