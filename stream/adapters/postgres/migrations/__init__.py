"""Alembic migrations of :mod:`stream.adapters.postgres.tables`, run by :mod:`stream.adapters.postgres.migrate`."""
