"""The page of named curves, written from their catalogue: it can't grow old.

python docs/curves.py            # writes docs/curves.md
python docs/curves.py --check    # fails where the page is not of this catalogue
"""

from __future__ import annotations

import sys
from pathlib import Path

from sklearn_trm.curves import Family, families

PAGE = Path(__file__).with_name("curves.md")

HEAD = """# Named curves

Where a law that is found has a name in some trade, it is shown with it: `est.name_`, `est.curve()`
(with its constants by their usual symbols), `print(est)`, the reports of `sklearn-trm fit` and
`report`. `named_curves=False` switches this off. Nothing is found by these names: search, fit and
choice don't know them.

A law bears the name of a family if there are constants with which the family is the law, whatever
its writing: `4/(3.1/x0 + 1)` is Michaelis-Menten. Of several the one with the fewest constants
counts: a line is a straight line, though a hundred curves could be one. Time may be counted from
any year or day where the family is the same from there on. Constants have the signs of the trade:
an exponential decay is no growth. Laws of up to three columns are named.

Written by `python docs/curves.py` from [curves.toml](../sklearn_trm/curves/curves.toml): {count}
families with {names} names. The first of equal forms names a law, the others stand beside it. A
new curve is an entry there.

| field | name | formula | columns | other names | source |
|---|---|---|---|---|---|
"""


def _row(family: Family) -> str:
    cells = (
        family.field,
        family.name,
        f"`{family.target} = {family.formula}`",
        ", ".join(family.variables),
        "; ".join(family.also),
        family.source,
    )
    return f"| {' | '.join(cells)} |\n"


def page() -> str:
    """The page of the catalogue."""
    known = sorted(families(), key=lambda family: family.field)  # their order in a field stays
    names = len(known) + sum(len(family.also) for family in known)
    return HEAD.format(count=len(known), names=names) + "".join(map(_row, known))


def main() -> None:
    """Write the page, or check it."""
    new = page()
    if "--check" not in sys.argv[1:]:
        PAGE.write_text(new, encoding="utf-8")
    elif not PAGE.exists() or PAGE.read_text(encoding="utf-8") != new:
        raise SystemExit("the page is not of this catalogue: run python docs/curves.py")


if __name__ == "__main__":
    main()
