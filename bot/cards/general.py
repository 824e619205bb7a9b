"""Cards that belong to no noun: the menu, help, text that is no command, failures."""

from typing import assert_never

from bot.cards.checks import examined
from bot.cards.faults import failed
from bot.cards.kit import Button, Card, bold, card, code, item, line, words
from bot.domain.commands.grammar import Incomplete, Misunderstood, Planned, write
from bot.domain.commands.readings import TYPED
from bot.domain.commands.registry import BY_WORDS, COMMANDS
from bot.domain.commands.text import escape, unescape
from bot.domain.outcomes.general import (
    Examined,
    Failed,
    GeneralOutcome,
    HelpGiven,
    MenuOffered,
    NotOffered,
    OfferedPrivately,
    Repeated,
    TooFast,
)


def general_card(outcome: GeneralOutcome) -> Card:
    """Draw an outcome that belongs to no noun."""
    match outcome:
        case MenuOffered() | HelpGiven() | Examined():
            return _shown(outcome)
        case OfferedPrivately(text):
            return card(
                line(
                    "I can run ", code(f"/cld {unescape(text)}"), " for you. Nothing is done yet."
                ),
                words("Only you can see this message and the answer."),
                buttons=[Button("Run it", text, style="primary")],
            )
        case NotOffered():
            return card(
                words("This button no longer works: it is too old, or it is for another person."),
                words("Nothing was done. Ask anew, for example with `/cld help`."),
            )
        case TooFast(seconds):
            return card(
                words(
                    f"That was too much at once. Nothing was done. Try again in {seconds} seconds."
                ),
                words("To disable a key, deny, withdraw or cancel is counted apart from the rest."),
            )
        case Repeated():
            return _repeated()
        case Incomplete():
            return _incomplete(outcome)
        case Misunderstood():
            return _misunderstood(outcome)
        case Planned(planned):
            return card(
                line(
                    code(f"/cld {planned}"), " is not available in this version. Nothing was done."
                ),
                line("What is: ", code("/cld help")),
            )
        case Failed():
            return failed(outcome)
        case _:
            assert_never(outcome)


def _shown(outcome: MenuOffered | HelpGiven | Examined) -> Card:
    if isinstance(outcome, MenuOffered):
        return _menu(outcome)
    if isinstance(outcome, Examined):
        return examined(outcome.findings)
    return _help((outcome.topic or "").casefold())


def _incomplete(outcome: Incomplete) -> Card:
    """Say what to type, with a button that opens the form."""
    usage = line("Usage: ", code(outcome.spec.usage))
    if outcome.unclear:
        return card(
            line("It is not clear where the name ends and your text begins. Nothing changed."),
            usage,
            buttons=[Button("Check and continue", write(outcome))],
        )
    return card(
        line("Something is missing. Nothing changed."),
        usage,
        buttons=[Button("Open the form", write(outcome), style="primary")],
    )


def _misunderstood(outcome: Misunderstood) -> Card:
    """Say what is wrong; a suggestion is a button with the text of its command."""
    hint, buttons = outcome.hint, list[Button]()
    if hint:
        buttons = [Button(hint, escape(hint.removeprefix(TYPED)))]
    if outcome.suspect:
        buttons = [Button("It's not a secret", outcome.suspect, suspect=True)]
    return card(
        words(f"{outcome.problem} Nothing was done."),
        line("Did you mean ", code(hint), "?") if hint else None,
        line("It goes like this: ", code(outcome.usage)) if outcome.usage else None,
        words("If it is not one, press the button within ten minutes. It runs your command.")
        if outcome.suspect
        else line("All commands: ", code("/cld help")),
        buttons=buttons,
    )


def _repeated() -> Card:
    return card(
        words("Keysmith has run this command already, and runs it once. Nothing was done now."),
        words(
            "If its answer did not reach you, type the command again, or look with `/cld requests`."
        ),
    )


def _menu(outcome: MenuOffered) -> Card:
    return card(
        line("Hello ", bold(outcome.person.name), ". Keysmith looks after Cloudinary credentials."),
        line("Press one, or type ", code("/cld help"), ". Only you see the answers."),
        buttons=[Button(_label(text), text) for text in outcome.texts],
    )


def _label(text: str) -> str:
    spec = BY_WORDS.get(tuple(text.split()))
    return str((spec and spec.label) or text.capitalize())


def _help(topic: str) -> Card:
    """List all commands, or those of one noun."""
    chosen = [spec for spec in COMMANDS if topic in {"", spec.words[0], spec.words[-1]}]
    return card(
        line(bold("Keysmith"), " runs Cloudinary credentials. Only you see its answers."),
        None if chosen else line("There is no help on ", code(topic), ". This is all of it:"),
        *(item(code(spec.usage), f" {spec.summary}") for spec in chosen or COMMANDS),
        item(
            code("/cld explain <command>"), " Who may run a command, who has to approve it, and why"
        ),
        line('Names with spaces go in "double quotes". You can also name a key by its API key.'),
        line(code("key:…"), " means an API key only, ", code("name:…"), " a name only."),
    )
