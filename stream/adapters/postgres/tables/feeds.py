"""Sources that are read: where each stands and who reads it, how it is, what was published of it, and the hosts."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Double, ForeignKey, Index, Integer, LargeBinary, Table, Text

from stream.adapters.postgres.tables.base import MOMENT, metadata

# Its addresses may hold a key, so Grafana does not read this one. ``lease`` counts the claims.
feed_sources = Table(
    "feed_sources",
    metadata,
    Column("name", Text, primary_key=True),
    Column("url", Text, nullable=False),
    Column("address", Text, nullable=False),
    Column("etag", Text),
    Column("last_modified", Text),
    Column("cursor", Text),
    Column("next_at", MOMENT, nullable=False),
    Column("lease", BigInteger, nullable=False),
    Column("leased_until", MOMENT),
)

feed_health = Table(
    "feed_health",
    metadata,
    Column("name", Text, ForeignKey("feed_sources.name", ondelete="CASCADE"), primary_key=True),
    Column("kind", Text),
    Column("tried_at", MOMENT),
    Column("succeeded_at", MOMENT),
    Column("new_at", MOMENT),
    Column("failures", Integer, nullable=False),
    Column("error", Text),
    Column("disabled", Text),
    Column("looks", BigInteger, nullable=False),
    Column("unchanged", BigInteger, nullable=False),
    Column("documents", BigInteger, nullable=False),
    Column("arrivals", BigInteger, nullable=False),
    Column("longest_gap", Double, nullable=False),
)

# What was published, so that it is not published again; ``seen_at`` is when its source last had it, to the day.
feed_items = Table(
    "feed_items",
    metadata,
    Column("name", Text, ForeignKey("feed_sources.name", ondelete="CASCADE"), primary_key=True),
    Column("id", Text, primary_key=True),
    Column("digest", LargeBinary, nullable=False),
    Column("changes", Integer, nullable=False),
    Column("seen_at", MOMENT, nullable=False),
    Index("feed_items_seen_at", "name", "seen_at"),
)

# ``free_at`` is when the next request may go, of whichever worker; ``barred_until`` is what the host asked for.
feed_hosts = Table(
    "feed_hosts",
    metadata,
    Column("host", Text, primary_key=True),
    Column("free_at", MOMENT, nullable=False),
    Column("barred_until", MOMENT),
)
