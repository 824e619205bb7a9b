"""Outcome -> card, by noun. A new outcome does not type-check until its noun draws it."""

from typing import assert_never

from bot.cards.access_reviews import review_card
from bot.cards.audit_log import oversight_card
from bot.cards.bulk import bulk_card
from bot.cards.decisions import decision_card
from bot.cards.environment_changes import place_card
from bot.cards.environments import environment_card
from bot.cards.explained import explained
from bot.cards.general import general_card
from bot.cards.groups import group_card
from bot.cards.key_records import record_card
from bot.cards.key_roles import role_card
from bot.cards.keys import key_card
from bot.cards.kit import Card, joined
from bot.cards.leaks import leak_card
from bot.cards.links import link_card
from bot.cards.not_replaced import not_replaced
from bot.cards.people import access_card
from bot.cards.request_lists import seen_card
from bot.cards.requested import request_card
from bot.cards.rotation_schedules import scheduled
from bot.cards.rotation_steps import rotation_card
from bot.cards.users import user_card
from bot.domain.outcomes.access import AccessOutcome, Explained
from bot.domain.outcomes.access_reviews import ReviewOutcome
from bot.domain.outcomes.bulk import BulkOutcome
from bot.domain.outcomes.decisions import DecisionOutcome
from bot.domain.outcomes.environment_changes import PlaceOutcome
from bot.domain.outcomes.environments import EnvironmentOutcome
from bot.domain.outcomes.general import GeneralOutcome
from bot.domain.outcomes.groups import GroupOutcome
from bot.domain.outcomes.key_records import KeyRecordOutcome
from bot.domain.outcomes.keys import KeyOutcome
from bot.domain.outcomes.leaks import LeakOutcome
from bot.domain.outcomes.links import LinkOutcome
from bot.domain.outcomes.oversight import OversightOutcome
from bot.domain.outcomes.requests import RequestOutcome, SeenOutcome
from bot.domain.outcomes.roles import RoleOutcome
from bot.domain.outcomes.rotations import NotScheduled, RotationOutcome, RotationScheduled
from bot.domain.outcomes.union import NotReplaced, Outcome, Several
from bot.domain.outcomes.users import UserOutcome

NounOutcome = (
    KeyOutcome
    | KeyRecordOutcome
    | RoleOutcome
    | RotationOutcome
    | UserOutcome
    | GroupOutcome
    | BulkOutcome
    | NotReplaced
)


def card_of(outcome: Outcome) -> Card:
    """Draw the outcome of a command."""
    if isinstance(outcome, NounOutcome):
        return _noun(outcome)
    if isinstance(outcome, PlaceOutcome | EnvironmentOutcome):
        return _environments(outcome)
    if isinstance(outcome, RequestOutcome):
        return request_card(outcome)
    if isinstance(outcome, SeenOutcome):
        return seen_card(outcome)
    if isinstance(outcome, DecisionOutcome):
        return decision_card(outcome)
    if isinstance(outcome, LinkOutcome | LeakOutcome):
        return leak_card(outcome) if isinstance(outcome, LeakOutcome) else link_card(outcome)
    if isinstance(outcome, AccessOutcome):
        return _access(outcome)
    if isinstance(outcome, GeneralOutcome | OversightOutcome | ReviewOutcome):
        return _general(outcome)
    if isinstance(outcome, Several):
        return joined([card_of(each) for each in outcome.outcomes])
    assert_never(outcome)


def _environments(outcome: PlaceOutcome | EnvironmentOutcome) -> Card:
    return place_card(outcome) if isinstance(outcome, PlaceOutcome) else environment_card(outcome)


def _noun(outcome: NounOutcome) -> Card:
    if isinstance(outcome, KeyRecordOutcome):
        return record_card(outcome)
    if isinstance(outcome, RotationOutcome):
        if isinstance(outcome, NotScheduled | RotationScheduled):
            return scheduled(outcome)
        return rotation_card(outcome)
    if isinstance(outcome, NotReplaced):
        return not_replaced(outcome)
    if isinstance(outcome, UserOutcome):
        return user_card(outcome)
    if isinstance(outcome, GroupOutcome):
        return group_card(outcome)
    if isinstance(outcome, BulkOutcome):
        return bulk_card(outcome)
    return role_card(outcome) if isinstance(outcome, RoleOutcome) else key_card(outcome)


def _general(outcome: GeneralOutcome | OversightOutcome | ReviewOutcome) -> Card:
    if isinstance(outcome, ReviewOutcome):
        return review_card(outcome)
    return (
        oversight_card(outcome) if isinstance(outcome, OversightOutcome) else general_card(outcome)
    )


def _access(outcome: AccessOutcome) -> Card:
    return explained(outcome) if isinstance(outcome, Explained) else access_card(outcome)
