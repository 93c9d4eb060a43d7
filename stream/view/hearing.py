"""What the live view says of series that cannot be heard: nothing that happens there would fire."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress

from models.errors import ArtifactError
from stream.errors import BellwetherError
from stream.pipeline.detect import ClassifierErrors
from stream.pipeline.notify import AlertStore
from stream.pipeline.rules import Rule, hearing_words, sharpest

# Seconds. What would fire changes with the hour; the states of thousands of series are megabytes.
ASKED_EVERY = 300.0


class HearingNotes:
    """Says what ``bellwether rules explain`` says at its end, where there is a series that cannot be heard.

    It is looked up beside the view, which waits for none of it.

    Args:
        rules: returns those in force.
        errors: returns what is known of the model's errors.
        monotonic: seconds of a clock that never goes back.
    """

    def __init__(
        self,
        alerts: AlertStore,
        rules: Callable[[], Sequence[Rule]],
        errors: Callable[[], ClassifierErrors],
        monotonic: Callable[[], float],
    ) -> None:
        self._alerts, self._rules, self._errors, self._monotonic = alerts, rules, errors, monotonic
        self._asked_at = float("-inf")
        self._asking: asyncio.Task[None] | None = None
        self._notes: list[str] = []

    def notes(self) -> list[str]:
        """Return what there is to say, and look again where the last time is long ago."""
        idle = self._asking is None or self._asking.done()
        if idle and self._monotonic() - self._asked_at >= ASKED_EVERY:
            self._asked_at = self._monotonic()
            self._asking = asyncio.create_task(self._ask())
        return self._notes

    async def close(self) -> None:
        """Leave what is being looked up."""
        if self._asking is not None:
            self._asking.cancel()
            with suppress(asyncio.CancelledError):
                await self._asking

    async def _ask(self) -> None:
        # The store that does not answer, or the file that cannot be read, is told of elsewhere.
        with suppress(BellwetherError):
            rules = await asyncio.to_thread(self._rules)
            states = [(rule, (await self._alerts.load(rule.name))[1]) for rule in rules]
            known = [(rule, state) for rule, state in states if state is not None]
            heard = await asyncio.to_thread(lambda: sharpest(known, self._known_errors()))
            self._notes = [] if all(one.heard for one in heard) else [hearing_words(heard)]

    def _known_errors(self) -> ClassifierErrors | None:
        try:
            return self._errors()
        except ArtifactError:
            return None  # There is no model here; what it gets wrong is not corrected for.
