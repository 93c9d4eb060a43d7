"""What people may ask for, checked once for the command line and the HTTP API.

Every method raises StoreError when the store does not answer, UsageError when it is asked for nonsense, and
NotFoundError when there is no such thing.
"""

from __future__ import annotations

from dataclasses import dataclass

from stream.operations.alerts import AlertOperations, SilenceRequest
from stream.operations.deliveries import DeliveryOperations, ReceiverState
from stream.operations.intake import IntakeOperations


@dataclass(frozen=True, kw_only=True)
class Operations(AlertOperations, DeliveryOperations, IntakeOperations):
    """What people do to alerts, silences, receivers, deliveries and documents."""


__all__ = ["Operations", "ReceiverState", "SilenceRequest"]
