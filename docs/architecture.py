"""The picture of the package's rooms, drawn from its imports: it can't grow old.

    python docs/architecture.py            # writes docs/pictures/architecture.svg
    python docs/architecture.py --check    # fails where the picture is not of these imports

A room is an entry at the top of ``sklearn_trm``. Each stands above all rooms that it imports;
an arrow that others imply (a room reached through a third one) is not drawn.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterable, Mapping
from functools import cache
from itertools import pairwise
from pathlib import Path
from xml.sax.saxutils import escape

ROOT = Path(__file__).resolve().parents[1]
PICTURE = ROOT / "docs" / "pictures" / "architecture.svg"

# -------------------------------------------------------------------------------- imports


def modules(package: Path = ROOT / "sklearn_trm") -> dict[str, Path]:
    """Dotted names inside a package, "" for the package itself."""
    out = {}
    for path in sorted(package.rglob("*.py")):
        parts = path.relative_to(package).with_suffix("").parts
        out[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return out


def imports(name: str, path: Path, known: Mapping[str, Path]) -> set[str]:
    """Modules of the package that a module imports, anywhere in it, also inside functions."""
    folder = name.split(".") if path.stem == "__init__" else name.split(".")[:-1]
    out = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.level:
            base = folder[: len(folder) - node.level + 1] + (node.module or "").split(".")
            home = ".".join(part for part in base if part)
            inside = {alias.name: f"{home}.{alias.name}".lstrip(".") for alias in node.names}
            out |= {full if full in known else home for full in inside.values()}
    return out - {name}


def room(module: str) -> str:
    """The room that a module is in."""
    return module.split(".")[0] or "__init__"


def rooms() -> dict[str, set[str]]:
    """The rooms, each with those that it imports."""
    known = modules()
    out: dict[str, set[str]] = {room(name): set() for name in known}
    for name, path in known.items():
        out[room(name)] |= {room(other) for other in imports(name, path, known)} - {room(name)}
    return out


def circles(below: Mapping[str, Iterable[str]]) -> list[list[str]]:
    """What reaches itself, as one circle each."""
    found: list[list[str]] = []
    done: set[str] = set()

    def visit(name: str, way: list[str]) -> None:
        if name in way:
            found.append(way[way.index(name) :])
        elif name not in done:
            for other in sorted(below.get(name, ())):
                visit(other, [*way, name])
            done.add(name)

    for name in below:
        visit(name, [])
    return found


def floors(below: Mapping[str, Iterable[str]]) -> dict[str, int]:
    """How many rooms stand on the longest chain down from each, itself counted.

    Raises
    ------
    ValueError
        If rooms import each other in a circle.
    """
    if ring := circles(below):
        raise ValueError("imports in a circle: " + " -> ".join(ring[0]))

    @cache
    def floor(name: str) -> int:
        return 1 + max((floor(other) for other in below.get(name, ())), default=0)

    return {name: floor(name) for name in below}


def direct(below: Mapping[str, set[str]]) -> dict[str, set[str]]:
    """The arrows that no others imply."""

    @cache
    def reached(name: str) -> frozenset[str]:
        return frozenset().union(*({other} | reached(other) for other in below[name]))

    return {
        name: {o for o in others if not any(o in reached(p) for p in others)}
        for name, others in below.items()
    }


def purpose(name: str) -> str:
    """First line of a room's docstring."""
    path = ROOT / "sklearn_trm" / name
    path = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
    text = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    return text.split("\n")[0].rstrip(".")


# -------------------------------------------------------------------------------- drawing

_WIDE, _HIGH, _ACROSS, _DOWN, _LETTERS = 254, 66, 28, 40, 38
_INK, _SOFT, _LINE, _PAPER = "#1d2b3e", "#526276", "#8fa3bd", "#ffffff"
_FILL, _EDGE = {True: "#eaf1fb", False: "#f6f6f3"}, {True: "#4a6fa5", False: "#b9b9ae"}


