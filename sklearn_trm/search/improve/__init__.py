"""Better laws out of inexact ones: every cell of a law opened, changed, and fitted again."""

from ..._moved import old_names

__getattr__ = old_names(__name__)
