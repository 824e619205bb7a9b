"""The menu, help, and what is said of a text that is no command."""

from bot.cards.kit import Button, Card, Line, bold, card, code, item, line, words
from bot.domain.commands.grammar import Incomplete, Misunderstood, Planned
from bot.domain.commands.registry import BY_WORDS, COMMANDS, Spec
from bot.domain.outcomes.general import HelpGiven, MenuOffered


def menu(outcome: MenuOffered) -> Card:
    """A bare `/cld`."""
    return card(
        line("Hello ", bold(outcome.person.name), ". Keysmith looks after Cloudinary credentials."),
        line("Press one, or type ", code("/cld help"), ". Only you see the answers."),
        buttons=[Button(_label(text), text) for text in outcome.texts],
    )


def _label(text: str) -> str:
    spec = BY_WORDS.get(tuple(text.split()))
    return (spec and spec.label) or text.capitalize()


def helped(outcome: HelpGiven) -> Card:
    """All commands, or those of one noun."""
    topic = (outcome.topic or "").casefold()
    chosen = [spec for spec in COMMANDS if topic in {"", spec.words[0], spec.words[-1]}]
    lines = [line(bold("Keysmith"), " runs Cloudinary credentials. Only you see its answers.")]
    if not chosen:
        lines.append(line("There is no help on ", code(topic), ". This is all of it:"))
    lines += [_usage(spec) for spec in chosen or COMMANDS]
    lines.append(
        item(code("/cld explain <command>"), " who could run it, who would agree, and why")
    )
    lines.append(line('Names with spaces go in "double quotes". A key also goes by its API key.'))
    return card(*lines)


def _usage(spec: Spec) -> Line:
    return item(code(spec.usage), f" {spec.summary}")


def misunderstood(outcome: Misunderstood) -> Card:
    """What is wrong, and the nearest right form."""
    lines = [words(f"{outcome.problem} Nothing was done.")]
    if outcome.hint:
        lines.append(line("Did you mean ", code(outcome.hint), "?"))
    return card(*lines, line("All commands: ", code("/cld help")))


def planned(outcome: Planned) -> Card:
    """Known, but not in this version."""
    return card(
        line(code(f"/cld {outcome.words}"), " is not available in this version. Nothing was done."),
        line("What is: ", code("/cld help")),
    )


def incomplete(outcome: Incomplete) -> Card:
    """What is missing, where no form can be opened."""
    return card(
        line("Something is missing. Nothing was done."),
        line("It goes like this: ", code(outcome.spec.usage)),
    )


def not_offered() -> Card:
    """A press that asks for nothing any more."""
    return card(
        words("This button no longer works: it is too old, or it was made for somebody else."),
        words("Nothing was done. Ask anew, for example with `/cld help`."),
    )
