"""Decides what a command does by the role that it gives, beside what it does itself."""

from collections.abc import Callable
from typing import Final

from bot.domain.commands.grammar import Incomplete, Misunderstood, Planned, read
from bot.domain.commands.registry import base_action_of
from bot.domain.commands.text import escape
from bot.domain.environments import Environment
from bot.domain.people import Person
from bot.domain.policy import Action, Decision, Refused
from bot.domain.requests.terms import Terms
from bot.flows.plan import Plan

Decide = Callable[[Person, Action, Environment | None], Decision]
_GRAVEST: Final = frozenset({Action.KEY_MASTER_ADMIN, Action.USER_MASTER_ADMIN})
_NO_COMMAND: Final = (Incomplete, Misunderstood, Planned)


def of_plan(decide: Decide, person: Person, plan: Plan) -> Decision:
    """Decide a plan."""
    return _beside(decide, person, (base_action_of(plan.command), plan.action), plan.environment)


def of_terms(decide: Decide, person: Person, terms: Terms, place: Environment) -> Decision:
    """Decide the terms of a request again."""
    command = read(escape(terms.command))
    if terms.action not in _GRAVEST or isinstance(command, _NO_COMMAND):
        return decide(person, terms.action, place)
    return _beside(decide, person, (base_action_of(command), terms.action), place)


def _beside(
    decide: Decide, person: Person, actions: tuple[Action, Action], place: Environment
) -> Decision:
    """Ask for the command's own action, which may refuse, then for the gravest one."""
    base, gravest = actions
    decision = decide(person, base, place)
    if base is gravest or isinstance(decision, Refused):
        return decision
    return decide(person, gravest, place)
