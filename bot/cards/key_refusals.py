"""Cards about keys that are not changed: protected ones, refused names, unclear ones."""

from collections.abc import Iterable, Iterator
from typing import Final

from bot.cards.confirming import no_match
from bot.cards.key_lists import named, place, summary
from bot.cards.kit import (
    MAX_LABEL,
    Button,
    Card,
    Line,
    Phrase,
    Text,
    bold,
    card,
    code,
    item,
    line,
    msg,
    plural,
)
from bot.domain.commands.completing import completing, without
from bot.domain.commands.grammar import Incomplete, render, write
from bot.domain.commands.keys import PinKey
from bot.domain.commands.registry import BY_CLASS, Command
from bot.domain.commands.text import escape
from bot.domain.environments import Environment
from bot.domain.keys import Located, ProtectionReason
from bot.domain.names import NameReason
from bot.domain.outcomes import keys as outcomes
from bot.domain.phrases import Listed, Span
from bot.domain.signing import SignerMove

_CONFIRM: Final = msg("Nothing changed. To go on, confirm with the key's name.")
_CONFIRM_STEP: Final = msg(
    "Nothing changed. To go on, confirm with the name of the key that is rotated."
)
_WOULD_SIGN: Final = msg(
    "Then {new} signs webhook notifications in {environment}, in place of {old}. Signature checks"
    " that use the secret of {old} fail."
)
_KEEP: Final = msg("To keep {old} as the signer, pin it first: `/cld {command}`")
_ASK_FIRST: Final = msg("To keep it as it is, ask an admin to pin the right key first.")
_HAND_ON: Final = msg("To choose the next signer yourself, pin it first: `/cld {command}`")
_PROTECTION_REASONS: Final = {
    ProtectionReason.ROOT: (
        msg(
            "{key} is the environment's root key. Keysmith never disables, renames or deletes one."
        ),
        msg("Nothing changed. A Master admin can do it in the Cloudinary Console."),
    ),
    ProtectionReason.UNCLAIMED: (
        msg(
            "The credentials of {key} are ready to collect. The key works once its owner opens the"
            " link."
        ),
        msg("Nothing changed. The owner collects with `/cld claim`."),
    ),
    ProtectionReason.OVERTAKEN: (
        msg("Another person disabled {key} after you asked for this."),
        msg("Nothing changed. To enable it anyway, ask again."),
    ),
    ProtectionReason.DISABLED: (
        msg("{key} is disabled. A disabled key can't sign webhook notifications."),
        msg("Nothing changed. Enable the key first."),
    ),
    ProtectionReason.DELETION: (
        msg("The deletion of {key} in {environment} can't be undone: Cloudinary has no undelete."),
        _CONFIRM,
    ),
    ProtectionReason.ROTATED: (
        msg("{key} was disabled by its rotation, which is still running."),
        msg("Nothing changed. To roll the rotation back or abort it: `/cld rotation {rotation}`"),
    ),
    ProtectionReason.COLLECTED: (
        msg(
            "An abort deletes {key}, the new key of this rotation. It was collected, so programs"
            " that use it stop working. Cloudinary has no undelete."
        ),
        msg(
            "Nothing changed. To see what else is possible: `/cld rotation {rotation}`. To go on,"
            " confirm with the name of the key that is rotated."
        ),
    ),
    ProtectionReason.LAST_ENABLED: (
        msg(
            "{key} is the last enabled key of the environment. Everything that signs in there"
            " stops."
        ),
        _CONFIRM,
    ),
    ProtectionReason.WEBHOOK_SIGNER: (
        msg("This changes which key signs webhook notifications in {environment}."),
        _CONFIRM,
    ),
}

_NAMES: Final = {
    NameReason.ALIKE: msg(
        "A key in {environment} can't be named {name}: it looks like the name of an existing key."
    ),
    NameReason.API_KEY: msg(
        "A key in {environment} can't be named {name}: it looks like an API key."
    ),
    NameReason.HIDDEN: msg(
        "A key in {environment} can't be named {name}: it has characters that can't be seen."
    ),
    NameReason.PREFIX: msg(
        "A key in {environment} can't be named {name}: it begins with a prefix of searches."
    ),
}
"""Why a name is refused."""
_ANYWAY: Final = {
    "key disable": msg("Disable anyway…"),
    "key delete": msg("Delete anyway…"),
    "key enable": msg("Enable anyway…"),
    "key restore": msg("Restore anyway…"),
    "key webhook": msg("Pin this key…"),
    "key rotate": msg("Rotate anyway…"),
    "rotation": msg("Go on…"),
    "renew": msg("Renew anyway…"),
}
_FEW: Final = 5
"""Environments that an answer names."""


def about(message: Phrase, here: Located) -> Line:
    """Say something about a key in its environment."""
    return line(message.fill(key=named(here), environment=place(here)))


def protection(outcome: outcomes.KeyProtected) -> Line:
    """Say why Keysmith does not change the key."""
    return about(_PROTECTION_REASONS[outcome.reason][0], outcome.located)


