"""Lists live links, and ends one: its owner may, and so may the people who see everybody's.

Only the link ends. Its key stays disabled, and its owner may collect the credentials by a new one;
`key disable` ends the credentials as well.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import assert_never

from bot.domain.audit import AuditEvent, Entry
from bot.domain.commands.links import LinkCommand, ListLinks, RevokeLink
from bot.domain.jobs import Job
from bot.domain.live_links import LinkEnded, LiveLink
from bot.domain.outcomes.links import LinkRevoked, LinksListed, NoLiveLink, WhichLink
from bot.domain.outcomes.union import Outcome
from bot.domain.pages import page_of
from bot.domain.policy import Action, Allowed
from bot.domain.requests.notifications import Topic, to_person
from bot.flows.audit import about_pending
from bot.flows.authorize import Authorizer
from bot.flows.identity import Identified
from bot.flows.links.ports import LiveLinks
from bot.flows.ports import Clock, PendingStore

SHOWN = 20
"""Links on a page: each has a button, of which a card has 25."""


@dataclass(frozen=True)
class LiveLinkRunner:
    """Runs the commands about live links."""

    authorizer: Authorizer
    pending: PendingStore
    live: LiveLinks
    clock: Clock

    async def run(self, job: Job, who: Identified, command: LinkCommand) -> Outcome:
        """Run one command, by what the person may do now."""
        everybody = self._sees_all(who)
        seen = await self._seen(who, everybody=everybody)
        match command:
            case RevokeLink(str(key), env):
                meant = [each for each in seen if each.answers_to(key, env)]
                if len(meant) > 1:
                    return WhichLink(tuple(meant[:SHOWN]), everybody)
                return await self._end(job, meant[0]) if meant else NoLiveLink(key)
            case ListLinks() | RevokeLink():
                return LinksListed(page_of(seen, job.page, SHOWN), everybody)
            case _:
                assert_never(command)

    def _sees_all(self, who: Identified) -> bool:
        """Whether a person sees everybody's links, and so may end them."""
        decision = self.authorizer.decide(who.person, Action.LINKS, None)
        return not who.mismatch and isinstance(decision, Allowed)

    async def _seen(self, who: Identified, *, everybody: bool) -> list[LiveLink]:
        now = self.clock.now()
        if everybody:
            return await self.live.every(now)
        own = await self.pending.pending_of(who.person.actor)
        live = await self.live.among([each.id for each in own], now)
        return sorted(live, key=lambda each: each.link.ends or each.link.since)

    async def _end(self, job: Job, live: LiveLink) -> Outcome:
        """End it, unless it was opened, replaced or ended meanwhile."""
        pending, now = live.pending, self.clock.now()
        own, owner = pending.owner == job.actor, pending.owner.user_id
        ended = LinkEnded(pending.id, pending.name, pending.environment_name).write()
        told = to_person("", Topic.LINK_ENDED, owner, by=job.actor.user_id, text=ended)
        entry = _entry(job, live, now)
        done = await self.live.end(live, now, entry, () if own else (told,))
        return LinkRevoked(pending, own) if done else NoLiveLink(pending.name)


def _entry(job: Job, live: LiveLink, now: datetime) -> Entry:
    pending = live.pending
    detail = "while it was being opened" if live.opening else ""
    by = {"cloudinary_id": job.cloudinary_id, "role": job.role}
    target = about_pending(pending)
    return Entry(now, AuditEvent.DONE, "link:end", job.actor, pending.id, target, detail, **by)
