"""Every error and warning that a user of sklearn-trm can meet, in one place.

Each class also derives from the built-in that scikit-learn users expect, so
``except ValueError`` keeps working.
"""


class TRMError(Exception):
    """Base class of all errors raised by sklearn-trm."""


class ParseError(TRMError, ValueError):
    """A text is not an expression of the supported language."""


class UnknownOperatorError(TRMError, ValueError):
    """An operator name is not in the op table."""


class GridOverflowError(TRMError, ValueError):
    """An expression does not fit into the answer grid."""


class WeightsError(TRMError, OSError):
    """Pretrained weights are missing, damaged or of another version."""


class DataError(TRMError, ValueError):
    """A table cannot be used as it is: the message says what to change."""


class ExtrapolationWarning(UserWarning):
    """Rows are predicted that lie outside the range of the data a law was fitted to."""


class ExportError(TRMError, ValueError):
    """A law cannot be written in the language asked for."""


class NotInstalledError(ExportError, ImportError):
    """An export or a picture needs a package that is not installed: the message names it."""


class FileError(TRMError, ValueError):
    """A saved file is damaged, of another version, or not ours."""
