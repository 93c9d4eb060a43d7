"""How a Faust app logs in."""

from __future__ import annotations

from typing import Any

import faust

from stream.adapters.kafka.access import KafkaAccess
from stream.adapters.kafka.token_providers import AsyncToken


def credentials_of(access: KafkaAccess) -> Any:
    """Return Faust's ``broker_credentials``; None where there is neither TLS nor a login.

    Raises:
        SettingsError: a file that ``access`` names cannot be read.
    """
    if access.sends_token:
        context = access.ssl_context() if access.uses_tls else None
        return faust.OAuthCredentials(oauth_cb=AsyncToken(access.token_path), ssl_context=context)
    if access.logs_in:
        return faust.SASLCredentials(
            username=access.user,
            password=access.password,
            mechanism=access.mechanism,
            ssl_context=access.ssl_context() if access.uses_tls else None,
        )
    return faust.SSLCredentials(access.ssl_context()) if access.uses_tls else None
