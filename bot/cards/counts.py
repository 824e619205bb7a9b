"""Counts in words: one request, two requests."""


def counted(number: int, one: str, many: str = "") -> str:
    """Write a number with its noun; `many` where an s is not enough."""
    return f"{number} {one if number == 1 else many or f'{one}s'}"


def entries(number: int) -> str:
    """Count entries of the audit log."""
    return counted(number, "entry", "entries")
