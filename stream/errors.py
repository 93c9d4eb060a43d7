"""What can go wrong, and who can mend it.

::

    BellwetherError           the message says what the caller may do; ``permanent`` says whether trying again can help
    ├── SettingsError         a setting is missing or wrong
    │   └── PlaceError        ... at a place in a file of them
    ├── FeedError             a feed cannot be fetched or read
    │   └── BusyError         ... now, since its host is to be left alone
    ├── DocumentError         one document cannot be read; it goes to the dead letters, the stream goes on
    ├── ServerError           a server did not answer or refused; ``trouble`` says which, where that is known
    │   ├── StoreError        Redis or Postgres did; try again
    │   └── BrokerError       Kafka did
    │       └── AccessError   ... not let us in: TLS or the login
    ├── StallError            a part of the worker did not end what it was doing
    ├── ClassifierError       the model fails on every text
    ├── DeliveryError         a receiver did not take a notification
    ├── UsageError            what a person asked for makes no sense
    │   └── NotFoundError     ... or is not there
    └── EmbeddedError         an embedded server did not start
"""

from __future__ import annotations

from typing import Literal, Self


class BellwetherError(Exception):
    """Base of all errors of Bellwether."""

    permanent = False


class SettingsError(BellwetherError):
    """A setting is missing or wrong; the message names it."""

    permanent = True


Place = tuple[str | int, ...]  # keys and positions, from the top of a file


class PlaceError(SettingsError):
    """Something is wrong at ``place`` in a file, a path of keys and numbers; who reads the file knows its line."""

    def __init__(self, place: Place, problem: str) -> None:
        super().__init__(problem)
        self.place = place


class FeedError(BellwetherError):
    """A feed cannot be fetched or read; the message says why.

    ``status`` is the HTTP status it was answered with, by ``host``; ``retry_after`` the seconds that this asked for.
    """

    def __init__(
        self, message: str, *, status: int | None = None, host: str | None = None, retry_after: float | None = None
    ) -> None:
        super().__init__(message)
        self.status, self.host, self.retry_after = status, host, retry_after


class BusyError(FeedError):
    """A host is not to be asked for another ``retry_after`` seconds; nothing has failed."""


class DocumentError(BellwetherError):
    """One document cannot be read; the message is the dead letter's reason."""

    permanent = True

    @classmethod
    def unforeseen(cls, doing: str, error: BaseException) -> Self:
        """Return the reason for an error that nobody thought of: what was being done, its type and what it says."""
        return cls(f"{doing}: {type(error).__name__}: {error}")


# It does not answer; it refuses the login; its tables are not made; it takes no more connections; its disk is full;
# this process may open no more files; it takes no writes.
Trouble = Literal["away", "login", "tables", "connections", "disk", "files", "read-only"]
_OF_THE_SYSTEM: dict[str, Trouble] = {"Too many open files": "files", "No space left on device": "disk"}


def trouble_of_system(reason: str) -> Trouble | None:
    """Return what the operating system lacks, as it says it within an error of whatever client; None where it does not.

    >>> trouble_of_system("[Errno 24] Too many open files")
    'files'
    """
    return next((trouble for words, trouble in _OF_THE_SYSTEM.items() if words in reason), None)


class ServerError(BellwetherError):
    """A server did not answer, or refused. ``trouble``: what a person should look at first, where that is known."""

    def __init__(self, message: str = "", trouble: Trouble | None = None) -> None:
        super().__init__(message)
        self.trouble = trouble


class StoreError(ServerError):
    """Redis or Postgres did not answer."""


class BrokerError(ServerError):
    """Kafka did not answer, or refused."""


class AccessError(BrokerError):
    """Kafka does not let us in; the message names the setting to look at."""

    permanent = True


class StallError(BellwetherError):
    """A part of the worker did not end what it was doing within its time."""


class ClassifierError(BellwetherError):
    """The model fails on every text, not on one alone."""


class DeliveryError(BellwetherError):
    """A receiver did not take a notification.

    ``status`` is the HTTP status it answered with, ``retry_after`` the seconds that it asked for. ``untried``: it was
    not even asked, since it would take nothing now, so no attempt is used up.
    """

    def __init__(
        self,
        message: str,
        *,
        permanent: bool = False,
        status: int | None = None,
        retry_after: float | None = None,
        untried: bool = False,
    ) -> None:
        super().__init__(message)
        self.permanent = permanent
        self.status = status
        self.retry_after = retry_after
        self.untried = untried


class UsageError(BellwetherError):
    """What a person asked for makes no sense; the message says what would."""

    permanent = True


class NotFoundError(UsageError):
    """What a person asked for is not there."""


class EmbeddedError(BellwetherError):
    """An embedded server did not start."""
