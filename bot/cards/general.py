"""Cards that belong to no noun: the menu, text that is no command, failures."""

from typing import Final, assert_never

from bot.cards.checks import examined
from bot.cards.faults import failed
from bot.cards.help import help_card
from bot.cards.kit import MAX_LABEL, Button, Card, Text, bold, card, line, msg, plural
from bot.domain.commands.grammar import Incomplete, Misunderstood, write
from bot.domain.commands.readings import TYPED
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

LABELS: Final = {
    "request": msg("Request credentials…"),
    "claim": msg("Collect credentials"),
    "requests mine": msg("Show my requests"),
    "requests pending": msg("Show requests to decide"),
    "key list": msg("List keys"),
    "key disable": msg("Disable a key…"),
    "env list": msg("List environments"),
    "user list": msg("List users"),
    "group list": msg("List groups"),
    "user offboard": msg("Offboard a person…"),
}
"""By the text of a command: its button in the menu and in App Home."""
SHORT: Final = 3
"""Buttons of a menu that needs no way to more."""


def general_card(outcome: GeneralOutcome) -> Card:
    """Draw an outcome that belongs to no noun."""
    match outcome:
        case MenuOffered() | HelpGiven() | Examined():
            return _shown(outcome)
        case OfferedPrivately(text):
            command = Text(unescape(text))
            return card(
                line(msg("To run `/cld {command}`, press the button.", command=command)),
                line(msg("Only you can see this message and the answer.")),
                buttons=[Button(msg("Run command"), text, style="primary")],
            )
        case NotOffered():
            return card(
                line(msg("This button has expired, or belongs to another person.")),
                line(msg("Nothing changed. Run the command again: `/cld help`")),
            )
        case TooFast(seconds):
            return _too_fast(seconds)
        case Repeated():
            return card(
                line(msg("This command has already run. Nothing changed now.")),
                line(msg("If its answer didn't reach you, check `/cld requests`.")),
            )
        case Incomplete():
            return _incomplete(outcome)
        case Misunderstood():
            return _misunderstood(outcome)
        case Failed():
            return failed(outcome)
        case _:
            assert_never(outcome)


def _shown(outcome: MenuOffered | HelpGiven | Examined) -> Card:
    if isinstance(outcome, MenuOffered):
        return _menu(outcome)
    if isinstance(outcome, Examined):
        return examined(outcome.findings)
    return help_card((outcome.topic or "").casefold())


def _too_fast(seconds: int) -> Card:
    return card(
        line(
            plural(
                "Too many commands at once. Nothing changed. Try again in {count} second.",
                "Too many commands at once. Nothing changed. Try again in {count} seconds.",
                seconds,
            )
        ),
        line(msg("You can still disable a key, and deny, withdraw or cancel a request.")),
    )


def _incomplete(outcome: Incomplete) -> Card:
    """Say what to type, with a button that opens the form."""
    usage = line(msg("Usage: `{usage}`", usage=Text(outcome.spec.usage)))
    if outcome.unclear and not outcome.protects:
        return card(
            line(msg("It's not clear where the name ends and your text begins. Nothing changed.")),
            usage,
            buttons=[Button(msg("Check and continue…"), write(outcome))],
        )
    return card(
        line(msg("Something is missing. Nothing changed.")),
        usage,
        buttons=[Button(msg("Open form…"), write(outcome), style="primary")],
    )


def _misunderstood(outcome: Misunderstood) -> Card:
    """Say what is wrong; a suggestion is a button with the text of its command."""
    hint, usage, buttons = outcome.hint, outcome.usage, list[Button]()
    if hint:
        short = len(hint) <= MAX_LABEL - len("Run ")
        run = msg("Run `{command}`", command=Text(hint)) if short else msg("Run this command")
        buttons = [Button(run, escape(hint.removeprefix(TYPED)))]
    if outcome.suspect:
        buttons = [Button(msg("It's not a secret"), outcome.suspect, suspect=True)]
    return card(
        line(msg("{problem} Nothing changed.", problem=outcome.problem)),
        line(msg("Did you mean `{command}`?", command=Text(hint))) if hint else None,
        line(msg("Usage: `{usage}`", usage=Text(usage))) if usage else None,
        line(msg("If it isn't one, press “It's not a secret” within ten minutes to go on."))
        if outcome.suspect
        else line(msg("Available commands: `/cld help`")),
        buttons=buttons,
    )


def _menu(outcome: MenuOffered) -> Card:
    """Greet a person, and offer what they do most."""
    more = msg("More") if len(outcome.texts) > SHORT else msg("Help")
    labels = LABELS | {"help": more}
    return card(
        line(msg("Hello {name}.", name=bold(outcome.person.name))),
        line(msg("With Keysmith you manage Cloudinary credentials. Only you see the answers.")),
        line(msg("Choose what to do, or type `/cld help`.")),
        buttons=[Button(labels[text], text) for text in outcome.texts],
    )
