"""HTTP receivers: webhooks after the Standard Webhooks specification, Alertmanager's, chats and their robots."""

from __future__ import annotations

import asyncio
import base64
import binascii
import re
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from types import TracebackType
from typing import Self

import httpx
from standardwebhooks import Webhook

from stream.adapters.http.alertmanager import alertmanager_body
from stream.adapters.http.answers import secrets_of_url, without_secrets
from stream.adapters.http.failures import is_of_unknown_issuer, unanswered
from stream.adapters.http.guarded import GuardedTransport, Resolve, has_host, is_address, resolve
from stream.adapters.http.pace import Turns
from stream.adapters.http.robot_answers import READ_BYTES as READ_OF_ROBOT
from stream.adapters.http.robot_answers import readable_answer, refusal
from stream.adapters.http.robots import ROBOTS
from stream.adapters.http.slack import slack_message
from stream.errors import DeliveryError, SettingsError
from stream.pipeline.notify import MAX_RETRY_AFTER, Delivery
from stream.pipeline.notify.payload import decode
from stream.pipeline.notify.retries import LATEST_RETRY

# Seconds: the least that Standard Webhooks gives a receiver to answer; and for how long the rest of a response is read
# once the receiver has said that it took the notification.
TIMEOUT, LINGER = 15.0, 0.5
# How much of a refusal is read, and how much of that is put into the error, which a person reads.
READ_BYTES, SHOWN_CHARACTERS = 2048, 200
# Of a signing secret, after Standard Webhooks.
SECRET_PREFIX, SECRET_BYTES = "whsec_", range(24, 65)


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True)
class Target:
    """Where and how to post. Nothing that may be secret stands in the repr.

    Attributes:
        url: https, or http where that is allowed; path and user may be secret.
        form: webhook, slack, alertmanager, or one of ROBOTS.
        secrets: ``whsec_`` and the base64 of 24 to 64 bytes; a request is signed with each, so that they can be
            rotated. A webhook needs one. Of a robot: the one that its settings show, as it stands.
        authorization: the header's value, "Bearer ...".
        keyword: a word that a robot asks for in each message.
        trust: certificates to trust instead of the system's, as PEM.
    """

    url: str = field(repr=False)
    form: str = "webhook"
    secrets: tuple[str, ...] = field(default=(), repr=False)
    authorization: str | None = field(default=None, repr=False)
    allow_private: bool = False
    allow_http: bool = False
    trust: str | None = field(default=None, repr=False)
    keyword: str = ""


