"""A command about a request that names none, or lacks more."""

import pytest

from bot.cards.forms import form_of
from bot.cards.kit import render
from bot.cards.outcomes import card_of
from bot.domain.outcomes.decisions import MayNotDecide, Voted
from bot.domain.outcomes.requests import NoSuchRequest, RequestNeeded
from bot.domain.people import Actor
from tests.flows.harness import ADMIN, NARROW, NEWCOMER, TECH, Harness
from tests.flows.requested import WISH_IN_PRODUCTION, asked, collected, rule, under

VERBS = ("approve", "deny", "ask", "withdraw", "cancel", "renew", "review")
NEXT = {"review": "/cld review keys"}
"""What the answer says to type, where that is not a list of requests."""


@pytest.mark.parametrize("verb", VERBS)
async def test_without_any_request_a_person_reads_so(verb: str, harness: Harness) -> None:
    """And what to do; no form opens in which nothing could be chosen"""
    outcome = await harness.run(TECH, verb)
    assert form_of(outcome) is None
    text = render(card_of(outcome)).text
    assert NEXT.get(verb, "/cld requests") in text
    assert "No" in text or "You have no" in text


@pytest.mark.parametrize(
    ("verb", "by"),
    [("approve", TECH), ("deny", TECH), ("ask", ADMIN), ("cancel", NEWCOMER)],
)
async def test_the_only_request_is_filled_in_and_shown(
    verb: str, by: Actor, harness: Harness
) -> None:
    """The person sees what they decide about"""
    request = await asked(harness)
    form = form_of(await harness.run(by, verb))
    assert form
    assert request.id == dict(form.incomplete.given)["id"]
    assert form.above


async def test_one_of_several_is_chosen(harness: Harness) -> None:
    """The form asks which"""
    await asked(harness)
    await asked(harness, WISH_IN_PRODUCTION)
    form = form_of(await harness.run(ADMIN, "approve"))
    assert form
    assert () == form.incomplete.given
    assert () == form.above


async def test_a_form_to_deny_shows_the_request_to_those_who_may_deny_it(harness: Harness) -> None:
    """Others are refused before a form opens"""
    request = await asked(harness, WISH_IN_PRODUCTION)
    seen = await harness.run(ADMIN, f"deny {request.id}")
    assert isinstance(seen, RequestNeeded)
    assert (request,) == seen.requests
    assert isinstance(await harness.run(NARROW, f"deny {request.id}"), MayNotDecide)
    assert isinstance(await harness.run(ADMIN, "deny 0123456789abr"), NoSuchRequest)


async def test_access_that_was_collected_can_be_renewed_and_ended(harness: Harness) -> None:
    """By its owner"""
    request = await collected(harness)
    for verb in ("renew", "cancel"):
        form = form_of(await harness.run(NEWCOMER, verb))
        assert form
        assert request.id == dict(form.incomplete.given)["id"]
        assert isinstance(await harness.run(ADMIN, verb), RequestNeeded)
        assert form_of(await harness.run(ADMIN, verb)) is None


async def test_a_vote_is_withdrawn_by_who_gave_it(harness: Harness) -> None:
    """While the request is open"""
    request = await asked(harness, "key delete shop-web --env shop --reason old", TECH)
    assert isinstance(await harness.run(ADMIN, f"approve {request.id}"), Voted)
    form = form_of(await harness.run(ADMIN, "withdraw"))
    assert form
    assert request.id == dict(form.incomplete.given)["id"]
    assert form_of(await harness.run(TECH, "withdraw")) is None


async def test_an_approval_that_needs_more_asks_for_it_at_once(
    harness: Harness, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """The typed name and a comment, in the form that shows the request"""
    required = '@approvals("1")\n@approvers("key_roles")\n@risk("high")\n@comment("required")'
    under(harness, tmp_path_factory.mktemp("rules"), rule("key:request", required))
    request = await asked(harness)
    form = form_of(await harness.run(TECH, "approve"))
    assert form
    assert {"confirm"} <= form.only
    more = await harness.run(TECH, f"approve {request.id}")
    (button,) = card_of(more).buttons
    assert ("approve", request.id) == (button.command, button.request_id)
