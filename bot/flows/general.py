"""Answers commands without a noun: the menu, help, who am I, and who may run a command."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, assert_never

from bot.domain.commands.environments import CreateEnvironment, RenameEnvironment
from bot.domain.commands.general import Doctor, Help, Menu, WhoAmI
from bot.domain.commands.grammar import render
from bot.domain.commands.keys import CreateKey, KeyCommand
from bot.domain.commands.registry import Explain, Plain, action_of
from bot.domain.environments import Environment, Tier
from bot.domain.home import MANAGING
from bot.domain.keys import find
from bot.domain.outcomes.access import Explained, Introduced
from bot.domain.outcomes.general import Examined, HelpGiven, MenuOffered
from bot.domain.outcomes.union import Outcome
from bot.domain.people import Person
from bot.domain.policy import EVERYWHERE, Action
from bot.flows.authorize import Authorizer
from bot.flows.gravest import asked_by_renaming
from bot.flows.identity import Identified
from bot.flows.keys.resolve import Resolver
from bot.flows.ports import Account, Examiner

MENU: Final = ("request", "requests pending", "requests mine", "key disable", "key list", "claim")
"""Commands that the menu offers to people who may run them, the most useful first."""
IN_MENU: Final = 5
"""Beside what manages the account, and the way to more."""
GREETING: Final = ("request", "requests mine")
"""What the answer to a message offers that is no command."""
HELLO: Final = "hello"
"""The topic of help that such a message asks for."""
MORE: Final = "help"

Answerable = Menu | Help | WhoAmI | Explain | Doctor


@dataclass(frozen=True)
class General:
    """Answers commands that change nothing and need no target."""

    account: Account
    resolver: Resolver
    authorizer: Authorizer
    examiner: Examiner

    async def answer(self, who: Identified, command: Answerable, page: int) -> Outcome:
        """Answer one command."""
        match command:
            case Menu():
                offered = self.authorizer.offered(who, MENU)[:IN_MENU]
                return self._menu(who, (*offered, *MANAGING))
            case Help(topic) if topic == HELLO:
                return self._menu(who, GREETING)
            case Help(topic):
                return HelpGiven(topic)
            case WhoAmI():
                return await self._whoami(who, page)
            case Doctor():
                return Examined(tuple(await self.examiner.examine()))
            case Explain():
                return await self._explain(who.person, command)
            case _:
                assert_never(command)

    def _menu(self, who: Identified, texts: Sequence[str]) -> MenuOffered:
        offered = self.authorizer.offered(who, texts)
        return MenuOffered(who.person, (*offered, MORE))

    async def _whoami(self, who: Identified, page: int) -> Introduced:
        known = [] if who.mismatch else await self.account.environments()
        reached = tuple(each for each in known if who.person.reaches(each.id))
        requests = not reached and bool(self.authorizer.offered(who, ("request",)))
        return Introduced(who.person, reached, who.mismatch, page, requests)

    async def _explain(self, person: Person, command: Explain) -> Explained:
        """Explain a command where it would act, or in every environment that it could mean."""
        action = action_of(command.command)
        places = [None] if action in EVERYWHERE else await self._places(person, command)
        asked = [_asked(command.command, action, place) for place in places]
        explained = tuple(self.authorizer.explain(person, *each) for each in asked)
        return Explained(render(command.command), explained, person)

    async def _places(self, person: Person, command: Explain) -> Sequence[Environment]:
        """Environments that the person may see and the command could mean; else one per tier."""
        inner = command.command
        if isinstance(inner, CreateEnvironment):
            return [Environment("", inner.name, inner.cloud_name or "")]
        seen = await self.resolver.visible(person, Action.ENV_LIST)
        places = seen or [Environment(tier, tier.capitalize(), tier) for tier in Tier]
        name = getattr(inner, "env", None) or getattr(inner, "name", None)
        named = [place for place in places if name and place.answers_to(name)]
        if named or not seen or not isinstance(inner, KeyCommand) or isinstance(inner, CreateKey):
            return named or places
        found = find(inner.name, await self.resolver.keys_in(seen)) if inner.name else []
        return list(dict.fromkeys(here.environment for here in found)) or seen


def _asked(
    command: Plain, action: Action, place: Environment | None
) -> tuple[Action, Environment | None]:
    """The question that decides a command there: a new name may be about another tier."""
    if isinstance(command, RenameEnvironment) and place:
        return asked_by_renaming(place, command.new)[-1]
    return action, place
