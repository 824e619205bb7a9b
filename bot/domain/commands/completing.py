"""What a form completes: a command whose text lacks something, or that needs a confirmation."""

from bot.domain.commands.grammar import Incomplete, read
from bot.domain.commands.registry import BY_CLASS, Explain


def completing(text: str) -> Incomplete | None:
    """Read a canonical text as what a form completes; None for a command that has no form."""
    reading = read(text)
    if isinstance(reading, Incomplete):
        return reading
    spec = None if isinstance(reading, Explain) else BY_CLASS.get(type(reading))  # type: ignore[arg-type]  # what is no command has no spec
    if spec is None or not spec.required:
        return None
    return Incomplete(spec, tuple(sorted(spec.texts(reading).items())))


def without(incomplete: Incomplete, name: str) -> Incomplete:
    """Leave one field to the form."""
    given = tuple(each for each in incomplete.given if each[0] != name)
    return Incomplete(incomplete.spec, given)
