#!/usr/bin/env python3
"""Draws the tray's icons: one ring, and what becomes of it in each state.

    draw.py symbolic NAME        the SVG that a desktop recolours, on a grid of 16
    draw.py pixmap NAME SIZE     the same in colour with an outline, hinted for that size
    draw.py template NAME        black and nothing else, on a grid of 22, for macOS
    draw.py names                all names, one a line

All shapes are filled paths: a desktop recolours fills, not strokes. A shape's class says which
colour of the theme it takes; without one it takes that of the panel's text.
"""

import math
import sys

NAMES = """running stopped starting stopping stop-overdue unhealthy crashed crash-looping
failed-start foreign unknown not-configured job-failed""".split()

# Nothing tells the colour of the panel. These have a contrast of 3 and more with a light one
# (#f6f5f4) and with a dark one (#2e2e2e), so that what is full looks full on both.
COLOURS = {
    "ink": "#8a8a8a",
    "success": "#1f9d55",
    "info": "#3d8ae6",
    "warning": "#c98200",
    "error": "#ea4b50",
}
# What KDE calls the colours that GTK knows by the names used here.
KDE = {"ink": "Text", "warning": "NeutralText", "error": "NegativeText"}
OUTLINE = "#1d1d1d"
# What the ring is coloured in where nothing else has a colour; the form says it already.
INK = {
    "running": "success",
    "unhealthy": "success",
    "starting": "info",
    "stopping": "info",
    "stop-overdue": "info",
}


class Grid:
    """The measures for one size, on whole pixels where that keeps an edge sharp."""

    def __init__(self, size):
        self.size = size
        self.middle = size / 2
        # Of the ring: outer radius and thickness. One pixel is left for the outline.
        self.outer = {16: 7, 22: 10, 24: 11}[size]
        self.thick = {16: 2, 22: 3, 24: 3}[size]
        self.inner = self.outer - self.thick
        # Of the badge at the lower right: middle, radius, and the gap around it.
        self.badge = {16: (12, 12), 22: (16.5, 16.5), 24: (18, 18)}[size]
        self.badge_radius = {16: 3, 22: 4, 24: 4.5}[size]
        self.gap = {16: 1.25, 22: 1.75, 24: 1.75}[size]


def number(value):
    return f"{value:.3f}".rstrip("0").rstrip(".")


def at(middle, radius, degrees):
    """A point of a circle; 0 is at the top, and it goes on clockwise."""
    angle = math.radians(degrees)
    return (middle[0] + radius * math.sin(angle), middle[1] - radius * math.cos(angle))


def point(place):
    return f"{number(place[0])} {number(place[1])}"


def arc(radius, place, large, clockwise):
    radius = number(radius)
    return f"A{radius} {radius} 0 {int(large)} {int(clockwise)} {point(place)}"


def circle(middle, radius):
    """A full circle as a path, so that it can be part of one."""
    top, bottom = at(middle, radius, 0), at(middle, radius, 180)
    return f"M{point(top)}{arc(radius, bottom, 0, 1)}{arc(radius, top, 0, 1)}z"


def polygon(*places):
    return "M" + "L".join(point(place) for place in places) + "z"


def piece(middle, outer, inner, start, end):
    """A piece of a ring, clockwise from one angle to the other."""
    large = end - start > 180
    return (
        f"M{point(at(middle, outer, start))}{arc(outer, at(middle, outer, end), large, 1)}"
        f"L{point(at(middle, inner, end))}{arc(inner, at(middle, inner, start), large, 0)}z"
    )


def meeting(middle, radius, other, other_radius):
    """The angles at which a circle enters another one and leaves it, clockwise."""
    dx, dy = other[0] - middle[0], other[1] - middle[1]
    distance = math.hypot(dx, dy)
    towards = math.degrees(math.atan2(dx, -dy))
    cosine = (radius**2 + distance**2 - other_radius**2) / (2 * radius * distance)
    half = math.degrees(math.acos(max(-1, min(1, cosine))))
    return towards - half, towards + half


