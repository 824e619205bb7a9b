"""Ids of requests as people type them: a few characters, however they are written."""

from dataclasses import replace
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.cards.kit import plain
from bot.cards.outcomes import card_of
from bot.domain.commands.grammar import read, read_typed, write
from bot.domain.commands.requests import Approve, Deny, ListRequests
from bot.domain.outcomes.access import Denied
from bot.domain.outcomes.decisions import MayNotDecide, QuestionSent, TooLate, Voted
from bot.domain.outcomes.keys import KeyChanged
from bot.domain.outcomes.links import LinkReady
from bot.domain.outcomes.requests import (
    NoSuchRequest,
    Requested,
    RequestNeeded,
    RequestShown,
    RequestsListed,
    WhichRequest,
)
from bot.domain.outcomes.union import Several
from bot.domain.people import Actor
from bot.domain.request_ids import length_apart
from bot.domain.requests.machine import Event, Request
from bot.flows.requests.lookup import named
from tests.flows.harness import ADMIN, BILLING, DEV, NARROW, NEWCOMER, TECH, Harness
from tests.flows.requested import carried_out, kept

FIRST, ALIKE, OTHER = "d3b70ade53ab4bac", "d3b70a0000000000", "0123456789abcdef"
"""Ids of jobs as the product makes them; two begin alike."""


async def opened(
    harness: Harness, id_: str, by: Actor = NEWCOMER, place: str = "shop-dev"
) -> Request:
    """Open a request with this id."""
    job = await harness.job(by, f"request {place} k{id_} --reason builds")
    outcome = await harness.flows.dispatcher.run(replace(job, id=id_))
    assert isinstance(outcome, Requested), outcome
    return outcome.request


@pytest.mark.parametrize(
    "typed",
    [
        *("D3B70ADE53AB4BACR", "#d3b70ade53ab4bacr", "`d3b70ade53ab4bacr`", "d3b70a", "D3B7"),
        *("#D3B70A", "`#d3b70a`", "d3b70a.", "“d3b70a”", "*d3b70a*,", "_d3b70ade_"),
    ],
)
def test_however_an_id_is_written_it_is_the_same(typed: str) -> None:
    """Case, marks around it and punctuation mean nothing"""
    found = read_typed(f"approve {typed}")
    assert isinstance(found, Approve)
    assert "d3b70ade53ab4bacr".startswith(found.id)
    assert found == read(write(found))


@given(st.text(min_size=1, max_size=40))
def test_no_text_becomes_another_id_when_it_is_read_again(typed: str) -> None:
    """A stored command stays readable"""
    found = read_typed(f"approve {typed}")
    if isinstance(found, Approve):
        assert found == read(write(found))


@pytest.mark.parametrize(
    ("text", "by"),
    [
        ("approve {}", TECH),
        ("deny {} --reason no", TECH),
        ("ask {} --question why", TECH),
        ("cancel {}", NEWCOMER),
        ("requests {}", NEWCOMER),
        ("requests {}", TECH),
    ],
)
async def test_six_characters_are_enough(harness: Harness, text: str, by: Actor) -> None:
    """To decide, to ask, to cancel, to look"""
    request = await opened(harness, FIRST)
    await opened(harness, OTHER)
    outcome = await harness.run(by, text.format(f"`#{request.short_id.upper()}`."))
    assert isinstance(outcome, Voted | QuestionSent | RequestShown), outcome
    assert request.id == outcome.request.id


async def test_a_vote_is_withdrawn_by_the_beginning_of_an_id(harness: Harness) -> None:
    """Four characters are enough where no other request begins so"""
    request = await opened(harness, FIRST)
    await harness.run(TECH, f"approve {request.id}")
    outcome = await harness.run(TECH, "withdraw d3b7")
    assert isinstance(outcome, Voted)
    assert Event.WITHDRAW is outcome.event


@pytest.mark.parametrize("text", ["approve {}", "deny {} --reason no", "requests {}"])
async def test_what_may_mean_two_requests_does_nothing(harness: Harness, text: str) -> None:
    """It lists them by as much of their ids as tells them apart"""
    both = [await opened(harness, id_) for id_ in (FIRST, ALIKE)]
    outcome = await harness.run(TECH, text.format("d3b70a"))
    assert isinstance(outcome, WhichRequest)
    assert {*both} == {*outcome.requests}
    assert [it.state for it in both] == [(await kept(harness, it)).state for it in both]
    drawn = plain(card_of(outcome))
    assert "d3b70ad " in drawn
    assert "d3b70a0 " in drawn
    assert "Nothing changed." in drawn


async def test_an_id_is_shown_as_far_as_it_differs_from_open_ones(harness: Harness) -> None:
    """Six characters, or more"""
    first, second = [await opened(harness, id_) for id_ in (FIRST, ALIKE)]
    assert ("d3b70a", "d3b70a0") == (first.short_id, second.short_id)
    await harness.run(NEWCOMER, f"cancel {second.id}")
    assert isinstance(await harness.run(NEWCOMER, "cancel d3b70a0"), TooLate)


