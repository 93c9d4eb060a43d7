"""What is wrong with the options of a Redis URL, in words of ours; redis-py speaks of its own code."""

from __future__ import annotations

import re
import ssl
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

from stream.errors import SettingsError

SETTING = "setting 'redis' (BELLWETHER_REDIS)"
_FILES = "ssl_ca_certs", "ssl_certfile", "ssl_keyfile"
_VALUE = re.compile(r"value for '(\w+)' in connection URL")
_UNKNOWN = re.compile(r"unexpected keyword argument '(\w+)'")


def problem_of(url: str, error: Exception) -> str:
    """Return what redis-py's error about a URL means, without a piece of the password."""
    options, said = _options(url), str(error)
    if (found := _VALUE.search(said)) and (value := options.get(found[1])) is not None:
        if found[1].endswith("_flags"):
            return f"option '{found[1]}': '{value}' is none of Python's ssl.VerifyFlags"
        return f"option '{found[1]}': a number is expected, not '{value}'"
    if _holds_login(url) or isinstance(error, ValueError):  # what urllib says may hold a piece of the password, too
        return "no host and port can be read; write signs such as / or # in a password as %2F or %23"
    if found := _UNKNOWN.search(said):
        if found[1].startswith("ssl_"):
            return f"option '{found[1]}' goes with rediss:// alone, which is TLS"
        return f"there is no option '{found[1]}'; take it out of the URL"
    if isinstance(error, AttributeError):  # of an option that is an object in Python, as `retry`
        return "one of its options cannot be given in a URL; take it out"
    return said


def check_certificates(url: str) -> None:
    """Refuse files of certificates that cannot be read; redis-py would say that the server cannot be reached.

    Raises:
        SettingsError: one of them cannot.
    """
    options = _options(url)
    for name in _FILES:
        if (file := options.get(name)) is not None:
            try:
                Path(file).open("rb").close()
            except OSError as error:
                raise SettingsError(f"{SETTING}: option '{name}': {file}: {error.strerror}") from None
    if authorities := options.get("ssl_ca_certs"):
        try:
            ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(authorities)
        except ssl.SSLError:
            raise SettingsError(f"{SETTING}: option 'ssl_ca_certs': {authorities}: no certificate in it") from None


def _options(url: str) -> dict[str, str]:
    """Return the options of a URL; none where they may be the rest of a password with a ? in it."""
    return {} if _holds_login(url) else dict(reversed(parse_qsl(urlsplit(url).query)))  # of several, the first


def _holds_login(url: str) -> bool:
    """Whether an @ stands behind the address, or it cannot be read: then a sign in the password has cut it short."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return True
    return "@" in parts.query + parts.fragment + parts.path
