"""The picture of a request's states; `python -m tests.rooms.request_picture` draws it."""

from collections import defaultdict

from bot.domain.requests.machine import OVER, TRANSITIONS, Event, State

Way = tuple[State, State, str]
"""From, to, and by whom."""


def picture() -> str:
    """Draw it, for Mermaid: https://mermaid.js.org/syntax/stateDiagram.html."""
    drawn = [f"{before} --> {after}: {what} ({by})" for (before, after, by), what in _ways()]
    ends = [f"{state} --> [*]" for state in State if state in OVER]
    return "\n    ".join(["stateDiagram-v2", f"[*] --> {State.DRAFT}", *drawn, *ends])


def _ways() -> list[tuple[Way, str]]:
    """Events that lead the same way by the same hands share an arrow."""
    ways: dict[Way, list[Event]] = defaultdict(list)
    for (before, event), transition in TRANSITIONS.items():
        ways[before, transition.to, " or ".join(sorted(transition.by))].append(event)
    return [(way, ", ".join(events)) for way, events in ways.items()]


if __name__ == "__main__":
    print(picture())  # noqa: T201  # to be pasted