def bitten_disc(middle, radius, bite, bite_radius):
    enter, leave = meeting(middle, radius, bite, bite_radius)
    start, end = at(middle, radius, leave), at(middle, radius, enter + 360)
    return f"M{point(start)}{arc(radius, end, 1, 1)}{arc(bite_radius, start, 0, 0)}z"


def bitten_ring(middle, outer, inner, bite, bite_radius):
    enter, leave = meeting(middle, outer, bite, bite_radius)
    enter_in, leave_in = meeting(middle, inner, bite, bite_radius)
    start, end = at(middle, outer, leave), at(middle, outer, enter)
    return (
        f"M{point(start)}{arc(outer, end, 1, 1)}"
        f"{arc(bite_radius, at(middle, inner, enter_in), 0, 0)}"
        f"{arc(inner, at(middle, inner, leave_in), 1, 0)}"
        f"{arc(bite_radius, start, 0, 0)}z"
    )


def cross(middle, reach, width):
    """An X: arms to the corners of a square."""
    x, y = middle
    half = width / math.sqrt(2)
    return polygon(
        (x, y - half), (x + reach - half, y - reach), (x + reach, y - reach + half),
        (x + half, y), (x + reach, y + reach - half), (x + reach - half, y + reach),
        (x, y + half), (x - reach + half, y + reach), (x - reach, y + reach - half),
        (x - half, y), (x - reach, y - reach + half), (x - reach + half, y - reach),
    )


def bow(middle, radius):
    """The left half of a disc."""
    bottom = at(middle, radius, 180)
    return f"M{point(bottom)}{arc(radius, at(middle, radius, 0), 0, 1)}z"


def head(grid):
    """The arrow head at the top of the ring, which points clockwise."""
    x, y = grid.middle, grid.middle - grid.outer + 0.375 * grid.thick
    reach = 0.14 * grid.size
    return polygon((x - 1, y - reach), (x + reach * 1.5, y), (x - 1, y + reach))


def question_mark(grid):
    unit = grid.size / 16
    x, y = grid.middle, grid.middle - 1.25 * unit
    outer, thick = 2.5 * unit, 1.6 * unit
    half = thick / 2
    return [
        piece((x, y), outer, outer - thick, -90, 180),
        polygon((x - half, y + outer - thick), (x + half, y + outer - thick),
                (x + half, y + 3.2 * unit), (x - half, y + 3.2 * unit)),
        polygon((x - half, y + 4 * unit), (x + half, y + 4 * unit),
                (x + half, y + 5.4 * unit), (x - half, y + 5.4 * unit)),
    ]


def hands(grid):
    """The hands of a clock at three."""
    unit = grid.size / 16
    x, y, half = grid.middle, grid.middle, 1.3 * unit
    x, y, reach = x - half, y + half, grid.inner + 0.5
    return polygon(
        (x - half, y - half - reach), (x + half, y - half - reach), (x + half, y - half),
        (x + half + reach, y - half), (x + half + reach, y + half), (x - half, y + half),
    )


def two(grid):
    """Two rings, one in front of the other: their middles, outer and inner radius."""
    outer = round(9.5 * grid.size / 16) / 2
    far, near = grid.middle - grid.outer + outer, grid.middle + grid.outer - outer
    return (far, far), (near, near), outer, outer - grid.thick * 0.9


def foreign(grid):
    far, near, outer, inner = two(grid)
    back = bitten_ring(far, outer, inner, near, outer + grid.gap * 0.8)
    return [("ink", back), ("ink", circle(near, outer) + circle(near, inner))]


def triangle(grid):
    """The badge of a warning."""
    (x, y), r = grid.badge, grid.badge_radius
    return polygon((x, y - r - 0.5), (x + r + 0.5, y + r), (x - r - 0.5, y + r))


