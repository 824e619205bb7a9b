"""The pictures of states; `python -m tests.rooms.request_picture` draws them."""

from collections import defaultdict
from collections.abc import Iterable

from bot.domain.requests.machine import OVER, TRANSITIONS, State
from bot.domain.rotation import FINAL, STEPS, Phase

Arrow = tuple[str, str, str]
"""From, to, and by whom."""
Table = Iterable[tuple[tuple[str, str], tuple[str, Iterable[str]]]]
"""For a state and an event, the state after it and by whom."""


def picture() -> str:
    """Draw the states of a request."""
    return _drawn(TRANSITIONS.items(), State.DRAFT, [state for state in State if state in OVER])


def rotation() -> str:
    """Draw the phases of a rotation."""
    return _drawn(STEPS.items(), Phase.PLANNED, [phase for phase in Phase if phase in FINAL])


def _drawn(table: Table, start: str, over: Iterable[str]) -> str:
    """Draw for Mermaid: https://mermaid.js.org/syntax/stateDiagram.html."""
    drawn = [f"{before} --> {to}: {what} ({by})" for (before, to, by), what in _arrows(table)]
    ends = [f"{state} --> [*]" for state in over]
    return "\n    ".join(["stateDiagram-v2", f"[*] --> {start}", *drawn, *ends])


def _arrows(table: Table) -> list[tuple[Arrow, str]]:
    """Events between the same states by the same people share an arrow."""
    arrows: dict[Arrow, list[str]] = defaultdict(list)
    for (before, event), (to, by) in table:
        arrows[before, to, " or ".join(sorted(by))].append(event)
    return [(arrow, ", ".join(events)) for arrow, events in arrows.items()]


if __name__ == "__main__":
    print(picture(), rotation(), sep="\n\n")  # noqa: T201  # to be pasted
