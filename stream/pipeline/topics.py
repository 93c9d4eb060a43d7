"""The names of the Kafka topics of one deployment."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Topics:
    """Topic names; ``name`` is the deployment's prefix."""

    name: str = "bellwether"

    @property
    def news(self) -> str:
        """Raw documents from newsrooms."""
        return f"{self.name}.news"

    @property
    def social(self) -> str:
        """Raw documents from social networks."""
        return f"{self.name}.social"

    @property
    def scored(self) -> str:
        """The log of record: every classified document."""
        return f"{self.name}.scored"

    @property
    def dead_letters(self) -> str:
        """What could not be read, with the reason."""
        return f"{self.name}.dead-letters"

    @property
    def alerts(self) -> str:
        """Every alert that fires or resolves, as webhooks get it."""
        return f"{self.name}.alerts"

    @property
    def all(self) -> tuple[str, ...]:
        """Every topic."""
        return self.news, self.social, self.scored, self.dead_letters, self.alerts
