"""Draws charts as a PNG: a program of its own, `python -m bot.adapters.chart`.

It reads panels as JSON from standard input, and writes the picture to standard output. So the
plotting library, an optional extra, costs no process of the bot memory, and can be ended.
"""

import importlib
import io
import json
import sys
from dataclasses import dataclass
from typing import Any, Final

WIDTH: Final = 10.0
"""Inches; a phone shows the picture as wide as itself."""
ROW: Final = 0.32
"""Inches of height for each row."""
HEAD: Final = 0.9
"""Inches of height for a panel's title."""
DPI: Final = 120
COLOR: Final = "#1f3a5f"
MOST_TEXT: Final = 40
"""Characters of a label."""


@dataclass(frozen=True)
class Panel:
    """One chart: a title, and a row for each label."""

    title: str
    rows: tuple[tuple[str, int], ...]


def draw(panels: list[Panel]) -> bytes:
    """Draw the panels, one below the other. Raises `ImportError` without the library."""
    matplotlib: Any = importlib.import_module("matplotlib")
    figures: Any = importlib.import_module("matplotlib.figure")
    matplotlib.rcParams["text.parse_math"] = False  # a name is no formula
    heights = [HEAD + ROW * len(panel.rows) for panel in panels]
    figure = figures.Figure(figsize=(WIDTH, sum(heights)), layout="constrained")
    axes = figure.subplots(len(panels), 1, squeeze=False, height_ratios=heights)
    for panel, (axis,) in zip(panels, axes, strict=True):
        _rows(axis, panel)
    out = io.BytesIO()
    figure.savefig(out, format="png", dpi=DPI)
    return out.getvalue()


def _rows(axis: Any, panel: Panel) -> None:  # the library is no dependency
    places = range(len(panel.rows))
    axis.barh(places, [count for _, count in panel.rows], color=COLOR)
    for place, (_, count) in zip(places, panel.rows, strict=True):
        axis.text(count, place, f"  {count}", va="center", fontsize=11)
    axis.set_yticks(places, [label[:MOST_TEXT] for label, _ in panel.rows], fontsize=11)
    axis.invert_yaxis()
    axis.set_title(panel.title, loc="left", fontsize=13, fontweight="bold")
    axis.set_xticks([])
    axis.margins(x=0.1)
    for side in ("top", "right", "bottom"):
        axis.spines[side].set_visible(False)


def main() -> None:
    """Read panels, write a picture."""
    found = json.load(sys.stdin)
    panels = [Panel(title, tuple((label, count) for label, count in rows)) for title, rows in found]
    sys.stdout.buffer.write(draw(panels))


if __name__ == "__main__":
    main()
