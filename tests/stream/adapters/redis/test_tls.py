"""Redis over TLS: a real server behind a proxy that speaks it, since the one out of the wheel does not."""

import asyncio
import ssl
from pathlib import Path

import pytest
import trustme

from stream.adapters.redis.client import answers, client_of, close
from stream.embedded import Valkey
from stream.errors import StoreError
from tests.proxy import Proxy


async def _ask(url: str) -> None:
    client = client_of(url)
    try:
        await answers(client, "bellwether")
    finally:
        await close(client)


def test_rediss_checks_the_certificate_and_its_name(tmp_path: Path) -> None:
    authority, context = trustme.CA(), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    trustme.CA().cert_pem.write_to_path(tmp_path / "other.pem")
    with Valkey(tmp_path / "valkey") as valkey, Proxy(valkey.port, context) as proxy:
        password = valkey.url.split(":")[2].split("@")[0]

        def url(host: str, query: str, scheme: str = "rediss") -> str:
            return f"{scheme}://:{password}@{host}:{proxy.port}/0{query}"

        asyncio.run(_ask(url("localhost", f"?ssl_ca_certs={tmp_path / 'ca.pem'}")))
        for host, query, said in (
            ("localhost", "", "CERTIFICATE_VERIFY_FAILED"),
            ("localhost", f"?ssl_ca_certs={tmp_path / 'other.pem'}", "CERTIFICATE_VERIFY_FAILED"),
            ("127.0.0.1", f"?ssl_ca_certs={tmp_path / 'ca.pem'}", "certificate is not valid for '127.0.0.1'"),
        ):
            with pytest.raises(StoreError, match=said) as caught:
                asyncio.run(_ask(url(host, query)))
            assert password not in str(caught.value)
        with pytest.raises(StoreError, match="Redis did not answer"):
            asyncio.run(_ask(url("localhost", "", "redis")))
