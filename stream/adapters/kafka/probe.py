"""Why Kafka does not let us in, asked over a connection of our own.

The clients try again for half a minute and then say that no broker answered, whatever the reason was. So a connection
is made here, as they make them, up to the list of brokers, and what refuses it is told with the setting to look at.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

from aiokafka.conn import create_conn, get_ip_port_afi
from aiokafka.errors import IllegalSaslStateError, KafkaError, SaslAuthenticationFailed, UnsupportedSaslMechanismError
from aiokafka.protocol.metadata import MetadataRequest

from stream.adapters.kafka.access import (
    CA_FILE,
    CERTIFICATE_FILE,
    MECHANISM,
    PASSWORD,
    PROTOCOL,
    SERVERS,
    USER,
    KafkaAccess,
)
from stream.adapters.kafka.token_providers import AsyncToken
from stream.adapters.kafka.tokens import TOKEN_FILE
from stream.errors import AccessError

TIMEOUT_MS = 5000
LISTENS_SECONDS = 1.0
MOST_BROKERS = 5  # of a large cluster; they mostly share what could be wrong
_TLS_ALERT = 0x15  # the first byte of what a port with TLS answers to a client without
# OpenSSL's reasons why a certificate does not count.
_NOT_YET, _EXPIRED, _OTHER_NAME, _OTHER_ADDRESS = 9, 10, 62, 64
_UNKNOWN_AUTHORITY = frozenset({2, 18, 19, 20, 21})


class _SilentError(AccessError):
    """A server that takes connections does not answer TLS; another one may."""


def check_access(access: KafkaAccess) -> None:
    """Return when a broker answers, or when none can be reached: that is for the clients to try again, and to tell.

    Blocks, for some milliseconds mostly, and for seconds where a server does not answer.

    Raises:
        AccessError: a server can be reached, and does not let us in.
        SettingsError: a file of ``access`` cannot be read.
    """
    with ThreadPoolExecutor(1) as thread:  # the caller may be within an event loop of its own
        thread.submit(asyncio.run, _check(access, _options(access))).result()


def _options(access: KafkaAccess) -> dict[str, Any]:
    options = access.options()
    return options | {"sasl_oauth_token_provider": AsyncToken(access.token_path)} if access.sends_token else options


async def _check(access: KafkaAccess, options: dict[str, Any]) -> None:
    silent: AccessError | None = None
    for server in access.bootstrap:
        try:
            brokers = await _ask(access, options, server)
        except _SilentError as error:  # one of several may be frozen or behind a proxy that answers for it
            silent = error
            continue
        if brokers is not None:
            for broker in brokers[:MOST_BROKERS]:
                if broker not in access.bootstrap:
                    with suppress(_SilentError):
                        await _ask(access, options, broker, advertised_by=server)
            return
    if silent is not None:
        raise silent


async def _ask(
    access: KafkaAccess, options: dict[str, Any], server: str, advertised_by: str | None = None
) -> Sequence[str] | None:
    """Return the brokers that a server names, each as host:port; None: it cannot be reached."""
    host, port, _ = get_ip_port_afi(server)
    try:
        # aiokafka's own time does not count while TLS begins.
        async with asyncio.timeout(TIMEOUT_MS / 1000):
            connection = await create_conn(host, port, request_timeout_ms=TIMEOUT_MS, **options)
            try:
                answer = await connection.send(MetadataRequest([]))
            finally:
                await connection.close()
    except (OSError, KafkaError, TimeoutError) as error:
        problem = _explain(error, access, host)
        if problem is None and access.uses_tls and isinstance(error, TimeoutError) and await _listens(host, port):
            raise _SilentError(f"Kafka at {server} {_explain_silence(access)}") from error
        if problem is None:
            return None
        if advertised_by:  # by the broker's advertised.listeners
            raise AccessError(f"Kafka at {advertised_by} sends us on to {server}, which {problem}") from error
        raise AccessError(f"Kafka at {server} {problem}") from error
    return [f"{broker[1]}:{broker[2]}" for broker in answer.brokers]


def _explain(error: Exception, access: KafkaAccess, host: str) -> str | None:
    """Return what a server said no to, and the setting for it; None where it was not there to say anything."""
    cause = error.__cause__ or error
    if isinstance(cause, ssl.SSLCertVerificationError):
        return _explain_certificate(cause, access, host)
    if isinstance(cause, ssl.SSLError):
        return _explain_handshake(cause, access)
    if isinstance(error, SaslAuthenticationFailed):
        if access.sends_token:
            return f"refused the token in {TOKEN_FILE}, {access.token_file}; check that it is for Kafka and not expired"
        return f"refused the login of '{access.user}' by {access.mechanism}; check {USER} and {PASSWORD}"
    if isinstance(error, UnsupportedSaslMechanismError):
        return f"takes no login by {access.mechanism}; set {MECHANISM} to one that it takes"
    if isinstance(error, IllegalSaslStateError):
        return (
            f"asks for no login, and {PROTOCOL} is {access.protocol}; set {'SSL' if access.uses_tls else 'PLAINTEXT'}"
        )
    if isinstance(cause, asyncio.IncompleteReadError):
        return _explain_hanging_up(cause, access)
    if isinstance(cause, ConnectionResetError) and access.uses_tls:
        return f"hung up when TLS began; where it has none, set {PROTOCOL} to {_without_tls(access)}"
    return None


def _explain_certificate(error: ssl.SSLCertVerificationError, access: KafkaAccess, host: str) -> str:
    if error.verify_code in (_OTHER_NAME, _OTHER_ADDRESS):
        return f"has a certificate that is not for '{host}'; the names that stand in it go into {SERVERS}"
    if error.verify_code in _UNKNOWN_AUTHORITY:
        if access.ca_file is None:
            return f"has a certificate of an authority that this machine does not trust; name its file in {CA_FILE}"
        return f"has a certificate of another authority than those in {CA_FILE}, {access.ca_file}"
    if error.verify_code in (_NOT_YET, _EXPIRED):
        return f"has a certificate that {'has expired' if error.verify_code == _EXPIRED else 'is not valid yet'}"
    return f"has a certificate that does not count ({error.verify_message}); see {CA_FILE}"


def _explain_handshake(error: ssl.SSLError, access: KafkaAccess) -> str:
    reason = error.reason or ""
    if "ALERT" in reason and ("CERTIFICATE" in reason or "UNKNOWN_CA" in reason):
        if access.certificate_file is None:
            return f"asks for a certificate of ours; name its file in {CERTIFICATE_FILE}"
        return f"does not take our certificate, {access.certificate_file} of {CERTIFICATE_FILE}"
    return f"did not agree on TLS ({reason or error}); where it has none, set {PROTOCOL} to {_without_tls(access)}"


def _explain_hanging_up(error: asyncio.IncompleteReadError, access: KafkaAccess) -> str | None:
    if not access.uses_tls and (error.expected or 0) >> 24 == _TLS_ALERT:
        better = "SASL_SSL" if access.logs_in else "SSL or SASL_SSL"
        return f"speaks TLS, and {PROTOCOL} is {access.protocol}; set {better}"
    if not access.logs_in:
        better = "SASL_SSL" if access.uses_tls else "SASL_PLAINTEXT"
        return f"hung up; where it wants a login, set {PROTOCOL} to {better}, and {USER} and {PASSWORD}"
    return None


async def _listens(host: str, port: int) -> bool:
    """Whether somebody takes connections there: a network that leads nowhere is silent, too."""
    try:
        async with asyncio.timeout(LISTENS_SECONDS):
            _, writer = await asyncio.open_connection(host, port)
    except (OSError, TimeoutError):
        return False
    writer.close()
    return True


def _explain_silence(access: KafkaAccess) -> str:
    seconds = TIMEOUT_MS // 1000
    return f"did not answer TLS within {seconds} s; where it has none, set {PROTOCOL} to {_without_tls(access)}"


def _without_tls(access: KafkaAccess) -> str:
    return "SASL_PLAINTEXT" if access.logs_in else "PLAINTEXT"
