"""What can go wrong with models, and who can mend it.

::

    ModelError
    ├── ArtifactError     the model directory is incomplete, damaged or of another format
    ├── ProviderError     the execution provider asked for is not installed here
    ├── TextError         one text cannot be classified; the others of its batch can
    └── DatasetError      a training file is not what it should be
"""

from __future__ import annotations


class ModelError(Exception):
    """Base of all errors of :mod:`models`; the message says what the caller may do."""


class ArtifactError(ModelError):
    """The artifact directory cannot be served."""


class ProviderError(ModelError):
    """The execution provider that was asked for is not available."""


class TextError(ModelError):
    """This one text cannot be classified."""


class DatasetError(ModelError):
    """A labelled file is missing a column, a label or a split."""
