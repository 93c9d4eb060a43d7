"""A token's file as the clients of Kafka ask for it; apart, since aiokafka takes long to import."""

from __future__ import annotations

import asyncio
from pathlib import Path

from aiokafka.abc import AbstractTokenProvider as AsyncTokenProvider
from aiokafka.conn import AIOKafkaConnection, OAuthAuthenticator
from kafka.net.sasl.oauth import AbstractTokenProvider as BlockingTokenProvider

from stream.adapters.kafka.tokens import FileToken


class BlockingToken(BlockingTokenProvider):  # type: ignore[misc]
    """A token for kafka-python."""

    def __init__(self, path: Path) -> None:
        self._token = FileToken(path)

    def token(self) -> str:
        """Return the token as the file has it now."""
        return self._token.read()


class AsyncToken(AsyncTokenProvider):  # type: ignore[misc]
    """A token for aiokafka, and so for Faust."""

    def __init__(self, path: Path) -> None:
        self._token = FileToken(path)

    async def token(self) -> str:
        """Return the token as the file has it now."""
        return await asyncio.to_thread(self._token.read)


class _HearingAuthenticator(OAuthAuthenticator):  # type: ignore[misc]
    """Hears a broker that refuses the token, which aiokafka 0.14 takes for a login.

    A refusal is an answer with words in it; the client has to send one byte more, and then gets the error (RFC 7628,
    3.2.3). Without that, the broker answers every further request with bytes that read as a cluster without brokers.
    """

    async def step(self, payload: bytes | None) -> tuple[bytes | str, bool] | None:
        if self._token_sent and payload:
            return b"\x01", True
        answer: tuple[bytes | str, bool] | None = await super().step(payload)
        return answer


def _authenticator(connection: AIOKafkaConnection) -> OAuthAuthenticator:
    return _HearingAuthenticator(sasl_oauth_token_provider=connection._sasl_oauth_token_provider)


AIOKafkaConnection.authenticator_oauth = _authenticator
