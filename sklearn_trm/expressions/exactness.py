"""What "exact" means: one definition of each tolerance, with where it comes from.

float64 keeps 2.2e-16 of a number. A law of a dozen operations on a table whose own digits are
rounded leaves some 1e-15 of the size of y; where y is a small change on a large offset, that is
more of its spread than of its size. What is compared by fits whose constants stop a little short
of the minimum, or on some of the rows only, needs more room.
"""

from __future__ import annotations

import sys

import numpy as np

# Root mean square errors relative to y's spread. A fit that Levenberg-Marquardt has ended is
# within 1e-9 of it (the square root of its own tolerance on squares is 1e-8 at worst, of a
# well-posed law 1e-12); a law is *found*, so that nothing better is looked for, a decade below.
CHOSEN = 1e-9
FOUND = 1e-10
# A formula that was solved for on the rows without any search: as exact as a chosen fit.
SOLVED = CHOSEN
# Of two constants, and of the values of two writings of one law: the same to all that is shown.
SAME = CHOSEN
# Of a target (its norm) what a free space leaves: less of it is rounding, the space explains it.
EXPLAINED = CHOSEN
# Of the screened rows, whose constants were solved for on these alone, relative to y's size.
SCREENED = 2e-9
# What float64 leaves of a large offset, relative to y's size: some tens of roundings ...
OFFSET = 1e-14
# ... and of a sum of few terms.
ROUNDING = 4 * float(np.finfo(float).eps)
# A fit by as many numbers as there are rows but one: no chance below a hundred roundings.
NO_CHANCE = 2e-14


def exact_loss(spread: float, scale: float) -> float:
    """Mean squared error below which a fit is exact, from y's spread and root mean square.

    Examples
    --------
    >>> exact_loss(1.0, 1.0) == CHOSEN**2, exact_loss(1e-8, 1.0) == OFFSET**2
    (True, True)
    """
    root = max(CHOSEN * min(spread, scale), OFFSET * scale)
    return min(root * root, sys.float_info.max)  # of a target of 1e200, as its losses
