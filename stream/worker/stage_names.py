"""The stages of a worker, by name."""

from enum import StrEnum


class StageName(StrEnum):
    """The stages, in the order of a document's way."""

    FEEDS = "feeds"
    CLASSIFY = "classify"
    AGGREGATE = "aggregate"
    PROJECT = "project"
    DETECT = "detect"
    NOTIFY = "notify"
