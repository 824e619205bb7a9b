"""What each action is called in requests."""

from typing import Final

from bot.cards.kit import msg
from bot.domain.commands.grammar import Incomplete, Misunderstood, read
from bot.domain.commands.registry import action_of
from bot.domain.commands.text import escape
from bot.domain.policy import Action
from bot.domain.requests.terms import Terms

WHAT: Final = {
    Action.KEY_REQUEST: msg("new credentials"),
    Action.KEY_CREATE: msg("create a key"),
    Action.KEY_MASTER_ADMIN: msg("a key with Master Admin rights"),
    Action.KEY_ROLES: msg("change a key's roles"),
    Action.KEY_OWNER: msg("choose a key's owner"),
    Action.KEY_NOTE: msg("write a note about a key"),
    Action.KEY_DELETE: msg("delete a key"),
    Action.KEY_DISABLE: msg("disable a key"),
    Action.KEY_BROWNOUT: msg("disable a key for a time"),
    Action.KEY_ENABLE: msg("enable a key"),
    Action.KEY_WEBHOOK: msg("choose the webhook signer"),
    Action.KEY_RENAME: msg("rename a key"),
    Action.KEY_ROTATE: msg("rotate a key"),
    Action.LINK: msg("link a person to another Cloudinary user"),
    Action.ENV_TIER: msg("set the tier of an environment"),
    Action.ENV_CREATE: msg("create an environment"),
    Action.ENV_RENAME: msg("rename an environment"),
    Action.ENV_DISABLE: msg("disable an environment"),
    Action.ENV_ENABLE: msg("enable an environment"),
    Action.USER_ADD: msg("invite a person to Cloudinary"),
    Action.USER_ROLE: msg("change a user's role"),
    Action.USER_ENVS: msg("change a user's environments"),
    Action.USER_DISABLE: msg("disable a user"),
    Action.USER_ENABLE: msg("enable a user"),
    Action.USER_REMOVE: msg("remove a user"),
    Action.USER_OFFBOARD: msg("offboard a person"),
    Action.USER_MASTER_ADMIN: msg("make a person a Master admin"),
    Action.GROUP_CREATE: msg("create a user group"),
    Action.GROUP_RENAME: msg("rename a user group"),
    Action.GROUP_REMOVE: msg("remove a user group"),
    Action.GROUP_ADD: msg("add a person to a user group"),
    Action.GROUP_DROP: msg("take a person out of a user group"),
}
HEADLINES: Final = {
    Action.KEY_REQUEST: msg("{who} requests new credentials"),
    Action.KEY_CREATE: msg("{who} asks to create a key"),
    Action.KEY_MASTER_ADMIN: msg("{who} asks for a key with Master Admin rights"),
    Action.KEY_ROLES: msg("{who} asks to change a key's roles"),
    Action.KEY_OWNER: msg("{who} asks to become the owner of a key"),
    Action.KEY_NOTE: msg("{who} asks to write a note about a key"),
    Action.KEY_DELETE: msg("{who} asks to delete a key"),
    Action.KEY_DISABLE: msg("{who} asks to disable a key"),
    Action.KEY_BROWNOUT: msg("{who} asks to disable a key for a time"),
    Action.KEY_ENABLE: msg("{who} asks to enable a key"),
    Action.KEY_WEBHOOK: msg("{who} asks to choose the webhook signer"),
    Action.KEY_RENAME: msg("{who} asks to rename a key"),
    Action.KEY_ROTATE: msg("{who} asks to rotate a key"),
    Action.LINK: msg("{who} asks to link {owner} to another Cloudinary user"),
    Action.ENV_CREATE: msg("{who} asks to create an environment"),
    Action.ENV_TIER: msg("{who} asks to set the tier of an environment"),
    Action.ENV_RENAME: msg("{who} asks to rename an environment"),
    Action.ENV_DISABLE: msg("{who} asks to disable an environment and everything in it"),
    Action.ENV_ENABLE: msg("{who} asks to enable an environment"),
    Action.USER_ADD: msg("{who} asks to invite a person to Cloudinary"),
    Action.USER_ROLE: msg("{who} asks to change a user's role"),
    Action.USER_ENVS: msg("{who} asks to change a user's environments"),
    Action.USER_DISABLE: msg("{who} asks to disable a user"),
    Action.USER_ENABLE: msg("{who} asks to enable a user"),
    Action.USER_REMOVE: msg("{who} asks to remove a user"),
    Action.USER_OFFBOARD: msg("{who} asks to offboard a person"),
    Action.USER_MASTER_ADMIN: msg("{who} asks to make a person a Master admin"),
}
FOR_OTHERS: Final = {
    Action.KEY_REQUEST: msg("{who} requests new credentials for {owner}"),
    Action.KEY_CREATE: msg("{who} asks to create a key for {owner}"),
    Action.KEY_MASTER_ADMIN: msg("{who} asks for a key with Master Admin rights for {owner}"),
    Action.KEY_OWNER: msg("{who} asks to make {owner} the owner of a key"),
}


def named_as(terms: Terms) -> Action:
    """The action by which people name a request: of its command, where the user makes it graver."""
    if terms.rotation:
        return Action.KEY_ROTATE
    command = read(escape(terms.command))
    if isinstance(command, Incomplete | Misunderstood):
        return terms.action
    return action_of(command) if terms.action is Action.USER_MASTER_ADMIN else terms.action
