"""The names of the sentiment head. All other labels come from the artifact, so a desk can train its own topics."""

from __future__ import annotations

SENTIMENT = "sentiment"
TOPIC = "topic"
ENTITY = "entity"  # the sentiment that a text gives one of the names in it
NEGATIVE, NEUTRAL, POSITIVE = "negative", "neutral", "positive"
SENTIMENTS = (NEGATIVE, NEUTRAL, POSITIVE)
