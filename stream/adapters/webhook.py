"""Signed webhooks after the Standard Webhooks specification."""

from __future__ import annotations

import asyncio
import base64
import binascii
from collections.abc import Callable
from datetime import UTC, datetime
from types import TracebackType
from typing import Self

import httpx
from standardwebhooks import Webhook

from stream.errors import DeliveryError, SettingsError
from stream.pipeline.notify import Delivery

TIMEOUT = 15.0
# How much of a refusal is read, and how much of that is told.
READ_BYTES, TOLD_CHARACTERS = 2048, 200
GONE = 410
PREFIX, SECRET_BYTES = "whsec_", range(24, 65)


def _now() -> datetime:
    return datetime.now(UTC)


class WebhookReceiver:
    """The port :class:`stream.pipeline.notify.Receiver` for one URL.

    Neither the secret nor the URL's path and user (they often hold a secret, too) stand in errors or in the repr.

    Args:
        url: http or https.
        secret: ``whsec_`` and the base64 of 24 to 64 bytes, shared with the receiver.
        client: used and left open; without one, a client of its own that :meth:`aclose` closes.
        now: the clock of the signature's timestamp.

    Raises:
        SettingsError: the URL or the secret is malformed.
    """

    name = "webhook"
    complete = False

    def __init__(
        self, url: str, secret: str, client: httpx.AsyncClient | None = None, now: Callable[[], datetime] = _now
    ) -> None:
        self._url, self._webhook, self._now = _read_url(url), Webhook(_read_secret(secret)), now
        self._client, self._owned = client or httpx.AsyncClient(), client is None

    def __repr__(self) -> str:
        return f"WebhookReceiver({self._url.host!r})"

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close the client, unless the caller gave it."""
        if self._owned:
            await self._client.aclose()

    async def send(self, delivery: Delivery) -> None:
        """Deliver, and return when the receiver has answered with 2xx.

        Raises:
            DeliveryError: it was not taken within 15 seconds; permanent when the receiver says 410 Gone.
        """
        try:
            # httpx counts each read by itself; a receiver that answers drop by drop must not hold us longer.
            async with asyncio.timeout(TIMEOUT):
                status, answer = await self._post(delivery)
        except (httpx.HTTPError, TimeoutError) as error:
            reason = str(error) or type(error).__name__
            raise DeliveryError(f"{self._url.host} did not answer: {reason}") from error
        if not 200 <= status < 300:
            raise DeliveryError(
                f"{self._url.host} answered {status}: {answer}", permanent=status == GONE, status=status
            )

    async def _post(self, delivery: Delivery) -> tuple[int, str]:
        headers = self._headers(delivery)
        request = self._client.stream(
            "POST", self._url, content=delivery.payload, headers=headers, timeout=TIMEOUT, follow_redirects=False
        )
        async with request as response:
            # What was taken is taken, whatever comes after the status.
            return response.status_code, "" if response.is_success else await _beginning(response)

    def _headers(self, delivery: Delivery) -> dict[str, str]:
        # In UTC: the library takes any other zone's digits for UTC's.
        now = self._now().astimezone(UTC)
        return {
            "content-type": "application/json",
            "accept-encoding": "identity",
            "user-agent": "bellwether",
            "webhook-id": delivery.message_id,
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": self._webhook.sign(delivery.message_id, now, delivery.payload.decode()),
        }


async def _beginning(response: httpx.Response) -> str:
    read = b""
    async for piece in response.aiter_raw():  # raw: unpacking could make ten megabytes of ten kilobytes
        read += piece
        if len(read) >= READ_BYTES:
            break
    text = " ".join(read[:READ_BYTES].decode(errors="replace").split())
    return "".join(character for character in text if character.isprintable())[:TOLD_CHARACTERS]


def _read_url(url: str) -> httpx.URL:
    try:
        read = httpx.URL(url)
    except (httpx.InvalidURL, ValueError):
        read = httpx.URL()
    if read.scheme not in ("http", "https") or not read.host:
        raise SettingsError("the webhook's URL must be http(s)://host...")
    return read


def _read_secret(secret: str) -> str:
    try:
        key = base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if not secret.startswith(PREFIX) or len(key) not in SECRET_BYTES:
        raise SettingsError(f"the webhook's secret must be '{PREFIX}' and the base64 of 24 to 64 bytes")
    return secret