async def test_requests_of_others_are_no_answer(harness: Harness) -> None:
    """Neither found nor counted: a beginning tells nothing about what a person may not see"""
    await opened(harness, FIRST)
    own = await opened(harness, ALIKE, BILLING)
    assert isinstance(await harness.run(NARROW, "requests d3b7"), WhichRequest)
    shown = await harness.run(BILLING, "requests d3b7")
    assert isinstance(shown, RequestShown)
    assert own.id == shown.request.id
    assert isinstance(await harness.run(BILLING, "approve d3b70ad"), NoSuchRequest)


async def test_who_reads_the_audit_log_finds_what_no_one_decides(harness: Harness) -> None:
    """A brown-out at once has no approver: by a short or a whole id, and in the list"""
    job = await harness.job(TECH, "key brownout ci-bot --for 10m --env shop-dev")
    outcome = await harness.flows.dispatcher.run(replace(job, id=FIRST))
    assert isinstance(outcome, Requested)
    request = outcome.request
    assert not request.approval.quorum
    for typed in (request.short_id, request.id):
        shown = await harness.run(ADMIN, f"requests {typed}")
        assert isinstance(shown, RequestShown), shown
        for actor in (NEWCOMER, BILLING, NARROW):
            assert isinstance(await harness.run(actor, f"requests {typed}"), NoSuchRequest | Denied)
    listed = await harness.run(ADMIN, "requests all")
    assert isinstance(listed, RequestsListed)
    assert [request.id] == [each.id for each in listed.requests]


async def test_fewer_than_four_characters_are_no_id(harness: Harness) -> None:
    """One could be tried after the other"""
    await opened(harness, FIRST)
    assert isinstance(await harness.run(TECH, "approve d3b"), NoSuchRequest)


async def test_credentials_are_collected_by_the_beginning_of_an_id(harness: Harness) -> None:
    """And their key is disabled by it"""
    request = await opened(harness, FIRST)
    await harness.run(TECH, f"approve {request.id}")
    await carried_out(harness, request)
    assert isinstance(await harness.run(NEWCOMER, "claim #D3B70A"), LinkReady)
    assert isinstance(await harness.run(NEWCOMER, "cancel d3b70a"), KeyChanged)
    assert not (await harness.key(DEV, f"k{FIRST}")).enabled


async def test_requests_of_one_command_differ_from_the_start(harness: Harness) -> None:
    """In several environments"""
    outcome = await harness.run(NEWCOMER, 'request "shop-dev, shop-stag" new --reason builds')
    assert isinstance(outcome, Several)
    ids = [each.request.short_id for each in outcome.outcomes if isinstance(each, Requested)]
    assert 2 == len(ids)
    assert not any(one.startswith(other) for one, other in permutations(ids, 2))


@given(st.text("0123456789abcdef", min_size=7, max_size=20), st.sets(st.text("0123456789abcdef")))
def test_the_length_tells_an_id_from_the_others(id_: str, others: set[str]) -> None:
    """Where any beginning of it does"""
    length = length_apart(id_, others)
    alone = not any(each.startswith(id_[:length]) for each in others)
    assert alone or length == len(id_)


@pytest.mark.parametrize(
    ("text", "by", "expected"),
    [
        ("deny 99999999r", TECH, NoSuchRequest),
        ("ask 99999999r", TECH, NoSuchRequest),
        ("renew 99999999r", NEWCOMER, NoSuchRequest),
        ("review 99999999r", ADMIN, NoSuchRequest),
        ("deny d3b70a", NEWCOMER, MayNotDecide),
        ("ask d3b70a", BILLING, NoSuchRequest),
        ("deny d3b70ade53ab4bacr", BILLING, MayNotDecide),
        ("review d3b70a", TECH, TooLate),
        ("deny d3b70a", TECH, RequestNeeded),
        ("ask d3b70a", TECH, RequestNeeded),
        ("deny", TECH, RequestNeeded),
    ],
)
async def test_what_would_be_refused_opens_no_form(
    harness: Harness, text: str, by: Actor, expected: type
) -> None:
    """A press on the card of a lost request, too; a form has the whole id"""
    request = await opened(harness, FIRST)
    outcome = await harness.run(by, text)
    assert isinstance(outcome, expected), outcome
    if isinstance(outcome, RequestNeeded):
        assert (request,) == outcome.requests
        assert dict(outcome.incomplete.given).get("id", request.id) == request.id


async def test_a_decided_request_opens_no_form_to_deny_it(harness: Harness) -> None:
    """It says what became of it"""
    request = await opened(harness, FIRST)
    await harness.run(NEWCOMER, f"cancel {request.id}")
    assert isinstance(await harness.run(TECH, "deny d3b70a"), TooLate)


async def test_an_operator_uses_the_same_ids(harness: Harness) -> None:
    """At the server, where every request may be seen"""
    first, _ = [await opened(harness, id_) for id_ in (FIRST, ALIKE)]
    assert (Deny(first.id, "no"), first) == await named(harness.requests, Deny("#D3B70AD", "no"))
    assert (ListRequests(first.id), first) == await named(harness.requests, ListRequests("d3b70ad"))
    assert isinstance(await named(harness.requests, Approve("d3b70a")), WhichRequest)
    assert (Approve("9999"), None) == await named(harness.requests, Approve("9999"))
