"""Laws of few columns, in the order of the prior: skeletons whose constants are solved for.

A skeleton is an expression whose constants are open. All skeletons of the allowed operators are
gone through, cheapest first (`grammar`); coefficients, the level and other free terms outside are
projected out (`views`), so that only the constants inside functions are sought, from many starts
at once (`screening`, `fitting`). Deeper laws of several columns are made of two curves, each of
one column, whose skeletons are looked for one after the other (`separable`).
"""
