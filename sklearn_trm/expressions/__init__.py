"""Laws as trees: operators, values, texts, constants, normal forms.

Everything here is NumPy; nothing knows of the network or the search.
"""

from . import printing as printing  # gives trees their texts
