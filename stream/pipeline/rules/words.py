"""The words of decisions, as they are stored. Pure.

They are always English: a replay compares them word for word. The templates are also what those who show the words in
another language read them by; their texts in ``locales/`` are of the same form.
"""

from __future__ import annotations

from stream.pipeline.detect.observation import Observation
from stream.pipeline.detect.spec import Kind
from stream.pipeline.rules.decision import Reason
from stream.translation import N_

NEGATIVE = N_(
    "{state}: {negatives} of {documents} documents negative in {minutes} min, expected {expected}"
    " ({low} to {high}); score {score}, threshold {threshold}"
)
VOLUME = N_("{state}: {documents} documents in {minutes} min, usually {usual}; score {score}, threshold {threshold}")
UNWATCHED = N_("{state}: rule '{rule}' no longer watches this; the event may go on")
UNWATCHED_BEFORE = N_("{state}: no rule in force watches this any more")  # as stored by releases before this
UNLISTED = N_("{state}: this is no longer on the watchlist")
NEGATIVE_ENDED = N_(
    "{end} after {lasted} min: {why}; {negatives} of {documents} documents negative in {minutes} min,"
    " expected {expected} ({low} to {high})"
)
VOLUME_ENDED = N_("{end} after {lasted} min: {why}; {documents} documents in {minutes} min, usually {usual}")
NO_NEGATIVE = N_("no negative document in the last {length} min")
AS_USUAL = N_("the last {length} min were as usual")
FELL = N_("the score fell to {score}, under half of the threshold {threshold}")
LASTED = N_("it has lasted so long that it is usual now")

DETAILS = NEGATIVE, VOLUME, UNWATCHED, UNWATCHED_BEFORE, UNLISTED
ENDINGS = NEGATIVE_ENDED, VOLUME_ENDED
WHYS = NO_NEGATIVE, AS_USUAL, FELL, LASTED  # each stands within one of ENDINGS


def detail_of(reason: Reason, observation: Observation) -> str:
    """Say in words what was decided on."""
    score, threshold = f"{observation.score:.1f}", f"{observation.threshold:.1f}"
    text = VOLUME if observation.kind == Kind.VOLUME else NEGATIVE
    return text.format(state=reason, score=score, threshold=threshold, **_counted(observation))


def ending_of(reason: Reason, observation: Observation, fired: int, why: str) -> str:
    """Say in words that and why an alert is over. Its window may still hold all of it, so no score stands there."""
    text = VOLUME_ENDED if observation.kind == Kind.VOLUME else NEGATIVE_ENDED
    return text.format(end=reason, lasted=observation.minute - fired, why=why, **_counted(observation))


def _counted(observation: Observation) -> dict[str, str]:
    return {
        "minutes": f"{observation.window}",
        "documents": f"{observation.documents:g}",
        "usual": f"{observation.usual_documents:.1f}",
        "negatives": f"{observation.negatives:g}",
        "expected": f"{observation.expected_negatives:.1f}",
        "low": f"{observation.expected_low:.1f}",
        "high": f"{observation.expected_high:.1f}",
    }
