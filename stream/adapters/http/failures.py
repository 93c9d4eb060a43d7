"""Why a server did not answer, in words for people rather than in those of the libraries that ask it. Pure."""

from __future__ import annotations

import re
import socket
from http import HTTPStatus

import httpx

# What a library says, in part, and what is wrong; the first that is found holds.
_SAID = (
    ("without sending a response", "it ended the connection without an answer"),
    ("peer closed connection", "it ended the connection within its answer"),
    ("Invalid URL in location", "it redirects to an address that cannot be read"),
    ("connection attempts failed", "nothing takes connections there"),
    ("Connection refused", "nothing takes connections there"),
    ("WRONG_VERSION_NUMBER", "it does not speak TLS; is its address http rather than https?"),
    ("CERTIFICATE_VERIFY_FAILED", "its certificate is not trusted"),
)
_UNKNOWN_NAME = {getattr(socket, name) for name in ("EAI_NONAME", "EAI_NODATA") if hasattr(socket, name)}
_OF_OPENSSL = re.compile(r"\[SSL: \w+\] (?P<said>.*?)(?: \(_ssl\.c:\d+\))?", re.DOTALL)
_VERIFY = "certificate verify failed: "


def unanswered(error: Exception) -> str:
    """Return why nothing was answered.

    >>> unanswered(httpx.RemoteProtocolError("Server disconnected without sending a response."))
    'it ended the connection without an answer'
    >>> unanswered(httpx.ConnectError("[SSL: TLSV1_ALERT_ACCESS_DENIED] tlsv1 alert access denied (_ssl.c:1006)"))
    'TLS failed: tlsv1 alert access denied'
    >>> unanswered(httpx.ConnectError(""))
    'the connection broke while TLS was agreed on; is there a firewall or a proxy between, or only old TLS?'
    """
    if isinstance(error, httpx.TimeoutException | TimeoutError):
        return "it took too long"
    problem = str(error)
    said = next((words for part, words in _SAID if part in problem), "")
    if _VERIFY in problem:
        said += f": {problem.partition(_VERIFY)[2].partition(' (_ssl')[0]}"
    if said:
        return said
    if tls := _OF_OPENSSL.fullmatch(problem):
        return f"TLS failed: {tls['said']}"
    if isinstance(error, httpx.RemoteProtocolError):
        return "what it answers is no HTTP"
    if isinstance(error, httpx.ReadError | httpx.WriteError):
        return "the connection broke"
    if isinstance(error, httpx.ConnectError) and not problem:  # who does not even take connections is told above
        return "the connection broke while TLS was agreed on; is there a firewall or a proxy between, or only old TLS?"
    return problem or type(error).__name__


def is_of_unknown_issuer(error: Exception) -> bool:
    """Whether a certificate is of an authority that is not trusted here, rather than wrong or out of date.

    >>> said = "[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: "
    >>> [is_of_unknown_issuer(httpx.ConnectError(said + why)) for why in ("self-signed certificate", "has expired")]
    [True, False]
    """
    return _VERIFY in str(error) and any(word in str(error) for word in ("issuer cert", "self-signed", "self signed"))


def unresolved(error: Exception) -> str:
    """Return why the name of a host has no address.

    >>> unresolved(socket.gaierror(socket.EAI_NONAME, "Name or service not known"))
    'no host has this name; is it spelt right?'
    """
    if isinstance(error, UnicodeError):
        return "no host can have this name"
    if isinstance(error, socket.gaierror) and error.errno in _UNKNOWN_NAME:
        return "no host has this name; is it spelt right?"
    return "its name cannot be looked up now; is there a connection to the internet?"


def answered(status: int) -> str:
    """Return a status with its name.

    >>> answered(404), answered(599)
    ('answered 404 (Not Found)', 'answered 599')
    """
    known = status in list(HTTPStatus)
    return f"answered {status} ({HTTPStatus(status).phrase})" if known else f"answered {status}"
