"""HTTP to addresses that other people name: never to a private one, never redirected, never through a proxy.

A name is resolved once per request, every address is judged, and the connection goes to the very address that was
judged; name and certificate stay those of the URL (SNI, ``Host``). So a name that resolves to a public address when it
is looked at and to a private one when it is connected to (DNS rebinding) wins nothing.
"""

from __future__ import annotations

import asyncio
import re
import socket
import ssl
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

import httpx

from stream.adapters.http.failures import unresolved
from stream.errors import SettingsError

MAX_PORT, MAX_NAME = 65_535, 254
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_-]{0,62}(\.[A-Za-z0-9_][A-Za-z0-9_-]{0,62})*\.?")
Address = IPv4Address | IPv6Address
Resolve = Callable[[str, int], Sequence[str]]
# IANA's special-purpose registries as of November 2026, written out, since what ``is_global`` says differs between
# releases of Python. What no receiver stands at is left out as a whole, though a part of it may be reachable.
_NOT_PUBLIC_4 = tuple(
    ip_network(text)
    for text in (
        *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12"),
        *("192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24"),
        *("203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4"),
    )
)
# Of IPv6 only the global unicast block is public: all of loopback, ULA, link- and site-local, multicast, SIIT, NAT64's
# local prefix, SRv6 lies outside. Within: protocol assignments with Teredo, documentation.
_GLOBAL_6 = ip_network("2000::/3")
_NOT_PUBLIC_6 = tuple(ip_network(text) for text in ("2001::/23", "2001:db8::/32", "3fff::/20"))
_NAT64 = ip_network("64:ff9b::/96")
# The interface identifier of ISATAP, before the IPv4 address; its local bit may be set.
_ISATAP = (0x00005EFE, 0x02005EFE)


class RefusedError(httpx.TransportError):
    """The address is one that this receiver must not be reached at; the message says which and how to allow it."""


def is_private(address: Address) -> bool:
    """Whether an address is not one of the public internet: private, loopback, link-local, shared, reserved, ...

    One that carries an IPv4 address (mapped, NAT64, 6to4, ISATAP) is as public as that. A NAT64 prefix of one's own
    network cannot be told from others.

    >>> [is_private(ip_address(text)) for text in ("10.0.0.1", "100.64.0.1", "::ffff:127.0.0.1", "fe80::1", "fd00::1")]
    [True, True, True, True, True]
    >>> [is_private(ip_address(text)) for text in ("1.1.1.1", "2606:4700:4700::1111")]
    [False, False]
    """
    if isinstance(address, IPv4Address):
        return any(address in network for network in _NOT_PUBLIC_4)
    carried = _carried_ipv4(address)
    if carried is not None and is_private(carried):
        return True
    if address.ipv4_mapped or address in _NAT64:
        return False
    return address not in _GLOBAL_6 or any(address in network for network in _NOT_PUBLIC_6)


def _carried_ipv4(address: IPv6Address) -> IPv4Address | None:
    """Return the IPv4 address that an address carries, and so leads to."""
    bits = int(address)
    if address.ipv4_mapped or address in _NAT64 or bits >> 32 & 0xFFFFFFFF in _ISATAP:
        return IPv4Address(bits & 0xFFFFFFFF)
    return address.sixtofour


def resolve(host: str, port: int) -> list[str]:
    """Return the addresses of ``host``, by the system's resolver, each once."""
    results = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_, address in results))


def is_address(url: httpx.URL) -> bool:
    """Whether something may answer there: it is of http or https, has a host that may be, and a port that may be."""
    # httpx writes a space in a host as %20. The zone of an address of IPv6 has such a sign, too.
    is_host = bool(url.host) and (":" in url.host or "%" not in url.host)
    return url.scheme in ("http", "https") and is_host and (url.port is None or 0 < url.port <= MAX_PORT)


