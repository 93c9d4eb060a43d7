"""What Alembic runs: the migrations, on the connection that the caller put into the attributes."""

from __future__ import annotations

from alembic import context

from stream.adapters.postgres.tables import metadata

connection = context.config.attributes.get("connection")
if connection is None:
    raise SystemExit("run the migrations with stream.adapters.postgres.migrate.migrate(url)")
context.configure(connection=connection, target_metadata=metadata)
with context.begin_transaction():
    context.run_migrations()
