"""What a filled-in form would lead to: at once, after approval, or a refusal, by the same rules."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.domain.commands.adoption import AdoptKeys
from bot.domain.commands.environments import CreateEnvironment, RenameEnvironment
from bot.domain.commands.fields import Ask
from bot.domain.commands.grammar import Incomplete
from bot.domain.commands.keys import CreateKey
from bot.domain.commands.requests import RequestKey
from bot.domain.commands.rotations import RotateKey
from bot.domain.environments import Environment
from bot.domain.keys import find
from bot.domain.people import Actor, Person, TurnedAway
from bot.domain.policy import Action, Explanation
from bot.flows.authorize import Authorizer
from bot.flows.gravest import asked_by_renaming
from bot.flows.identity import People
from bot.flows.keys.resolve import Resolver
from bot.flows.keys.role_book import RoleBook


@dataclass(frozen=True)
class Previewer:
    """Looks ahead; it decides nothing."""

    people: People
    authorizer: Authorizer
    resolver: Resolver
    roles: RoleBook

    async def of(self, actor: Actor, form: Incomplete) -> tuple[Explanation, ...]:
        """Explain the command in each environment that the form names, for the person.

        An emergency needs no approval, whatever the rule is otherwise.
        """
        if "emergency" in dict(form.given):
            return ()
        who = await self.people.identify(actor, fresh=False)
        if isinstance(who, TurnedAway) or self.authorizer.refusal(who, form):
            return ()
        places = await self._places(who.person, form)
        explain = self.authorizer.explain
        given = dict(form.given)
        rolled = form.spec.build is RotateKey and given.get("role")
        usual = Action.KEY_ROLES if rolled else form.spec.action
        action = await self.roles.action(usual, given)
        if form.spec.build is RenameEnvironment and given.get("new"):
            asked = [asked_by_renaming(place, given["new"])[-1] for place in places]
            return tuple(explain(who.person, *each) for each in asked)
        return tuple(explain(who.person, action, place) for place in places)

    async def _places(self, person: Person, form: Incomplete) -> Sequence[Environment]:
        given, build = dict(form.given), form.spec.build
        names = [text for each in given.get("env", "").split(",") if (text := each.strip())]
        if build is RequestKey:
            seen = await self.resolver.where_askable(person, form.spec.action)
            return [place for name in names for place in seen if place.answers_to(name)]
        if build in {CreateKey, AdoptKeys}:
            seen = await self.resolver.visible(person, Action.KEY_LIST)
            return [place for place in seen if place.answers_to(names[0])] if names else []
        if build is CreateEnvironment:
            name = given.get("name", "")
            return [Environment("", name, given.get("cloud-name", ""))] if name else []
        if form.spec.action.startswith("env:"):
            seen = await self.resolver.visible(person, Action.ENV_SHOW)
            return [place for name in names for place in seen if place.answers_to(name)]
        if not any(field.kind.ask is Ask.KEY for field in form.spec.arguments):
            return []
        name = given.get("name", "")
        seen = await self.resolver.visible(person, Action.KEY_SHOW)
        found = find(name, await self.resolver.keys_in(seen)) if name else []
        return list(dict.fromkeys(here.environment for here in found))