def has_host(url: httpx.URL) -> bool:
    """Whether a host may be called so: an IP address or a name. What is asked for all the same, the resolver refuses.

    >>> [has_host(httpx.URL(f"https://{host}/")) for host in ("my_host", "bücher.example.", "10.0.0.1", "[::1]")]
    [True, True, True, True]
    >>> [has_host(httpx.URL(f"https://{host}/")) for host in ("x y", "a..b", "<host>", "$HOST", "-")]
    [False, False, False, False, False]
    """
    host = url.raw_host.decode("ascii")  # of IDNA, as it is asked for
    # Of IPv6 httpx has read it. Names of containers may have an underscore.
    return ":" in host or (len(host) <= MAX_NAME and _NAME.fullmatch(host) is not None)


class GuardedTransport(httpx.AsyncBaseTransport):
    """Connects to judged addresses alone. For one receiver: its resolver's threads and connections are its own.

    Args:
        allow_private: also addresses that are not public.
        allow_http: also without TLS.
        trust: certificates to trust instead of the system's, as PEM.
        resolver: for tests.
        threads: that resolve names; more than one, for one may hang on a name server that is away.

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
        threads: int = 2,
    ) -> None:
        self._allow_private, self._allow_http, self._resolve = allow_private, allow_http, resolver
        # Without the environment: SSL_CERT_FILE and proxies are for programs that a person starts.
        self._transport = httpx.AsyncHTTPTransport(verify=_tls_context(trust), trust_env=False, retries=0)
        self._threads = ThreadPoolExecutor(threads, "resolver")

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send to the first address that answers.

        Raises:
            RefusedError: the scheme is not https, the port is none, or the name has no address that is allowed.
        """
        self._check(request.url)
        addresses = await self._allowed_addresses(request.url)
        for number, address in enumerate(addresses, 1):
            try:
                return await self._transport.handle_async_request(_pinned(request, address))
            except (httpx.ConnectError, httpx.ConnectTimeout):
                # Nothing has been sent yet; a name with several addresses may answer at the next.
                if number == len(addresses):
                    raise
        raise AssertionError("unreachable: there is one address at least")

    def _check(self, url: httpx.URL) -> None:
        """Refuse what is never connected to. An address may be that of a redirect, which nobody has looked at."""
        if not is_address(url):
            raise RefusedError("an address must be https://host/..., without spaces, with a port of 1 to 65535 if any")
        if url.scheme != "https" and not self._allow_http:
            raise RefusedError("http is refused; use https, or set allow_http")

    async def aclose(self) -> None:
        """Close connections."""
        self._threads.shutdown(wait=False, cancel_futures=True)
        await self._transport.aclose()

    async def _allowed_addresses(self, url: httpx.URL) -> list[str]:
        port = url.port or (443 if url.scheme == "https" else 80)
        try:
            loop = asyncio.get_running_loop()
            addresses = await loop.run_in_executor(self._threads, self._resolve, url.host, port)
        except (OSError, UnicodeError) as error:
            raise httpx.ConnectError(unresolved(error)) from error
        allowed = [
            text for text in addresses if self._allow_private or not is_private(ip_address(text.partition("%")[0]))
        ]
        if not allowed:
            shown = ", ".join(addresses[:3]) or "none"
            raise RefusedError(f"its address ({shown}) is not public; set allow_private to allow that")
        return allowed


def is_private_host(host: str) -> bool:
    """Whether a host is known to be private as it is written, before its name is resolved.

    >>> [is_private_host(host) for host in ("127.0.0.1", "::1", "localhost", "1.1.1.1", "example.org")]
    [True, True, True, False, False]
    """
    try:
        return is_private(ip_address(host.partition("%")[0]))
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def _pinned(request: httpx.Request, address: str) -> httpx.Request:
    return httpx.Request(
        request.method,
        request.url.copy_with(host=address),
        headers=request.headers,  # with the Host of the URL
        stream=request.stream,
        extensions={**request.extensions, "sni_hostname": request.url.host},
    )


def _tls_context(trust: str | None) -> ssl.SSLContext:
    if trust is None:
        return ssl.create_default_context()
    if "-----BEGIN" not in trust:  # an empty text would stand for the system's certificates
        raise SettingsError("ca_file: it holds no certificate; PEM is expected")
    try:
        return ssl.create_default_context(cadata=trust.encode("ascii", "ignore").decode())
    except (OSError, ValueError) as error:
        raise SettingsError(f"ca_file: {getattr(error, 'reason', None) or 'it cannot be read'}") from None
