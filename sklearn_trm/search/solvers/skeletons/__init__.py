"""Laws of one column, in the order of the prior: skeletons whose constants are solved for.

A skeleton is an expression whose constants are open. All skeletons of the allowed operators are
gone through, cheapest first (`grammar`); coefficients and the level outside are projected out,
so that only the constants inside functions are sought, from many starts at once (`fitting`).
"""
