"""Laws as trees: operators, values, texts, constants, normal forms.

Everything here is NumPy; nothing knows of the network or the search.
"""

from . import text as text  # gives trees their texts