def protected(outcome: outcomes.KeyProtected) -> Card:
    """Say why a key is not changed; where a typed name confirms the change, offer its form."""
    said = _PROTECTION_REASONS[outcome.reason][1]
    if said == _CONFIRM and outcome.retry and outcome.retry.startswith("rotation "):
        said = _CONFIRM_STEP
    return card(
        *no_match(outcome),
        protection(outcome),
        *moving(outcome),
        line(said.fill(rotation=Text(outcome.rotation))),
        buttons=[_anyway(outcome.retry)] if outcome.retry else [],
    )


def moving(outcome: outcomes.KeyProtected) -> list[Line]:
    """Say which key signs webhooks now, which one would, and how to keep it or choose it."""
    move, place_ = outcome.move, outcome.located.environment
    if move is None or not move.new:
        return []
    pinning = outcome.retry is not None and outcome.retry.startswith("key webhook ")
    said = line(signing(_WOULD_SIGN, move, place_))
    return [said] if pinning else [said, line(_pin_first(outcome, move))]


def signing(message: Phrase, move: SignerMove, where: Environment) -> Phrase:
    """Fill a message with the key that signed webhooks, and the one that does then."""
    old: Span = bold(move.old_name) if move.old_name else msg("the present signer")
    new: Span = bold(move.new_name) if move.new_name else msg("another key")
    return message.fill(old=old, new=new, environment=Text(where.name))


def _pin_first(outcome: outcomes.KeyProtected, move: SignerMove) -> Phrase:
    place_ = outcome.located.environment
    if not move.old_name or not move.new_name:
        return _ASK_FIRST
    if move.old == outcome.located.key.api_key:
        chooses = Incomplete(BY_CLASS[PinKey], (("env", place_.cloud_name),))
        return _HAND_ON.fill(command=Text(write(chooses)))
    pin = PinKey(move.old_name, place_.cloud_name)
    return signing(_KEEP, move, place_).fill(command=Text(render(pin)))


def _anyway(retry: str) -> Button:
    """Offer the command again, without the name; the guard's form then asks for it."""
    text, words = escape(retry), retry.split()
    command = completing(text)
    if command:
        unconfirmed = without(command, "confirm")
        text = write(unconfirmed.spec.make(dict(unconfirmed.given)))
    label = _ANYWAY.get(" ".join(words[:2])) or _ANYWAY[words[0]]
    return Button(label, text, style="danger")


def not_this_name(outcome: outcomes.NameTaken | outcomes.NameRefused) -> Card:
    """Say why a key can't have a name."""
    choose = line(msg("Nothing changed. Choose another name."))
    if isinstance(outcome, outcomes.NameTaken):
        return card(
            about(msg("{environment} already has a key named {key}."), outcome.located), choose
        )
    where, key = outcome.environment, outcome.key
    refused = _NAMES[outcome.reason].fill(name=code(outcome.name), environment=Text(where.name))
    existing = about(msg("The existing key: {key}"), Located(key, where)) if key else None
    return card(line(refused), existing, choose)


def missing(outcome: outcomes.NoSuchKey) -> Card:
    """Say that there is no such key, and what may be meant."""
    names, key = tuple(Text(each.name) for each in outcome.searched), code(outcome.name)
    few = msg("No key named {key} in {environments}. Nothing changed.")
    many = plural(
        "No key named {key} in the {count} environment that you can access. Nothing changed.",
        "No key named {key} in the {count} environments that you can access. Nothing changed.",
        len(names),
        key=key,
    )
    named_ = few.fill(key=key, environments=Listed(names, "or")) if len(names) <= _FEW else many
    near = msg("Did you mean {name}?", name=bold(outcome.nearest)) if outcome.nearest else None
    return card(
        line(named_),
        line(near) if near else None,
        *cut(outcome.instead),
        line(msg("All keys that you can access: `/cld key list`")),
        buttons=[suggestion(each) for each in outcome.instead],
    )


def suggestion(command: Command) -> Button:
    """Make a button that runs what may be meant; beside `cut`, the card says all that it runs."""
    return Button(msg("`/cld {command}`", command=Text(render(command))), write(command))


def cut(commands: Iterable[Command]) -> Iterator[Line]:
    """Write the commands out, where one is too long for the label of its button."""
    typed = [f"/cld {render(command)}" for command in commands]
    return (item(code(each)) for each in typed if len(max(typed, key=len)) > MAX_LABEL)


def which(outcome: outcomes.WhichKey) -> Card:
    """Ask which key is meant."""
    several = msg("Several keys match {key}. Nothing changed. Choose one:", key=code(outcome.name))
    return card(
        line(several),
        *(summary(here) for here, _ in outcome.choices),
        buttons=[
            Button(
                msg("{environment}: {key}", environment=place(here), key=Text(here.key.label)),
                write(command),
            )
            for here, command in outcome.choices
        ],
    )
