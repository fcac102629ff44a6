"""MathML Core of laws: mathematics that browsers typeset by themselves, from our own trees.

Names of columns stand in it as texts, whatever they hold; a very long one gives way to a symbol
that a legend explains (`symbols`).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from html import escape

from ..expressions.idioms import as_idiom
from ..expressions.printing import ATOM, LEVEL, POWER, PREFIX, PRODUCT, SUM, format_constant
from ..expressions.tree import Node, complexity, const

_LONGEST = 24  # characters of a name inside a formula
_SMALL = 12  # complexity of an exponent of e; functions of more are written exp(...)
_NUMBER = re.compile(r"([\d.]+)(?:e(-?\d+))?")
_INDEXED = re.compile(r"([^\W\d_]+)_?(\d{1,4})")
_LETTER = re.compile(r"[^\W\d_](_?\d{1,4}|\[.*\])?", re.DOTALL)  # also with an index
_OF_GROUP = re.compile(r"([A-Za-z]|c\d+)\[(.*)\]", re.DOTALL)
_GREEK = {
    unicodedata.name(chr(code)).rsplit(" ", 1)[1].lower().replace("lamda", "lambda"): chr(code)
    for code in range(0x3B1, 0x3CA)
    if code not in (0x3C0, 0x3C2)  # pi is a number; the other sigma ends words
}
_TIMES, _DOT, _APPLY = "<mo>&#x2062;</mo>", "<mo>&#x22C5;</mo>", "<mo>&#x2061;</mo>"
_MINUS = '<mo form="prefix">−</mo>'
_THIN = _TIMES + '<mspace width="0.17em"></mspace>'
_WORDS = {"log": "ln", "asin": "arcsin", "acos": "arccos", "atan": "arctan"}
_FENCES = {"abs": ("|", "|"), "floor": ("&#x230A;", "&#x230B;"), "ceil": ("&#x2308;", "&#x2309;")}


def symbols(names: Sequence[str]) -> list[str]:
    """What columns are called inside a formula: their names, or ``x3`` for a very long one.

    Examples
    --------
    >>> symbols(["mass", "a name that is far too long to stand in a formula"])
    ['mass', 'x1']
    """
    out = []
    for i, name in enumerate(names):
        short = f"x{i}"
        while short in names:
            short += "_"
        out.append(name if name.strip() and len(name) <= _LONGEST else short)
    return out


def equation(target: str, law: Node, names: Sequence[str]) -> str:
    """``target = law`` as a row of ``<math>`` elements, one a term: lines may break between them.

    Parameters
    ----------
    target : str
        What stands left of the sign; nothing and no sign when empty.
    law : Node
    names : sequence of str
        Of the columns, as `symbols` gives them.

    Returns
    -------
    str
        Safe in HTML.

    Examples
    --------
    >>> from ..expressions.text import parse
    >>> print(equation("y", parse("x0 - 2"), ["t"]))
    <math displaystyle="true"><mi>y</mi><mo>=</mo><mi>t</mi></math>
    <math displaystyle="true"><mo form="infix" lspace="0">−</mo><mn>2</mn></math>
    """
    first, *others = _terms(law)
    head = f"{name_markup(target)}<mo>=</mo>" if target else ""
    rows = [head + _signed(first, names)]
    for sign, term in others:
        rows.append(f'<mo form="infix" lspace="0">{_sign(sign)}</mo>{_at(term, PRODUCT, names)}')
    return "\n".join(f'<math displaystyle="true">{row}</math>' for row in rows)


def _terms(law: Node) -> list[tuple[int, Node]]:
    """Terms of a sum with their signs, in order."""
    if law.op in ("add", "sub") and as_idiom(law) is None:
        sign, last = _split(law.children[1])
        return [*_terms(law.children[0]), (sign if law.op == "add" else -sign, last)]
    return [_split(law)]


def _split(node: Node) -> tuple[int, Node]:
    """A minus in front of a term, and the term without it."""
    if node.is_const and node.value < 0:
        return -1, const(-node.value)
    if node.op == "neg":
        sign, inside = _split(node.children[0])
        return -sign, inside
    if node.op in ("mul", "div") and as_idiom(node) is None:
        sign, inside = _split(node.children[0])
        if sign < 0:
            return -1, Node(node.op, (inside, node.children[1]))
    return 1, node


def _signed(term: tuple[int, Node], names: Sequence[str]) -> str:
    sign, node = term
    return ("" if sign > 0 else _MINUS) + _at(node, PRODUCT, names)


def _sign(sign: int) -> str:
    return "+" if sign > 0 else "−"


def _at(node: Node, least: int, names: Sequence[str]) -> str:
    """A tree as an operand that binds at least as tightly as `least`."""
    markup, level = _show(node, names)
    return markup if level >= least else _fenced(markup)


def _fenced(markup: str, left: str = "(", right: str = ")") -> str:
    return f'<mrow><mo fence="true">{left}</mo>{markup}<mo fence="true">{right}</mo></mrow>'


def _row(markup: str) -> str:
    return f"<mrow>{markup}</mrow>"


def _show(node: Node, names: Sequence[str]) -> tuple[str, int]:
    """Markup of a tree, and the level of its outermost operator."""
    op = node.op
    if op == "const":
        return _number(format_constant(node.value))
    if op == "var":
        return name_markup(str(names[node.column])), ATOM
    word = as_idiom(node)
    if word is not None:
        return _called(*word, names)
    if op in ("add", "sub"):
        first, *others = _terms(node)
        parts = [_signed(first, names)]
        parts += [f"<mo>{_sign(sign)}</mo>{_at(term, PRODUCT, names)}" for sign, term in others]
        return _row("".join(parts)), SUM
    if op in ("mul", "div", "neg", "inv"):
        sign, plain = _split(node)
        if sign < 0:
            return f"{_MINUS}{_at(plain, PRODUCT, names)}", PREFIX
        if plain.op == "mul":
            return _product(plain, names), PRODUCT
        if plain.op == "div":
            above, below = (_row(_show(child, names)[0]) for child in plain.children)
            return f"<mfrac>{above}{below}</mfrac>", PRODUCT
        if plain.op == "inv":
            below = _row(_show(plain.children[0], names)[0])
            return f"<mfrac><mn>1</mn>{below}</mfrac>", PRODUCT
        return _show(plain, names)
    if op in ("square", "cube"):
        return _raised(node.children[0], "<mn>2</mn>" if op == "square" else "<mn>3</mn>", names)
    if op == "pow":
        base, exponent = node.children
        if exponent == const(0.5):
            return f"<msqrt>{_show(base, names)[0]}</msqrt>", ATOM
        return _raised(base, _row(_show(exponent, names)[0]), names)
    return _called(op, node.children, names)


def _raised(base: Node, exponent: str, names: Sequence[str]) -> tuple[str, int]:
    markup = _at(base, ATOM, names)
    if base.is_var and markup.startswith("<msub>"):  # index and exponent above each other
        return f"<msubsup>{markup[6:-7]}{exponent}</msubsup>", POWER
    return f"<msup>{_row(markup)}{exponent}</msup>", POWER


def _product(node: Node, names: Sequence[str]) -> str:
    factors: list[Node] = []
    while node.op == "mul" and as_idiom(node) is None:
        factors.insert(0, node.children[1])
        node = node.children[0]
    factors.insert(0, node)
    out = ""
    for i, factor in enumerate(factors):
        markup, level = _show(factor, names)
        if i:
            out += _between(factors[i - 1], factor, names)
        out += _fenced(markup) if level == SUM or (i and level == PREFIX) else markup
    return _row(out)


def _between(left: Node, right: Node, names: Sequence[str]) -> str:
    """A dot where two factors would run together: numbers, and names of several letters."""

    def is_word(node: Node) -> bool:
        while node.op in ("square", "cube", "pow"):
            node = node.children[0]
        name = str(names[node.column]) if node.is_var else ""
        return len(name) > 1 and not _LETTER.fullmatch(name)

    first = right
    while first.op in ("mul", "div"):
        first = first.children[0]
    both = (left.is_const and first.is_const) or (left.is_var and is_word(right))
    if both or is_word(left):  # a word before a bracket is no function
        return _DOT
    function = right.op not in (*LEVEL, *_FENCES, "sqrt", "exp", "const", "var")
    return _THIN if function or is_word(right) else _TIMES


def _called(op: str, operands: Sequence[Node], names: Sequence[str]) -> tuple[str, int]:
    """A function of its operands."""
    inside = [_show(part, names)[0] for part in operands]
    if op in ("sqrt", "cbrt"):
        three = op == "cbrt"
        root = f"<mroot>{_row(inside[0])}<mn>3</mn></mroot>"
        return (root if three else f"<msqrt>{inside[0]}</msqrt>"), ATOM
    if op in _FENCES:
        return _fenced(inside[0], *_FENCES[op]), ATOM
    if op == "exp" and complexity(operands[0]) <= _SMALL:
        return f"<msup><mi>e</mi>{_row(inside[0])}</msup>", POWER
    if op == "where":
        rows = [(inside[1], f"{inside[0]}<mo>≥</mo><mn>0</mn>"), (inside[2], None)]
        cells = "".join(
            f"<mtr><mtd>{value}</mtd><mtd>"
            + (f"<mtext>if&#xA0;</mtext>{when}" if when else "<mtext>else</mtext>")
            + "</mtd></mtr>"
            for value, when in rows
        )
        return f'<mrow><mo fence="true">{{</mo><mtable>{cells}</mtable></mrow>', ATOM
    head = name_markup(_WORDS.get(op, op))
    return f"<mrow>{head}{_APPLY}{_fenced('<mo>,</mo>'.join(inside))}</mrow>", ATOM


def _number(text: str) -> tuple[str, int]:
    """Markup of a number as texts write it: ``2.5``, ``1e-05``, ``2*pi/365.25``, ``sqrt(2)/3``."""
    if text.startswith("-"):
        return f"{_MINUS}{_number(text[1:])[0]}", PREFIX
    above, _, below = text.partition("/")
    if below:
        return f"<mfrac>{_factors(above)}{_factors(below.strip('()'))}</mfrac>", PRODUCT
    return _factors(text), (PRODUCT if "*" in text or "e" in text else ATOM)


def _factors(text: str) -> str:
    parts = []
    for part in text.split("*") if "(" not in text else re.findall(r"\w+\([^)]*\)|[\w.]+", text):
        word, _, inside = part.partition("(")
        match = _NUMBER.fullmatch(part)
        if inside:
            root = _factors(inside.rstrip(")"))
            parts.append(f"<msqrt>{root}</msqrt>" if word == "sqrt" else
                         f"<mrow><mi>ln</mi>{_APPLY}{_fenced(root)}</mrow>")  # fmt: skip
        elif match is None:
            parts.append("<mi>π</mi>" if part == "pi" else f"<mi>{escape(part)}</mi>")
        elif match[2]:
            power = match[2].replace("-", "−")
            parts.append(f"<mn>{match[1]}</mn><mo>×</mo><msup><mn>10</mn><mn>{power}</mn></msup>")
        else:
            parts.append(f"<mn>{part}</mn>")
    return parts[0] if len(parts) == 1 and "×" not in parts[0] else _row(_TIMES.join(parts))


def name_markup(name: str) -> str:
    """A name inside mathematics: a letter, a letter with an index, a word, or any text as it is.

    Examples
    --------
    >>> name_markup("x0"), name_markup("alpha"), name_markup("mass")
    ('<msub><mi>x</mi><mn>0</mn></msub>', '<mi>α</mi>', '<mi>mass</mi>')
    >>> name_markup("<b>")
    '<mtext>\u2068&lt;b&gt;\u2069</mtext>'
    """
    if name in _GREEK:
        return f"<mi>{_GREEK[name]}</mi>"
    if match := _INDEXED.fullmatch(name):
        return f"<msub>{name_markup(match[1])}<mn>{match[2]}</mn></msub>"
    if match := _OF_GROUP.fullmatch(name):
        inside = _plain_text(match[2])
        return f"<msub>{name_markup(match[1])}{inside}</msub>"
    if name.isascii() and name.isalpha():
        return f"<mi>{name}</mi>"
    return _plain_text(name)


def _plain_text(name: str) -> str:
    # isolates: a name that is read from right to left turns nothing around it
    return f"<mtext>\u2068{escape(name)}\u2069</mtext>"