class WebhookReceiver:
    """The port :class:`stream.pipeline.notify.Receiver` for one URL.

    Neither secrets nor the URL's path and user (they often hold a secret, too) stand in errors or in the repr.

    Args:
        now: the clock of the signature's timestamp.
        resolver: for tests.

    Raises:
        SettingsError: the URL or a secret is malformed.
    """

    is_log = False

    def __init__(
        self, name: str, target: Target, now: Callable[[], datetime] = _now, resolver: Resolve = resolve
    ) -> None:
        self.name, self._target, self._now = name, target, now
        self._url = _read_url(name, target)
        self._robot = ROBOTS.get(target.form)
        self._pace = Turns(self._robot.rate) if self._robot else None
        self._signers = [] if self._robot else [Webhook(_read_secret(name, secret)) for secret in target.secrets]
        if target.form == "webhook" and not self._signers:
            raise SettingsError(f"receiver '{name}': webhooks are signed, 'secrets' is missing")
        try:
            transport = GuardedTransport(
                allow_private=target.allow_private,
                allow_http=target.allow_http,
                trust=target.trust,
                resolver=resolver,
            )
        except SettingsError as error:
            raise SettingsError(f"receiver '{name}': {error}") from None
        self._client = httpx.AsyncClient(transport=transport, trust_env=False, follow_redirects=False)

    def __repr__(self) -> str:
        return f"WebhookReceiver({self.name!r}, {self._url.host!r})"

    @property
    def host(self) -> str:
        """The host of its address."""
        return self._url.host

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close connections."""
        await self._client.aclose()

    async def send(self, delivery: Delivery) -> None:
        """Deliver, and return when the receiver has answered with 2xx.

        Raises:
            DeliveryError: it was refused, or not taken within 15 seconds of its turn (robots have one, others go at
                once); 410 says that it is never to be tried again.
        """
        if self._pace is not None:
            await self._pace.turn(is_test=delivery.type == "alert.test")
        try:
            url, body = self._request(delivery)
            # httpx counts each read by itself; a receiver that answers drop by drop must not hold us longer.
            async with asyncio.timeout(TIMEOUT):
                response, answer = await self._post(url, body, self._headers(delivery, body))
        except (httpx.HTTPError, httpx.InvalidURL, TimeoutError) as error:
            reason = self._clean(unanswered(error))
            if is_of_unknown_issuer(error):
                reason = f"{reason}; if it is your own, name the certificate of its authority in 'ca_file'"
            raise DeliveryError(f"{self._url.host} did not answer: {reason}") from None
        except Exception as error:  # one notification, or one receiver's address, must not end the worker
            raise DeliveryError(f"it could not be sent to {self._url.host}: {type(error).__name__}") from error
        text = readable_answer(answer, response.headers.get("content-encoding", ""))
        self._raise_if_refused(response, text)
        status = response.status_code
        if not 200 <= status < 300:
            told = self._clean(text)
            reason = f"{told} (a redirect, which is not followed)".strip() if 300 <= status < 400 else told
            raise DeliveryError(
                f"{self._url.host} answered {status}: {reason}",
                permanent=status == HTTPStatus.GONE,
                status=status,
                retry_after=_retry_after(response.headers.get("retry-after"), self._now()),
            )

    def _raise_if_refused(self, response: httpx.Response, answer: str) -> None:
        """Raise where a robot's answer says that it took nothing, whatever its status is."""
        status, kind = response.status_code, response.headers.get("content-type", "")
        if self._robot is None or (refused := refusal(self._target.form, status, answer, kind)) is None:
            return
        wait = _retry_after(response.headers.get("retry-after"), self._now())
        if refused.is_limit:
            status, wait = HTTPStatus.TOO_MANY_REQUESTS, self._robot.limited if wait is None else wait
            if self._pace is not None:
                # It would take none of the others either. Until this one's turn has come for sure: they come after it.
                self._pace.hold(min(wait, MAX_RETRY_AFTER) * LATEST_RETRY)
        refused = refused._replace(said=self._clean(refused.said))
        raise DeliveryError(f"{self._url.host} {refused}", status=status, retry_after=wait)

    async def _post(self, url: httpx.URL, body: bytes, headers: dict[str, str]) -> tuple[httpx.Response, bytes]:
        request = self._client.stream("POST", url, content=body, headers=headers, timeout=TIMEOUT)
        async with request as response:
            if self._robot is not None or not response.is_success:
                return response, await _read_beginning(response, READ_OF_ROBOT if self._robot else READ_BYTES)
            # What was taken is taken, whatever comes after the status; a short answer read keeps the connection.
            with suppress(httpx.HTTPError, TimeoutError):
                async with asyncio.timeout(LINGER):
                    await _read_beginning(response, READ_BYTES)
            return response, b""

    def _request(self, delivery: Delivery) -> tuple[httpx.URL, bytes]:
        if self._robot is None:
            return self._url, self._body(delivery)
        target, note = self._target, decode(delivery.payload)
        return self._robot.request(note, self._url, target.secrets, target.keyword, self._now())

    def _body(self, delivery: Delivery) -> bytes:
        if self._target.form == "slack":
            return slack_message(decode(delivery.payload))
        if self._target.form == "alertmanager":
            return alertmanager_body(decode(delivery.payload), self.name)
        return delivery.payload

    def _headers(self, delivery: Delivery, body: bytes) -> dict[str, str]:
        # In UTC: the library takes any other zone's digits for UTC's.
        now = self._now().astimezone(UTC)
        headers = {
            "content-type": "application/json",
            "accept-encoding": "identity",
            "user-agent": "bellwether",
            "webhook-id": delivery.message_id,
            "webhook-timestamp": str(int(now.timestamp())),
        }
        if self._signers:
            signed = [signer.sign(delivery.message_id, now, body.decode()) for signer in self._signers]
            headers["webhook-signature"] = " ".join(signed)
        if self._target.authorization is not None:
            headers["authorization"] = self._target.authorization
        return headers

    def _clean(self, text: str) -> str:
        """Return an answer as it may stand in an error: in one line, and without our secrets if it repeats them."""
        line = "".join(character for character in " ".join(text[:READ_BYTES].split()) if character.isprintable())
        return without_secrets(line, _secrets(self._target))[:SHOWN_CHARACTERS]


async def _read_beginning(response: httpx.Response, most: int) -> bytes:
    read = b""
    async for piece in response.aiter_raw():  # raw: unpacking could make ten megabytes of ten kilobytes
        read += piece
        if len(read) >= most:
            break
    return read[:most]


def _retry_after(text: str | None, now: datetime) -> float | None:
    """Return the seconds that a Retry-After header asks for, as a number or a date; None where it cannot be read."""
    if text is None:
        return None
    with suppress(ValueError, TypeError, OverflowError):
        if text.strip().isdecimal():
            return float(text[:12])
        return max(0.0, (parsedate_to_datetime(text) - now).total_seconds())
    return None


def _secrets(target: Target) -> Iterable[str]:
    yield from target.secrets
    yield from (secret.removeprefix(SECRET_PREFIX) for secret in target.secrets)
    yield from secrets_of_url(target.url)
    if target.authorization:
        yield target.authorization
        yield target.authorization.rpartition(" ")[2]


_NO_PORT = re.compile(r"[^/]*//[^/?#]*:(?:[/?#]|$)")  # as in https://https://host, whose host would be "https"


def _read_url(name: str, target: Target) -> httpx.URL:
    try:
        url = httpx.URL(target.url)
        # What a host of IDNA stands for is found only when it is asked for.
        is_valid = is_address(url) and bool(url.netloc) and has_host(url) and not _NO_PORT.match(target.url)
    except (httpx.InvalidURL, ValueError):
        is_valid = False
    if not is_valid:
        raise SettingsError(
            f"receiver '{name}': the URL must be https://host..., the host a name or an IP address,"
            " with a port of 1 to 65535 if any"
        )
    if url.scheme == "http" and not target.allow_http:
        raise SettingsError(f"receiver '{name}': the URL must be https; to send in clear, set allow_http")
    if url.userinfo and target.authorization is not None:
        raise SettingsError(f"receiver '{name}': either a user in the URL or 'authorization'")
    return url


def _read_secret(name: str, secret: str) -> str:
    try:
        key = base64.b64decode(secret.removeprefix(SECRET_PREFIX), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if not secret.startswith(SECRET_PREFIX) or len(key) not in SECRET_BYTES:
        raise SettingsError(f"receiver '{name}': a secret must be '{SECRET_PREFIX}' and the base64 of 24 to 64 bytes")
    return secret
