"""How roles of keys are written: by name, with what they allow, in a line and in a cell."""

from typing import Final, assert_never

from bot.cards.kit import Button, Phrase, Text, bold, code, msg
from bot.domain.commands.grammar import write
from bot.domain.commands.keys import ExplainKey
from bot.domain.key_roles import MASTER, USELESS, KeyRole, Loss, Use
from bot.domain.keys import Located
from bot.domain.phrases import Listed, Span

USES: Final[dict[Use, Phrase]] = {
    Use.REPORT: msg("Read reports"),
    Use.READ: msg("Read assets"),
    Use.UPLOAD: msg("Upload new assets"),
    Use.SETTINGS: msg("Change upload settings"),
    Use.REPLACE: msg("Change and replace assets"),
    Use.DELETE: msg("Delete assets"),
    Use.KEYS: msg("Manage API keys"),
}
FIX: Final = msg(
    "The usual cause: Keysmith's account key has no role in that environment. Give it Master Admin"
    " there, in the Cloudinary Console."
)


def named(role: KeyRole) -> Phrase:
    """Name a role, with the folder or the collection that it counts for."""
    if role.folder:
        place = msg("{role} in the folder {folder}")
        return place.fill(role=bold(role.name), folder=code(role.folder))
    if role.collection:
        place = msg("{role} in the collection {collection}")
        return place.fill(role=bold(role.name), collection=code(role.collection))
    return msg("{role}", role=bold(role.name))


def described(role: KeyRole) -> Phrase:
    """Name a role and say what it allows, in Cloudinary's own words."""
    if not role.allows:
        return (
            msg("{role}. {useless}", role=named(role), useless=USELESS)
            if role.useless
            else named(role)
        )
    said = msg("{role}: {allows} {useless}") if role.useless else msg("{role}: {allows}")
    return said.fill(role=named(role), allows=Text(role.allows), useless=USELESS)


def taken(role: KeyRole, loss: Loss | None) -> Phrase:
    """Say that a key loses a role, and what it can't do without it."""
    match loss:
        case None:
            return msg("Removes the role {role}.", role=named(role))
        case Loss(all=True):
            return msg(
                "Removes the role {role}. Without it, the key can do nothing.", role=named(role)
            )
        case Loss(uses=()):
            return msg(
                "Removes the role {role}. The key can do the same without it.", role=named(role)
            )
        case Loss(uses):
            lost: tuple[Span, ...] = tuple(USES[it] for it in uses)
            return msg(
                "Removes the role {role}. Without it, the key can't do this: {uses}.",
                role=named(role),
                uses=Listed(lost, "or"),
            )
        case _:
            assert_never(loss)


def summary(here: Located) -> Phrase | None:
    """Tell a key's roles in one line; nothing where they are not known."""
    if here.roles is None:
        return None
    if not here.roles:
        return msg("No role: this key can do nothing.")
    held: tuple[Span, ...] = tuple(map(named, here.roles))
    if any(role.id == MASTER for role in here.roles):
        return msg("Roles: {roles}. This key can do everything there.", roles=Listed(held, "and"))
    return msg("Roles: {roles}", roles=Listed(held, "and"))


def short(here: Located) -> Phrase:
    """Tell a key's roles in a cell of a table."""
    if here.roles is None:
        return msg("{unknown}", unknown=Text(""))
    if not here.roles:
        return msg("None: can do nothing")
    held = tuple(short_name(role) for role in here.roles)
    marked = msg("\N{WARNING SIGN} {roles}") if is_master(here) else msg("{roles}")
    return marked.fill(roles=Listed(held, "and"))


def short_name(role: KeyRole) -> Text:
    """Name a role for a button or a cell."""
    part = role.folder or role.collection
    return Text(f"{role.name} ({part})" if part else role.name)


def is_master(here: Located) -> bool:
    """Whether a key has Master Admin."""
    return any(role.id == MASTER for role in here.roles or ())


def about_key(message: Phrase, here: Located) -> Phrase:
    """Say something about a key in its environment."""
    key = bold(here.key.name) if here.key.name else code(here.key.api_key)
    return message.fill(key=key, environment=Text(here.environment.name))


def switched_off(here: Located) -> Phrase | None:
    """Say that a key's environment is disabled, if it is."""
    if here.environment.enabled:
        return None
    off = msg("The environment {environment} is disabled: no key works there.")
    return off.fill(environment=Text(here.environment.name))


def why_button(here: Located) -> Button:
    """Offer to explain what a key can do."""
    command = ExplainKey(here.key.api_key, None, here.environment.cloud_name)
    return Button(msg("What can it do?"), write(command))
