"""HTTP to addresses that other people name: never to a private one, never redirected, never through a proxy.

A name is resolved once per request, every address is judged, and the connection goes to the very address that was
judged; name and certificate stay those of the URL (SNI, ``Host``). So a name that resolves to a public address when it
is looked at and to a private one when it is connected to (DNS rebinding) wins nothing.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

import httpx

from stream.errors import SettingsError

Address = IPv4Address | IPv6Address
Resolve = Callable[[str, int], Sequence[str]]
CONNECT_TIMEOUT = 5.0
# Addresses that carry another in them: IPv4-compatible, NAT64 (its local prefix, too), 6to4.
_COMPATIBLE, _NAT64 = ip_network("::/96"), (ip_network("64:ff9b::/96"), ip_network("64:ff9b:1::/48"))


class RefusedError(httpx.TransportError):
    """The address is one that this receiver must not be reached at; the message says which and how to allow it."""


def private(address: Address) -> bool:
    """Whether an address is not one of the public internet: private, loopback, link-local, shared, reserved, ...

    >>> [private(ip_address(text)) for text in ("10.0.0.1", "100.64.0.1", "::ffff:127.0.0.1", "fe80::1", "fd00::1")]
    [True, True, True, True, True]
    >>> [private(ip_address(text)) for text in ("1.1.1.1", "2606:4700:4700::1111")]
    [False, False]
    """
    if isinstance(address, IPv6Address) and (inner := _inner(address)) is not None:
        return private(inner)
    return not address.is_global or address.is_multicast


def _inner(address: IPv6Address) -> Address | None:
    if address.ipv4_mapped or address.sixtofour:
        return address.ipv4_mapped or address.sixtofour
    if address in _COMPATIBLE or any(address in network for network in _NAT64):
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address.teredo[1] if address.teredo else None


def resolve(host: str, port: int) -> list[str]:
    """Return the addresses of ``host``, by the system's resolver, each once."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(item[4][0]) for item in found))


class GuardedTransport(httpx.AsyncBaseTransport):
    """Connects to judged addresses alone. For one receiver: its resolver's threads and connections are its own.

    Args:
        allow_private: also addresses that are not public.
        allow_http: also without TLS.
        trust: certificates to trust instead of the system's, as PEM.
        resolver: for tests.

    Raises:
        SettingsError: ``trust`` holds no certificate that can be read.
    """

    def __init__(
        self,
        *,
        allow_private: bool = False,
        allow_http: bool = False,
        trust: str | None = None,
        resolver: Resolve = resolve,
    ) -> None:
        self._allow_private, self._allow_http, self._resolve = allow_private, allow_http, resolver
        # Without the environment: SSL_CERT_FILE and proxies are for programs that a person starts.
        self._inner = httpx.AsyncHTTPTransport(verify=_verified(trust), trust_env=False, retries=0)
        self._threads = ThreadPoolExecutor(2, "resolver")

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send to the first address that answers.

        Raises:
            RefusedError: the scheme is http, or the name has no address that is allowed.
        """
        if request.url.scheme != "https" and not self._allow_http:
            raise RefusedError("http is refused; use https, or set allow_http for this receiver")
        addresses = await self._judged(request.url)
        for number, address in enumerate(addresses, 1):
            try:
                return await self._inner.handle_async_request(_pinned(request, address))
            except (httpx.ConnectError, httpx.ConnectTimeout):
                # Nothing has been sent yet; a name with several addresses may answer at the next.
                if number == len(addresses):
                    raise
        raise AssertionError("unreachable: there is one address at least")

    async def aclose(self) -> None:
        """Close connections."""
        self._threads.shutdown(wait=False, cancel_futures=True)
        await self._inner.aclose()

    async def _judged(self, url: httpx.URL) -> list[str]:
        port = url.port or (443 if url.scheme == "https" else 80)
        try:
            loop = asyncio.get_running_loop()
            found = await loop.run_in_executor(self._threads, self._resolve, url.host, port)
        except (OSError, UnicodeError) as error:
            raise httpx.ConnectError(f"the name cannot be resolved: {error}") from error
        allowed = [text for text in found if self._allow_private or not private(ip_address(text.partition("%")[0]))]
        if not allowed:
            told = ", ".join(found[:3]) or "none"
            raise RefusedError(f"its address ({told}) is not public; set allow_private for this receiver to allow that")
        return allowed


def _pinned(request: httpx.Request, address: str) -> httpx.Request:
    return httpx.Request(
        request.method,
        request.url.copy_with(host=address),
        headers=request.headers,  # with the Host of the URL
        stream=request.stream,
        extensions={**request.extensions, "sni_hostname": request.url.host},
    )


def _verified(trust: str | None) -> ssl.SSLContext:
    if trust is None:
        return ssl.create_default_context()
    if "-----BEGIN" not in trust:  # an empty text would stand for the system's certificates
        raise SettingsError("ca_file: it holds no certificate; PEM is expected")
    try:
        return ssl.create_default_context(cadata=trust.encode("ascii", "ignore").decode())
    except (OSError, ValueError) as error:
        raise SettingsError(f"ca_file: {getattr(error, 'reason', None) or 'it cannot be read'}") from None
