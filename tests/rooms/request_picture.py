"""The picture of a request's states; `python -m tests.rooms.request_picture` draws it."""

from collections import defaultdict

from bot.domain.requests.machine import OVER, TRANSITIONS, Event, State

Arrow = tuple[State, State, str]
"""From, to, and by whom."""


def picture() -> str:
    """Draw the picture for Mermaid: https://mermaid.js.org/syntax/stateDiagram.html."""
    drawn = [f"{before} --> {after}: {what} ({by})" for (before, after, by), what in _arrows()]
    ends = [f"{state} --> [*]" for state in State if state in OVER]
    return "\n    ".join(["stateDiagram-v2", f"[*] --> {State.DRAFT}", *drawn, *ends])


def _arrows() -> list[tuple[Arrow, str]]:
    """Events between the same states by the same people share an arrow."""
    arrows: dict[Arrow, list[Event]] = defaultdict(list)
    for (before, event), transition in TRANSITIONS.items():
        arrows[before, transition.to, " or ".join(sorted(transition.by))].append(event)
    return [(arrow, ", ".join(events)) for arrow, events in arrows.items()]


if __name__ == "__main__":
    print(picture())  # noqa: T201  # to be pasted
