"""The rule that an account keeps a master admin who can sign in."""

from collections.abc import Collection

from sandbox.cloudinary.holders import ACCOUNT, held
from sandbox.cloudinary.records import Contents
from sandbox.cloudinary.refusals import Refusal
from sandbox.cloudinary.roles import ACCOUNT_MASTER


def refuse_losing_last_master(contents: Contents, losing: Collection[str]) -> None:
    """Refuse an act after which these users are no master admins, if no other one is left."""
    able = {member.id for member in contents.members if member.enabled and not member.pending}
    masters = {
        each.principal_id
        for each in held(contents, "user", within=ACCOUNT)
        if each.role_id == ACCOUNT_MASTER
    }
    left = masters & able
    if left and left <= {*losing}:
        raise Refusal(403, "At least one master admin must remain")
