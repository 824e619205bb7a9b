"""The commands of /cld: what a person's text means, how each is typed, read and written.

The names below are imported from their own modules in new code.
"""

from bot.domain.commands.environments import ListEnvironments, ShowEnvironment
from bot.domain.commands.general import Claim, Help, Menu, WhoAmI
from bot.domain.commands.keys import (
    CreateKey,
    DeleteKey,
    DisableKey,
    EnableKey,
    KeyCommand,
    ListKeys,
    RenameKey,
    RestoreKey,
    ShowKey,
)
from bot.domain.commands.registry import Command, Explain, Plain
from bot.domain.commands.requests import (
    Approve,
    AskAbout,
    Cancel,
    Deciding,
    Delegate,
    Deny,
    ListRequests,
    Renew,
    RequestKey,
    Review,
    Withdraw,
)

__all__ = [
    "Approve",
    "AskAbout",
    "Cancel",
    "Claim",
    "Command",
    "CreateKey",
    "Deciding",
    "Delegate",
    "DeleteKey",
    "Deny",
    "DisableKey",
    "EnableKey",
    "Explain",
    "Help",
    "KeyCommand",
    "ListEnvironments",
    "ListKeys",
    "ListRequests",
    "Menu",
    "Plain",
    "RenameKey",
    "Renew",
    "RequestKey",
    "RestoreKey",
    "Review",
    "ShowEnvironment",
    "ShowKey",
    "WhoAmI",
    "Withdraw",
]
