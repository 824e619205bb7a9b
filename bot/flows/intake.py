"""Takes commands in: on the record and in Redis before Slack hears "ok", carried out after."""

from collections.abc import Callable
from dataclasses import dataclass, field

from bot.domain.audit import Deed
from bot.domain.commands.grammar import Misunderstood, Planned, Reading, read, read_typed, write
from bot.domain.errands import Errand, Reply
from bot.domain.outcomes import Outcome
from bot.domain.people import Actor
from bot.flows.audit import Scribe, action_word, deed_of
from bot.flows.authorize import Authorizer
from bot.flows.identity import People
from bot.flows.ports import Errands


@dataclass(frozen=True)
class Asked:
    """One delivery from Slack: who, what, where the answer goes, and what tells it from others."""

    actor: Actor
    text: str = field(repr=False)
    reply: Reply
    delivery: str
    page: int = 0
    canonical: bool = False
    """Whether Keysmith wrote the text: of an offer, or of a form that was filled in."""


@dataclass(frozen=True)
class Accepted:
    """It is kept; the answer follows."""


@dataclass(frozen=True)
class Repeated:
    """This very delivery came before, so nothing is done a second time."""


Receipt = Accepted | Repeated | Outcome


@dataclass(frozen=True)
class Desk:
    """Accepts, or answers on the spot where no more needs to be known."""

    people: People
    authorizer: Authorizer
    errands: Errands
    scribe: Scribe
    new_id: Callable[[], str]

    async def ask(self, asked: Asked) -> Receipt:
        """Take one command in.

        Raises:
            StoreError: nothing could be kept, so nothing will be done.

        """
        reading = read(asked.text) if asked.canonical else read_typed(asked.text)
        errand = self._errand(asked, reading)
        answer = self._at_once(asked.actor, reading)
        if answer is None:
            entry = self.scribe.entry(errand, Deed.ASKED)
            kept = await self.errands.accept(errand, asked.delivery, entry)
            return Accepted() if kept else Repeated()
        deed, detail = deed_of(answer)
        entry = self.scribe.entry(errand, deed, {}, detail)
        return answer if await self.errands.note(asked.delivery, entry) else Repeated()

    def _errand(self, asked: Asked, reading: Reading) -> Errand:
        return Errand(
            id=self.new_id(),
            actor=asked.actor,
            text=write(reading),
            action=action_word(reading),
            reply=asked.reply,
            accepted_at=self.scribe.clock.now(),
            page=asked.page,
        )

    def _at_once(self, actor: Actor, reading: Reading) -> Outcome | None:
        """Answer what is wrong with the text, and refuse whom the last minute's reading refuses."""
        if isinstance(reading, Misunderstood | Planned):
            return reading
        who = self.people.remembered(actor)
        return self.authorizer.refusal(who, reading) if who else None
