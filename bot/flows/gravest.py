"""Decides what a command does beside its action: a role that it gives, a tier that it lowers."""

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from bot.domain.commands.environments import RenameEnvironment
from bot.domain.commands.grammar import Incomplete, Misunderstood, read
from bot.domain.commands.registry import base_action_of
from bot.domain.commands.text import escape
from bot.domain.environments import Environment, Tier
from bot.domain.people import Person
from bot.domain.policy import Action, Allowed, Decision, NeedsApproval, Refused
from bot.domain.policy_merge import merge
from bot.domain.requests.rotation_terms import RotationTerms
from bot.domain.requests.terms import Terms
from bot.flows.plan import Plan

Decide = Callable[[Person, Action, Environment | None], Decision]
_GRAVEST: Final = frozenset({Action.KEY_MASTER_ADMIN, Action.USER_MASTER_ADMIN})
_NO_COMMAND: Final = (Incomplete, Misunderstood)


def of_plan(decide: Decide, person: Person, plan: Plan) -> Decision:
    """Decide a plan."""
    if isinstance(plan.command, RenameEnvironment):
        return _renamed(decide, person, plan.environment, plan.command.new)
    actions = (base_action_of(plan.command), *_by_rotation(plan.rotation), plan.action)
    return _beside(decide, person, actions, plan.environment)


def of_terms(decide: Decide, person: Person, terms: Terms, place: Environment) -> Decision:
    """Decide the terms of a request again."""
    command = read(escape(terms.command))
    if isinstance(command, RenameEnvironment):
        return _renamed(decide, person, place, command.new)
    given = _by_rotation(terms.rotation)
    if isinstance(command, _NO_COMMAND) or not (given or terms.action in _GRAVEST):
        return _beside(decide, person, (*given, terms.action), place)
    return _beside(decide, person, (base_action_of(command), *given, terms.action), place)


def asked_by_renaming(place: Environment, name: str) -> tuple[tuple[Action, Environment], ...]:
    """What another name asks of the policy, the gravest question last.

    Renaming counts in both tiers. A name that lowers the tier would be a way around `env tier`.
    """
    after, order = replace(place, name=name), list(Tier)
    tiers = sorted((place, after), key=lambda it: order.index(it.tier))
    asked = [(Action.ENV_RENAME, it) for it in tiers]
    lowers = order.index(after.tier) < order.index(place.tier)
    return (*asked, (Action.ENV_TIER, place)) if lowers else tuple(asked)


def _renamed(decide: Decide, person: Person, place: Environment, name: str) -> Decision:
    return _added_up(decide, person, asked_by_renaming(place, name))


def _by_rotation(rotation: RotationTerms | None) -> tuple[Action, ...]:
    """What a rotation asks beside itself: other roles need what `key roles` needs."""
    return (Action.KEY_ROLES,) if rotation and rotation.changed else ()


def _beside(
    decide: Decide, person: Person, actions: tuple[Action, ...], place: Environment
) -> Decision:
    """Ask for the command's own action, and for the gravest one: more is never easier to get."""
    asked = dict.fromkeys((action, place) for action in actions)
    return _added_up(decide, person, tuple(asked))


def _added_up(
    decide: Decide, person: Person, asked: tuple[tuple[Action, Environment], ...]
) -> Decision:
    """Add up what is asked, the gravest last; a single refusal is one of the whole."""
    permits = list[Allowed | NeedsApproval]()
    for action, where in asked:
        decision = decide(person, action, where)
        if isinstance(decision, Refused):
            return decision
        permits.append(decision)
    voted = [it for it in permits if isinstance(it, NeedsApproval)]
    return merge(permits, (voted or permits)[-1].policy)