def chains(arrows: Mapping[str, set[str]], level: Mapping[str, int]) -> list[list[str]]:
    """Each arrow with its stops: a room, a place on every floor that it passes, a room."""
    return [
        [a, *(f"{a}>{b}>{floor}" for floor in range(level[a] - 1, level[b], -1)), b]
        for a in sorted(arrows) for b in sorted(arrows[a])
    ]  # fmt: skip


def layers(ways: list[list[str]], level: Mapping[str, int]) -> list[list[str]]:
    """Rooms and stops by floor, the top one first, with few crossings.

    Within a floor they go by the middle of their neighbours, some times up and down.
    """
    floor = dict(level) | {s: int(s.split(">")[2]) for way in ways for s in way[1:-1]}
    rows = [sorted(n for n in floor if floor[n] == k) for k in range(max(level.values()), 0, -1)]
    ties = [tie for way in ways for tie in pairwise(way)]
    for turn in range(24):
        order = range(1, len(rows)) if turn % 2 == 0 else range(len(rows) - 2, -1, -1)
        for i in order:
            near = rows[i - 1 if turn % 2 == 0 else i + 1]
            spot = {name: (k + 0.5) / len(near) for k, name in enumerate(near)}
            middle = {}
            for k, name in enumerate(rows[i]):
                ends = [spot[o] for tie in ties if name in tie for o in tie if o in spot]
                middle[name] = sum(ends) / len(ends) if ends else (k + 0.5) / len(rows[i])
            rows[i].sort(key=middle.__getitem__)
    return [row for row in rows if row]


def places(rows: list[list[str]], ways: list[list[str]]) -> dict[str, float]:
    """Middles of rooms and stops from left to right: near their neighbours, never too close."""
    near: dict[str, list[str]] = {name: [] for row in rows for name in row}
    for way in ways:
        for a, b in pairwise(way):
            # what passes floors shall be straight: ties between its stops pull more
            near[a] += [b] * (4 if ">" in a and ">" in b else 1)
            near[b] += [a] * (4 if ">" in a and ">" in b else 1)
    half = {name: 8 if ">" in name else _WIDE / 2 for name in near}
    x = {name: (k - (len(row) - 1) / 2) * (_WIDE + _ACROSS) for row in rows
         for k, name in enumerate(row)}  # fmt: skip
    for _ in range(200):
        for row in rows:
            want = [sum(x[o] for o in near[n]) / len(near[n]) if near[n] else x[n] for n in row]
            left, right = list(want), list(want)
            for k in range(1, len(row)):
                gap = half[row[k - 1]] + half[row[k]] + _ACROSS
                left[k] = max(left[k], left[k - 1] + gap)
            for k in range(len(row) - 2, -1, -1):
                gap = half[row[k + 1]] + half[row[k]] + _ACROSS
                right[k] = min(right[k], right[k + 1] - gap)
            x |= {name: (a + b) / 2 for name, a, b in zip(row, left, right, strict=True)}
    least = min(x[name] - half[name] for name in x)
    return {name: round(x[name] - least + _ACROSS) for name in x}


def wrapped(text: str) -> list[str]:
    """A text in two lines; dots where it goes on."""
    lines = [""]
    for word in text.replace("`", "").split():
        if len(lines[-1]) + len(word) + 1 <= _LETTERS:
            lines[-1] = f"{lines[-1]} {word}".strip()
        else:
            lines.append(word)
    return (
        lines
        if len(lines) <= 2
        else [lines[0], lines[1].rstrip(",:;") + " \N{HORIZONTAL ELLIPSIS}"]
    )