def drawn(name, grid):
    """The shapes of an icon, as pairs of colour and path."""
    middle, outer, inner = (grid.middle, grid.middle), grid.outer, grid.inner
    badge, bite = grid.badge, grid.badge_radius + grid.gap
    unit = grid.size / 16
    ring = circle(middle, outer) + circle(middle, inner)
    half = bow(middle, inner + 0.5)
    match name:
        case "running":
            return [("ink", circle(middle, outer))]
        case "stopped":
            return [("ink", ring)]
        case "starting":
            return [
                ("ink", piece(middle, outer, inner, 0, 270)),
                ("ink", circle(middle, 2 * unit)),
            ]
        case "stopping":
            return [("ink", ring), ("ink", half)]
        case "stop-overdue":
            return [
                ("ink", bitten_ring(middle, outer, inner, badge, bite)),
                ("ink", half),
                ("warning", triangle(grid)),
            ]
        case "unhealthy":
            return [
                ("ink", bitten_disc(middle, outer, badge, bite)),
                ("warning", triangle(grid)),
            ]
        case "crashed":
            width = 2.6 * unit
            free = math.degrees(math.asin((width / 2 + grid.gap * 0.8) / outer))
            return [
                ("ink", piece(middle, outer, inner, turn - 45 + free, turn + 45 - free))
                for turn in (0, 90, 180, 270)
            ] + [("error", cross(middle, outer * 0.93, width))]
        case "crash-looping":
            return [
                ("ink", piece(middle, outer, outer - 0.75 * grid.thick, 80, 355)),
                ("ink", head(grid)),
                ("error", cross(middle, 3.5 * unit, 2.5 * unit)),
            ]
        case "failed-start":
            return [
                ("ink", bitten_ring(middle, outer, inner, badge, bite)),
                ("error", circle(badge, grid.badge_radius)),
            ]
        case "job-failed":
            return [("ink", ring), ("error", hands(grid))]
        case "foreign":
            return foreign(grid)
        case "unknown":
            return [("ink", ring)] + [("ink", path) for path in question_mark(grid)]
        case "not-configured":
            step = 360 / 6
            return [
                ("ink", piece(middle, outer, inner, turn * step - 19, turn * step + 19))
                for turn in range(6)
            ]
    raise SystemExit(f"no icon '{name}'")


def svg(size, body, unit=""):
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{size}{unit}" height="{size}{unit}" '
        f'viewBox="0 0 {size} {size}">\n{body}</svg>'
    )


def paths(shapes, colours, classes=False):
    lines = ""
    for colour, path in shapes:
        names = ([] if colour == "ink" else [colour]) + [f"ColorScheme-{KDE[colour]}"]
        kind = f' class="{" ".join(names)}"' if classes else ""
        lines += f'  <path{kind} fill="{colours[colour]}" fill-rule="evenodd" d="{path}"/>\n'
    return lines


def around(name, grid):
    """The disc or the discs that an icon lies in, but for badge and arrow head."""
    if name != "foreign":
        return [circle((grid.middle, grid.middle), grid.outer)]
    far, near, outer, _ = two(grid)
    return [bitten_disc(far, outer, near, outer), circle(near, outer)]


def outlined(name, size):
    """In colour, on the grid that fits, with a thin dark edge that lifts it off any panel."""
    grid = Grid(next(size // times for times in (1, 2) if size // times in (16, 22, 24)))
    shapes = drawn(name, grid)
    edge = "".join(f'    <path d="{path}"/>\n' for _, path in shapes)
    # Around the whole and not within it, where it would fill the gaps.
    whole = f"M-1-1H{grid.size + 1}V{grid.size + 1}H-1z" + "".join(around(name, grid))
    edge = (
        f'  <clipPath id="around"><path clip-rule="evenodd" d="{whole}"/></clipPath>\n'
        f'  <g clip-path="url(#around)" fill="none" stroke="{OUTLINE}" stroke-opacity="0.6" '
        f'stroke-width="1.6" stroke-linejoin="round">\n{edge}  </g>\n'
    )
    colours = COLOURS | {"ink": COLOURS[INK.get(name, "ink")]}
    return svg(grid.size, edge + paths(shapes, colours))


def main(what, name="", size="16"):
    match what:
        case "names":
            print("\n".join(NAMES))
        case "symbolic":
            print(svg(16, paths(drawn(name, Grid(16)), COLOURS, classes=True)))
        case "template":
            black = dict.fromkeys(COLOURS, "#000")
            print(svg(22, paths(drawn(name, Grid(22)), black)))
        case "pixmap":
            print(outlined(name, int(size)))
        case _:
            raise SystemExit(__doc__)


if __name__ == "__main__":
    main(*sys.argv[1:])
