"""Names that textbooks have for laws: a catalogue, and whose name a law bears.

It names; it finds nothing: no search, fit or choice may ask it.
"""

from .catalogue import Family, families, family
from .naming import Named, held_out, name_of, recognised

__all__ = ["Family", "Named", "families", "family", "held_out", "name_of", "recognised"]
