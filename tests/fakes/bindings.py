"""Bindings in memory: the port `Bindings`. The contract suite also runs on `RedisBindings`."""

from bot.domain.audit import Entry
from bot.domain.bindings import Binding, Bound, slack_name
from bot.domain.people import Actor


class FakeBindings:
    """`entries` is the audit log, `notices` the security channel's notices."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self.notices: list[str] = []
        self._own: dict[str, Binding] = {}
        self._holder: dict[str, Binding] = {}
        self._told: dict[str, str] = {}
        self._lost: set[str] = set()

    def lose(self, slack: str, cloudinary_id: str) -> None:
        """Lose the record of a Slack user, and that of a Cloudinary user."""
        self._lost |= {slack, cloudinary_id} - {""}
        self._own.pop(slack, None)
        self._holder.pop(cloudinary_id, None)

    async def bound(self, actor: Actor, cloudinary_id: str) -> Bound:
        """Read what is bound to either."""
        return self._bound(slack_name(actor), cloudinary_id)

    def _bound(self, slack: str, cloudinary_id: str) -> Bound:
        unreadable = not self._lost.isdisjoint({slack, cloudinary_id})
        return Bound(self._own.get(slack), self._holder.get(cloudinary_id), unreadable)

    async def bind(self, new: Binding, entry: Entry) -> bool:
        """Bind at first use, where both are free."""
        if not self._bound(new.slack, new.cloudinary_id).free:
            return False
        self._write(new, entry)
        return True

    async def link(self, new: Binding, before: Bound, entry: Entry) -> bool:
        """Replace what both were bound to, if that is unchanged."""
        own, holder = self._own.get(new.slack), self._holder.get(new.cloudinary_id)
        if before != self._bound(new.slack, new.cloudinary_id):
            return False
        if own and self._holder.get(own.cloudinary_id) == own:
            del self._holder[own.cloudinary_id]
        if holder and self._own.get(holder.slack) == holder:
            del self._own[holder.slack]
        self._lost -= {new.slack, new.cloudinary_id}
        self._told.pop(new.slack, None)
        self._write(new, entry)
        return True

    async def release(self, slack: str, before: Bound, entry: Entry) -> bool:
        """End a binding, if that is unchanged."""
        theirs = before.own.cloudinary_id if before.own else ""
        if before.free or before != self._bound(slack, theirs):
            return False
        self._own.pop(slack, None)
        if before.holder == before.own:
            self._holder.pop(theirs, None)
        self._lost -= {slack, theirs}
        self._told.pop(slack, None)
        self.entries.append(entry)
        return True

    def _write(self, new: Binding, entry: Entry) -> None:
        self._own[new.slack] = new
        self._holder[new.cloudinary_id] = new
        self.entries.append(entry)

    async def report(self, actor: Actor, problem: str, notice: str, entry: Entry) -> bool:
        """Tell the security channel of a problem about a person, once."""
        if self._told.get(slack_name(actor)) == problem:
            return False
        self._told[slack_name(actor)] = problem
        self.notices.append(notice)
        self.entries.append(entry)
        return True
