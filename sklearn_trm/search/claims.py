"""Claims: which piece of a search which of several processes has taken.

All walk the same plan, and whoever comes first to a piece (a task on a bench; of two long ones a
place of a partial law, a batch of skeletons) takes it: so the work is divided by how fast each one
is, and whoever begins later finds what is done. Nobody waits: two that come at once both do it.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass, field

import numpy as np

SLOTS = 2**18  # of four bytes
PARTIES = 256  # numbers of those of a fit


@dataclass
class Claims:
    """The claims of one process, in memory that it shares with others.

    Parameters
    ----------
    table : ndarray of uint32
        Who has taken what. Its first entry is the number of the fit that goes on; what others
        left there is void.
    fit : int
    party : int
        Who this is, 1 the process of the fit itself.
    others : set of int
        Parties whose claims hold beside its own.
    place : str
        Of which search of the fit pieces are.

    Examples
    --------
    >>> table = np.array([7, *[0] * 99], dtype=np.uint32)
    >>> one, two = Claims(table, 7, 1, {2}), Claims(table, 7, 2, {1})
    >>> one.take("main", "pair", 3), two.take("main", "pair", 3), one.take("main", "pair", 3)
    (True, False, True)
    """

    table: np.ndarray
    fit: int
    party: int = 1
    others: set[int] = field(default_factory=set)
    place: str = ""

    @property
    def are_void(self) -> bool:
        """Whether the fit has ended."""
        return int(self.table[0]) != self.fit

    def take(self, *piece: object) -> bool:
        """Whether a piece is this process's; it is if nobody has taken it."""
        # two pieces in one slot have the same owner: nothing is lost
        slot = 1 + zlib.crc32(repr((self.place, piece)).encode()) % (len(self.table) - 1)
        fit, party = divmod(int(self.table[slot]), PARTIES)
        if fit == self.fit and party in self.others:
            return False
        self.table[slot] = self.fit * PARTIES + self.party
        return True
