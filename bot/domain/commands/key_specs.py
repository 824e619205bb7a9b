"""The specs of the commands about access keys."""

from typing import Final

from bot.domain.commands.key_records import SPECS as RECORD_SPECS
from bot.domain.commands.keys import (
    AnyKeyCommand,
    BrownoutKey,
    CreateKey,
    DeleteKey,
    DisableKey,
    EnableKey,
    ExplainKey,
    ListKeys,
    PinKey,
    RenameKey,
    RestoreKey,
    RolesOfKey,
    ShowKey,
)
from bot.domain.commands.rotations import RotateKey
from bot.domain.commands.spec import CommandSpec
from bot.domain.phrases import msg
from bot.domain.policy import Action

SPECS: Final[tuple[CommandSpec[AnyKeyCommand], ...]] = (
    CommandSpec(
        "key list", ListKeys, Action.KEY_LIST, msg("List the access keys that you can see")
    ),
    CommandSpec("key show", ShowKey, Action.KEY_SHOW, msg("Show a key")),
    CommandSpec(
        "key why", ExplainKey, Action.KEY_SHOW, msg("Explain what a key can do, and what it lacks")
    ),
    CommandSpec(
        "key roles", RolesOfKey, Action.KEY_ROLES, msg("Show a key's roles, add or remove one")
    ),
    CommandSpec(
        "key create",
        CreateKey,
        Action.KEY_CREATE,
        msg("Create a key, and collect it with a one-time link"),
    ),
    CommandSpec("key rotate", RotateKey, Action.KEY_ROTATE, msg("Replace a key by a new one")),
    CommandSpec("key enable", EnableKey, Action.KEY_ENABLE, msg("Enable a key")),
    CommandSpec("key disable", DisableKey, Action.KEY_DISABLE, msg("Disable a key")),
    CommandSpec("key rename", RenameKey, Action.KEY_RENAME, msg("Rename a key")),
    CommandSpec(
        "key delete",
        DeleteKey,
        Action.KEY_DELETE,
        msg("Disable a key, and delete it after 7 days"),
    ),
    CommandSpec(
        "key brownout",
        BrownoutKey,
        Action.KEY_BROWNOUT,
        msg("Disable a key for a time, and ask what broke"),
    ),
    CommandSpec(
        "key restore",
        RestoreKey,
        Action.KEY_ENABLE,
        msg("Undo a deletion, until its date"),
    ),
    CommandSpec(
        "key webhook",
        PinKey,
        Action.KEY_WEBHOOK,
        msg("Pin the key that signs an environment's webhooks"),
    ),
    *RECORD_SPECS,
)
