"""Expressions: the tree and its operators, values and Jacobians, texts, constants.

Everything here is NumPy; nothing knows of the network or the search.
"""

from . import text as text  # gives trees their texts
