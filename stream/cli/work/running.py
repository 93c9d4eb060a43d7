"""What a model runs on, and why, as people read it; :mod:`models` says it in English, for logs."""

from __future__ import annotations

import re

from stream.translation import N_, _

# Why a provider was taken: see models.runtime.providers.open_session.
REASONS = frozenset(
    (
        N_("this onnxruntime has no CUDA provider"),
        N_("asked for"),
        N_("a GPU is there"),
        N_("the CUDA provider did not start: no GPU, or its driver or libraries are missing"),
    )
)
_MODEL = re.compile(r"(\S+) on (\w+) \(([^()]*)\)")


def running_words(running_on: str) -> str:
    """Return the models, each behind its head or language where there are several, and on what and why it runs.

    >>> running_words("en: minilm-l5 on cpu (asked for); zh: bge-zh on cuda (a GPU is there)")
    'en: minilm-l5 on cpu (asked for); zh: bge-zh on cuda (a GPU is there)'
    """
    return _MODEL.sub(_said, running_on)


def _said(match: re.Match[str]) -> str:
    name, provider, reason = match.groups()
    why = _(reason) if reason in REASONS else reason
    return _("{name} on {provider} ({reason})").format(name=name, provider=provider, reason=why)
