"""Known structure with unknown parts, as ``"a*f(x0, x1) + g(x2)"``: how it is read.

One without unknown functions, as ``"a*x0/(b + x0)"``, is a known formula: its names are the
constants to be fitted, and there a name may stand more than once.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from ..errors import ParseError
from ..expressions.operators import OPS
from ..expressions.text import ALIASES, parse
from ..expressions.tree import Node, walk
from ..search.backpropagation import replace as put

_CALL = re.compile(r"([A-Za-z_]\w*)\s*\(([^()]*)\)")
_WORD = re.compile(r"(?<![\w.])[A-Za-z_]\w*")  # not the e of 1e5
_NUMBERED = re.compile(r"x_?\d+")
_NUMBERS = frozenset({"pi", "e"})

Path = tuple[int, ...]


@dataclass(frozen=True)
class Part:
    """An unknown function of some columns; of none: an unknown number.

    Attributes
    ----------
    name : str
    columns : tuple of int
    path : tuple of int
        Where it stands in the template.
    again : tuple of tuple of int
        Other places of the same number of a known formula.
    """

    name: str
    columns: tuple[int, ...]
    path: Path
    again: tuple[Path, ...] = ()


@dataclass(frozen=True)
class Template:
    """A law with holes.

    Attributes
    ----------
    node : Node
        The holes are columns beyond those of the table, in the order of `parts`.
    parts : tuple of Part

    Examples
    --------
    >>> from sklearn_trm.expressions.tree import const
    >>> template = Template.read("a*f(x0, x1) + g(x2)", ["x0", "x1", "x2"])
    >>> [(p.name, p.columns) for p in template.parts]
    [('f', (0, 1)), ('g', (2,)), ('a', ())]
    >>> print(template.law([parse("x0*x1"), parse("sin(x2)"), const(3.0)]))
    3*(x0*x1) + sin(x2)
    """

    node: Node
    parts: tuple[Part, ...]

    @classmethod
    def read(cls, text: str, names: Sequence[str], operators: Sequence[str] = ()) -> Template:
        """Read a template for a table with these columns.

        Raises
        ------
        ParseError
            If it has nothing unknown or no column, names a part twice, or is no expression
            otherwise.
        """
        if not isinstance(text, str):
            raise ParseError(f"a template is a text such as 'f(x0) + g(x1)', got {text!r}")
        known = {*OPS, *ALIASES, *map(str, operators)}
        holes: dict[str, tuple[int, ...]] = {}

        def hole(match: re.Match[str]) -> str:
            name = match[1]
            if name in known or name in names:
                return match[0]
            if name in holes:
                raise ParseError(f"{name} stands twice in the template; each part once")
            holes[name] = tuple(_column(piece, name, names) for piece in match[2].split(","))
            return f" {_mark(name)} "

        marked = _CALL.sub(hole, text)
        known_formula = not holes
        inside = [m[1] for m in _CALL.finditer(marked) if m[1] not in known and m[1] not in names]
        if inside:
            raise ParseError(f"{inside[0]} has a part inside; a part is a function of columns")
        bare = marked
        for name in sorted(names, key=len, reverse=True):
            bare = re.sub(rf"(?<!\w){re.escape(name)}(?!\w)", " ", bare)
        marks = {_mark(name) for name in holes}
        for word in _WORD.findall(bare):
            if word in known | _NUMBERS | marks:
                continue
            if word in holes:
                raise ParseError(f"{word} is a part and a number in the template; name one anew")
            if _NUMBERED.fullmatch(word):  # a slip, hardly the name of a number
                raise ParseError(f"{word} is no column: they are {', '.join(names[:6])}")
            holes[word] = ()
            marks.add(word)
        labels = [_mark(name) if columns else name for name, columns in holes.items()]
        node = parse(marked, [*names, *labels], operators)
        if not holes:
            raise ParseError(
                f"nothing unknown in {text!r}: write an unknown function as f({names[0]}), an "
                "unknown number by a name of its own, such as a"
            )
        places = _columns_at(node)
        if known_formula and all(column >= len(names) for _, column in places):
            raise ParseError(f"no column in {text!r}: they are {', '.join(names[:6])}")
        parts = []
        for i, (name, columns) in enumerate(holes.items(), len(names)):
            where = [path for path, column in places if column == i]
            if len(where) != 1 and not (known_formula and where):
                raise ParseError(f"{name} stands {len(where)} times in the template; each once")
            parts.append(Part(name, columns, where[0], tuple(where[1:])))
        return cls(node, tuple(parts))

    def law(self, laws: Sequence[Node]) -> Node:
        """The template with a law in the place of each part."""
        node = self.node
        for hole, law in zip(self.parts, laws, strict=True):
            for path in (hole.path, *hole.again):
                node = put(node, path, law)
        return node

    @property
    def is_formula(self) -> bool:
        """Whether numbers alone are unknown."""
        return not any(part.columns for part in self.parts)

    def operators(self, arity: int) -> list[str]:
        """What the structure itself uses."""
        return sorted({n.op for n in walk(self.node) if len(n.children) == arity})


def _mark(name: str) -> str:
    return f"part_{name}_"


def _column(piece: str, name: str, names: Sequence[str]) -> int:
    if piece.strip() not in names:
        shown = ", ".join(names[:6])
        raise ParseError(
            f"{name} is a function of columns, and {piece.strip()!r} is none: they are {shown}"
        )
    return list(names).index(piece.strip())


def _columns_at(node: Node, path: Path = ()) -> list[tuple[Path, int]]:
    if node.is_var:
        return [(path, node.column)]
    return [found for k, child in enumerate(node.children)
            for found in _columns_at(child, (*path, k))]  # fmt: skip
