"""Addresses of Postgres: what is read as meant, and what would tell a part of a password."""

from __future__ import annotations

import pytest

from stream.adapters.postgres.engine import read_url
from stream.errors import SettingsError


@pytest.mark.parametrize(
    ("url", "user", "password"),
    [
        ("postgresql+psycopg://desk:secret@host/db", "desk", "secret"),
        ("postgresql+psycopg://desk@server:secret@host/db", "desk@server", "secret"),  # as Azure has them
        ("postgresql+psycopg://desk:p%40ss@host/db", "desk", "p@ss"),
    ],
)
def test_a_url_that_is_read_as_meant(url: str, user: str, password: str) -> None:
    parts = read_url(url)
    assert (parts.username, parts.password, parts.host) == (user, password, "host")


@pytest.mark.parametrize("secret", ["p@ss", "p@s@s", "p@ss/x"])
def test_a_password_that_would_be_taken_for_a_host_is_refused_and_not_told(secret: str) -> None:
    with pytest.raises(SettingsError, match="'@' stands twice") as caught:
        read_url(f"postgresql+psycopg://desk:{secret}@host/db")
    assert "ss" not in str(caught.value).replace("password", "")
