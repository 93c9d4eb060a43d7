"""PostgreSQL over TLS: a real server behind a proxy that speaks it, since the one out of the wheel does not."""

import asyncio
import ssl
from pathlib import Path

import pytest
import trustme

from stream.adapters.postgres.alert_store import PostgresAlertStore
from stream.adapters.postgres.engine import engine_of
from stream.adapters.postgres.migrate import migrate
from stream.embedded import Postgres
from stream.errors import StoreError
from tests.postgres import create_database
from tests.proxy import Proxy

SSL_REQUEST = bytes.fromhex("00000008 04d2162f")


class _TlsFront(Proxy):
    """Answers libpq's request for TLS with yes, and takes TLS from there on; what comes without it is refused."""

    def __init__(self, port: int, context: ssl.SSLContext) -> None:
        super().__init__(port)
        self._context = context

    async def _greet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if await reader.readexactly(8) != SSL_REQUEST:
            raise ConnectionError("no TLS was asked for")
        writer.write(b"S")
        await writer.start_tls(self._context)


async def _ask(url: str) -> int:
    engine = engine_of(url, 10.0)
    try:
        return await PostgresAlertStore(engine).last_evaluated_minute()
    finally:
        await engine.dispose()


def test_the_certificate_and_its_name_are_checked(postgres: Postgres, template: str, tmp_path: Path) -> None:
    authority, context = trustme.CA(), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    trustme.CA().cert_pem.write_to_path(tmp_path / "other.pem")
    login, _, place = create_database(postgres, template=template).rpartition("@")
    password = login.rpartition(":")[2]
    with _TlsFront(postgres.port, context) as front:

        def url(host: str, query: str) -> str:
            return f"{login}@{host}:{front.port}/{place.rpartition('/')[2]}?{query}"

        checked = f"sslmode=verify-full&sslrootcert={tmp_path / 'ca.pem'}"
        assert asyncio.run(_ask(url("localhost", checked))) == 0
        migrate(url("localhost", checked))  # by another way to connect
        for host, query, said in (
            ("localhost", f"sslmode=verify-full&sslrootcert={tmp_path / 'other.pem'}", "certificate verify failed"),
            ("127.0.0.1", checked, 'certificate for "localhost".* does not match host name "127.0.0.1"'),
            ("localhost", "sslmode=disable", "Postgres did not return how far the detector is"),
        ):
            with pytest.raises(StoreError, match=said) as caught:
                asyncio.run(_ask(url(host, query)))
            assert password not in str(caught.value)
