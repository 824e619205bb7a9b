"""Slack as answers meet it: each way can refuse, and what a person sees is kept."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from bot.cards.answers import Answer
from bot.cards.kit import Block, Card, Message, plain
from bot.domain.answers import Mark, Way
from bot.domain.commands.grammar import Incomplete
from bot.domain.jobs import Reply
from bot.domain.offers import Offer
from bot.domain.people import Actor
from bot.domain.policy import Explanation
from bot.errors import SlackAway, SlackError, StoreError
from handlers.answer_ways import Ways
from handlers.answers import AnswerRunner, Answers
from handlers.answers_held import HeldAnswers
from handlers.background import Background
from handlers.home import AppHome
from handlers.metrics import Metrics
from handlers.ports import AnswerQueue, Offers, Previews
from tests.flows.harness import Harness, english, goes_on


def away(code: str = "ratelimited", retry_after: float = 0.0) -> SlackAway:
    """A Slack that is busy."""
    error = SlackAway(code)
    error.retry_after = retry_after
    return error


METRICS: Final = Metrics()
"""Of all answers: they take longer to build than an answer to send; who reads them has others."""


@dataclass
class AnsweringSlack:
    """Takes every answer, except by the ways in `refusals`."""

    refusals: dict[Way, Exception] = field(default_factory=dict)
    seen: list[tuple[Way, str]] = field(default_factory=list)
    views: list[Block] = field(default_factory=list)
    updated: list[Block] = field(default_factory=list)
    tried: list[Way] = field(default_factory=list)
    marks: set[str] = field(default_factory=set)
    offered: list[str] = field(default_factory=list)

    def _take(self, way: Way, text: str) -> None:
        self.tried.append(way)
        if refusal := self.refusals.get(way):
            raise refusal
        self.seen.append((way, text))

    async def respond(self, reply: Reply, message: Message) -> None:
        """Take an answer by a response URL."""
        assert reply.url
        self._take(Way.URL, message.text)

    async def update_view(self, view_id: str, view: Block, hash_: str = "") -> None:
        """Take an answer in an open modal."""
        assert view_id
        assert hash_ == "" or view["blocks"]
        self._take(Way.VIEW, str(view["blocks"]))
        self.updated.append(view)

    async def open_view(self, trigger: str, view: Block) -> None:
        """Open a modal."""
        if not trigger:
            raise SlackError("invalid_trigger_id")
        self._take(Way.MODAL, str(view["blocks"]))
        self.views.append(view)

    async def direct(self, user_id: str, message: Message, *, mark: str, again: bool) -> None:
        """Take a direct message, once under each mark where it is looked for."""
        assert user_id
        if not (again and mark in self.marks):
            self._take(Way.DIRECT, message.text)
        self.marks.add(mark)

    async def post_ephemeral(self, reply: Reply, user_id: str, message: Message) -> None:
        """Take a message for one person in a channel."""
        assert reply.channel
        assert user_id
        self._take(Way.CHANNEL, message.text)

    async def publish(self, user_id: str, view: Block) -> None:
        """Draw nothing."""

    async def make(self, offers: Sequence[Offer]) -> list[str]:
        """Name each offer after its command."""
        self.offered += (offer.text for offer in offers)
        return [offer.text for offer in offers]

    async def find(self, offer_id: str) -> Offer | None:
        """Know of no offer."""
        raise AssertionError(offer_id)


@dataclass
class AnswersKept:
    """A queue in memory."""

    queued: list[Answer] = field(default_factory=list)
    marks: dict[str, Mark] = field(default_factory=dict)
    away: bool = False
    silent: bool = False
    """Takes an answer, and does not say so."""

    async def put(self, answer: Answer, *, held: bool = False) -> None:
        """Queue an answer, once under its mark."""
        self._reached()
        known = self.marks.get(answer.mark)
        if held and known is Mark.TAKEN:
            self.marks[answer.mark] = Mark.QUEUED
        elif known is None or (held and known is Mark.HELD):
            self.queued.append(answer)
            self.marks[answer.mark] = Mark.QUEUED
        if self.silent:
            self.silent, self.away = False, True
            raise StoreError("cut")

    async def mark(self, answer_mark: str) -> Mark | None:
        """Read a mark."""
        self._reached()
        return self.marks.get(answer_mark)

    async def record(self, marks: Mapping[str, Mark]) -> None:
        """Record marks."""
        self._reached()
        for each, mark in marks.items():
            copied = self.marks.get(each) in {Mark.QUEUED, Mark.TAKEN}
            self.marks[each] = Mark.TAKEN if copied and mark is Mark.HELD else mark

    def _reached(self) -> None:
        if self.away:
            raise StoreError("away")

    def open(self, sealed: str) -> Answer:
        """Open the answer at a place."""
        return self.queued[int(sealed)]


@dataclass
class ToldSecurity:
    """Hears what security is told."""

    told: list[str] = field(default_factory=list)
    refusal: Exception | None = None

    async def tell_card(self, mark: str, told: Card, *, again: bool) -> None:
        """Hear a card."""
        assert (mark, again) == ("", False)
        if self.refusal:
            raise self.refusal
        self.told.append(plain(told))


class NoPreviews:
    """Knows nothing of what a command would lead to."""

    async def of(self, actor: Actor, form: Incomplete) -> tuple[Explanation, ...]:
        """Explain nothing."""
        assert actor.user_id
        assert form.spec.name
        return ()


def answers_over(
    ways: Ways,
    offers: Offers,
    queue: AnswerQueue,
    background: Background,
    security: ToldSecurity | None = None,
    previews: Previews | None = None,
) -> Answers:
    """Build answers; those in memory go on without a pause."""
    told = security or ToldSecurity()
    held = HeldAnswers(ways, queue, told, ways.clock, every=0.0)
    return Answers(ways, offers, queue, background, ways.clock, held, previews or NoPreviews())


@dataclass
class Answering:
    """Everything that answers people, over one Slack and one queue."""

    harness: Harness
    slack: AnsweringSlack = field(default_factory=AnsweringSlack)
    queue: AnswersKept = field(default_factory=AnswersKept)
    background: Background = field(default_factory=Background)
    metrics: Metrics = METRICS
    security: ToldSecurity = field(default_factory=ToldSecurity)
    done: set[int] = field(default_factory=set)

    def __post_init__(self) -> None:
        slack, background = self.slack, self.background
        home = AppHome(self.harness.flows.home, slack, slack, background, goes_on, english)
        clock = self.harness.clock
        self.ways = Ways(self.slack, home, clock, self.metrics, english)
        self.answers = answers_over(
            *(self.ways, self.slack, self.queue, self.background, self.security),
            previews=self.harness.flows.forms.previewer,
        )
        self.held = self.answers.held
        self.runner = AnswerRunner(self.ways, self.queue, clock)

    async def run(self, *, seconds: int = 90) -> None:
        """Run the queue until it is empty, for a time at most; only waiting takes time."""
        for _ in range(seconds):
            for place in range(len(self.queue.queued)):
                if place not in self.done:
                    item = f"{place}-0", str(place)
                    if await self.runner(*item, again=False, worn_out=False) is None:
                        self.done.add(place)
            if len(self.done) == len(self.queue.queued):
                return
            self.harness.clock.go_on(seconds=1)

    def waiting(self) -> bool:
        """Whether an answer is still on its way."""
        return len(self.done) < len(self.queue.queued)
