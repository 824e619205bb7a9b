"""Binds a Slack user to one Cloudinary user at first use; stops who matches another later."""

from dataclasses import dataclass
from typing import Final

from bot.domain.audit import AuditEvent, Entry
from bot.domain.bindings import Binding, Bound, binding_fault, slack_name
from bot.domain.people import Actor, CloudinaryUser, IdentityReason, Mismatch, Profile, usable
from bot.flows.ports import Bindings, Clock

IDENTIFY: Final = "identify"
"""The action of these audit entries: it belongs to no command."""

_NOTICES: Final = {
    IdentityReason.NEAR_ADDRESS: (
        "{name} is turned away: the address {email} at Slack only looks like that of a Cloudinary"
        " user. Compare the two letter by letter; it may be an attack."
    ),
    IdentityReason.OTHER_USER: (
        "{name} is turned away: with the address {email} they now match the Cloudinary user {user},"
        " before they were {before}. If the change is right, an Admin types /cld link and the"
        " person."
    ),
    IdentityReason.OTHER_ACCOUNT: (
        "{name} is turned away: with the address {email} they match the Cloudinary user {user},"
        " which is bound to another Slack account ({holder}). If the change is right, an Admin"
        " types /cld link and the person."
    ),
    IdentityReason.LOST_USER: (
        "{name} is turned away: with the address {email} they match no single Cloudinary user,"
        " before they were {before}. If they are right to go on without one, an Admin types"
        " /cld link and the person."
    ),
    IdentityReason.UNREADABLE_BINDING: (
        "{name} is turned away: the record of which Cloudinary user they are was altered or"
        " removed, and not by Keysmith. Their address is {email}. Find out who writes to"
        " Keysmith's Redis; then an Admin types /cld link and the person."
    ),
}
"""What the security channel reads about an identity that is not certain."""


@dataclass(frozen=True)
class Binder:
    """Checks bindings; `bot.flows.accounts.link` replaces them."""

    bindings: Bindings
    clock: Clock

    async def check(
        self, actor: Actor, profile: Profile, found: CloudinaryUser | Mismatch
    ) -> IdentityReason | None:
        """Bind at first use; return why the identity is not certain, once security is told.

        `found` has the person's address, and may be disabled or invited: that binds no one.
        """
        if found is Mismatch.NEAR:
            return await self._stop(actor, profile, IdentityReason.NEAR_ADDRESS, "", Bound())
        if isinstance(found, Mismatch):
            bound = await self.bindings.bound(actor, "")
            lost = IdentityReason.LOST_USER if bound.own else None
            fault = IdentityReason.UNREADABLE_BINDING if bound.unreadable else lost
            return await self._stop(actor, profile, fault, "", bound) if fault else None
        bound = await self.bindings.bound(actor, found.id)
        if bound.free:
            if isinstance(usable(found), Mismatch) or await self._bind(actor, found):
                return None
            bound = await self.bindings.bound(actor, found.id)  # another process was faster
        fault = binding_fault(actor, found.id, bound)
        return await self._stop(actor, profile, fault, found.id, bound) if fault else None

    async def _bind(self, actor: Actor, user: CloudinaryUser) -> bool:
        new = Binding(slack_name(actor), user.id, self.clock.now())
        entry = Entry(
            at=new.at,
            event=AuditEvent.BOUND,
            action=IDENTIFY,
            actor=actor,
            target={"slack": new.slack, "cloudinary": user.id},
            cloudinary_id=user.id,
            role=user.role or "",
        )
        return await self.bindings.bind(new, entry)

    async def _stop(
        self, actor: Actor, profile: Profile, reason: IdentityReason, user_id: str, bound: Bound
    ) -> IdentityReason:
        before = bound.own.cloudinary_id if bound.own else ""
        holder = bound.holder.slack if bound.holder else ""
        target = {"cloudinary": user_id, "before": before, "holder": holder}
        entry = Entry(
            at=self.clock.now(),
            event=AuditEvent.REFUSED,
            action=IDENTIFY,
            actor=actor,
            target=target,
            detail=reason,
            cloudinary_id=before,
        )
        problem = f"{reason} {profile.email} {user_id} {before} {holder}"
        notice = _NOTICES[reason].format(
            name=profile.name, email=profile.email, user=user_id, before=before, holder=holder
        )
        await self.bindings.report(actor, problem, notice, entry)
        return reason
