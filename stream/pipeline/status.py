"""Where an alert stands. By itself, since the command line lists the values in its help, before anything is loaded."""

from enum import StrEnum


class Status(StrEnum):
    """Where an incident stands. What was acknowledged stays so until it resolves."""

    FIRING = "firing"
    ACKNOWLEDGED = "acknowledged"
    RESOLVED = "resolved"
