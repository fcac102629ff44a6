"""What a law may look like, whatever the data.

Limits, units, shape, and how laws are written and counted. Nothing here looks at a target.
"""

from .._moved import old_names

__getattr__ = old_names(__name__)