def box(name: str, x: float, y: float) -> str:
    """A room with its name and what may live there."""
    folder = (ROOT / "sklearn_trm" / name).is_dir()
    lines = "".join(
        f'<text x="{x:.0f}" y="{y + 38 + 15 * i:.0f}" font-size="11.5" fill="{_SOFT}">'
        f"{escape(line)}</text>"
        for i, line in enumerate(wrapped(purpose(name)))
    )
    return (
        f'<g text-anchor="middle"><rect x="{x - _WIDE / 2:.0f}" y="{y:.0f}" width="{_WIDE}" '
        f'height="{_HIGH}" rx="8" fill="{_FILL[folder]}" stroke="{_EDGE[folder]}" '
        f'stroke-width="1.3"/><text x="{x:.0f}" y="{y + 20:.0f}" font-size="14.5" '
        f'font-weight="bold" fill="{_INK}">{name}{"/" if folder else ".py"}</text>{lines}</g>'
    )


def picture() -> str:
    """The rooms as SVG, the public face on top; on the ground what every room may import."""
    below = rooms()
    ground = sorted(name for name in below if not below[name])
    above = {name: others - set(ground) for name, others in below.items() if name not in ground}
    level, arrows = floors(above), direct(above)
    ways = chains(arrows, level)
    rows = layers(ways, level)
    x = places(rows, ways)
    y = {name: 20 + i * (_HIGH + _DOWN) for i, row in enumerate(rows) for name in row}
    base = 20 + len(rows) * (_HIGH + _DOWN) + 6
    width = max([x[n] + _WIDE / 2 for n in level] + [len(ground) * (_WIDE + _ACROSS)]) + _ACROSS
    shift = (width - _ACROSS - max(x[n] + _WIDE / 2 for n in level)) / 2
    x = {name: place + shift for name, place in x.items()}
    height = base + _HIGH + 20
    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height}" '
        'font-family="DejaVu Sans, Verdana, sans-serif">',
        f'<rect width="{width:.0f}" height="{height}" fill="{_PAPER}"/>',
        '<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" '
        f'markerHeight="7" orient="auto"><path d="M0,0.5 L8,4 L0,7.5 z" fill="{_LINE}"/></marker>'
        "</defs>",
        f'<path d="M{_ACROSS / 2},{base - 20} H{width - _ACROSS / 2:.0f}" stroke="{_EDGE[False]}" '
        'stroke-dasharray="5 5"/>',
    ]

    def along(name: str, others: Iterable[str]) -> dict[str, float]:
        """Where arrows leave or reach a room, side by side."""
        ends = sorted(others, key=lambda other: x[other])
        return {o: x[name] + 24 * (k - (len(ends) - 1) / 2) for k, o in enumerate(ends)}

    leave = {a: along(a, [w[1] for w in ways if w[0] == a]) for a in level}
    reach = {b: along(b, [w[-2] for w in ways if w[-1] == b]) for b in level}
    bend = round(_DOWN * 0.6)
    for stops in ways:
        u, v = leave[stops[0]][stops[1]], y[stops[0]] + _HIGH
        way = f"M{u:.0f},{v}"
        for before, stop in pairwise(stops):
            end = stop == stops[-1]
            s = reach[stop][before] if end else x[stop]
            way += f" C{u:.0f},{v + bend} {s:.0f},{y[stop] - bend} {s:.0f},{y[stop]}"
            u, v = s, y[stop] + _HIGH
            way += "" if end else f" V{v}"
        out.append(
            f'<path d="{way}" fill="none" stroke="{_LINE}" stroke-width="1.6" '
            'marker-end="url(#tip)"/>'
        )
    out += [box(name, x[name], y[name]) for name in sorted(level)]
    for k, name in enumerate(ground):
        out.append(box(name, width / 2 + (k - (len(ground) - 1) / 2) * (_WIDE + _ACROSS), base))
    return "\n".join([*out, "</svg>", ""])


def main() -> None:
    """Write the picture, or check it."""
    new = picture()
    if "--check" not in sys.argv[1:]:
        PICTURE.write_text(new, encoding="utf-8")
    elif not PICTURE.exists() or PICTURE.read_text(encoding="utf-8") != new:
        raise SystemExit("the picture is not of these imports: run python docs/architecture.py")


if __name__ == "__main__":
    main()
