"""How a person and a role of the account are written: as people know them, never by a raw id."""

from typing import Final

from bot.cards.kit import Mention, Text, bold
from bot.domain.commands.fields import PERSON
from bot.domain.phrases import Span
from bot.domain.users import ACCOUNT_ROLE

_ROLE_SCOPES: Final = (ACCOUNT_ROLE, "cld::role::prodenv::")


def who(name: str) -> Span:
    """Name the person: a member of Slack is mentioned, whatever else is known of them."""
    return Mention(name.removeprefix("@")) if is_member(name) else bold(name)


def is_member(name: str) -> bool:
    """Whether a name is the mention of a Slack member; nothing else becomes one."""
    return name.startswith("@") and PERSON.parse(name) is not None


def role_name(role_id: str) -> Text:
    """Name a role of Cloudinary's own; one of the account's is known by its id alone."""
    for scope in _ROLE_SCOPES:
        if role_id.startswith(scope):
            return Text(role_id.removeprefix(scope).replace("_", " ").title())
    return Text(role_id)
