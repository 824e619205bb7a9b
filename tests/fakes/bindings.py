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

    async def bound(self, actor: Actor, cloudinary_id: str) -> Bound:
        """Read what is bound to either."""
        return Bound(self._own.get(slack_name(actor)), self._holder.get(cloudinary_id))

    async def bind(self, new: Binding, entry: Entry) -> bool:
        """Bind at first use, where both are free."""
        if new.slack in self._own or new.cloudinary_id in self._holder:
            return False
        self._write(new, entry)
        return True

    async def link(self, new: Binding, before: Bound, entry: Entry) -> bool:
        """Replace what both were bound to, if that is unchanged."""
        own, holder = self._own.get(new.slack), self._holder.get(new.cloudinary_id)
        if before != Bound(own, holder):
            return False
        if own:
            self._holder.pop(own.cloudinary_id, None)
        if holder:
            self._own.pop(holder.slack, None)
        self._told.pop(new.slack, None)
        self._write(new, entry)
        return True

    async def release(self, before: Bound, entry: Entry) -> bool:
        """End a binding, if that is unchanged."""
        own = before.own
        if own is None or before != Bound(
            self._own.get(own.slack), self._holder.get(own.cloudinary_id)
        ):
            return False
        del self._own[own.slack]
        if before.holder == own:
            del self._holder[own.cloudinary_id]
        self._told.pop(own.slack, None)
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
