"""Alembic migrations of :mod:`stream.tables`, run by :mod:`stream.adapters.migrate`."""
