"""What all tables share: one metadata, and the type of every time."""

from __future__ import annotations

from sqlalchemy import DateTime, MetaData

MOMENT = DateTime(timezone=True)

metadata = MetaData(
    naming_convention={
        "pk": "%(table_name)s_pkey",
        "fk": "%(table_name)s_%(column_0_name)s_fkey",
        "uq": "%(table_name)s_%(column_0_N_name)s_key",
    }
)
