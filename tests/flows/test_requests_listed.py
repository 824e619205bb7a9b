import pytest

from bot.cards.kit import plain
from bot.cards.outcomes import card_of
from bot.cards.requests import posted
from bot.domain.home import Home
from bot.domain.outcomes.decisions import Voted
from bot.domain.outcomes.requests import NoSuchRequest, RequestShown, RequestsListed
from bot.domain.people import Actor, Role
from bot.domain.requests.machine import Request
from tests.flows.harness import ADMIN, BILLING, COLLEAGUE, NARROW, NEWCOMER, TECH, Harness
from tests.flows.requested import (
    DELETE,
    WISH,
    approved,
    asked,
    carried_out,
    give_role,
    kept,
)

LISTS = [(f"requests {which}", 0) for which in ("all", "open", "mine", "pending", "closed")]
"""The commands of the menu, each with the page that it begins at."""


async def test_people_see_the_requests_that_concern_them(harness: Harness) -> None:
    """A person's own requests, those that wait for their vote, and all that they may see."""
    request = await asked(harness)

    async def seen(actor: Actor, which: str) -> list[str]:
        outcome = await harness.run(actor, f"requests {which}".rstrip())
        assert isinstance(outcome, RequestsListed), outcome
        return [each.id for each in outcome.requests]

    assert [request.id] == await seen(NEWCOMER, "")
    assert [request.id] == await seen(TECH, "pending")
    assert [request.id] == await seen(NEWCOMER, "all")
    assert [] == await seen(NEWCOMER, "pending")
    assert [] == await seen(BILLING, "all")


async def test_a_request_no_longer_waits_for_a_person_who_voted(
    harness: Harness,
) -> None:
    """It still waits for the others."""
    request = await asked(harness, DELETE, TECH)
    await harness.run(COLLEAGUE, f"approve {request.id}")
    for actor, waiting in ((COLLEAGUE, 0), (ADMIN, 1)):
        outcome = await harness.run(actor, "requests pending")
        assert isinstance(outcome, RequestsListed)
        assert waiting == len(outcome.requests)


async def test_one_request_is_shown_by_its_id(harness: Harness) -> None:
    """To those whom it concerns; to others it is as if there was none"""
    request = await asked(harness)
    shown = await harness.flows.lister.listed((await harness.who(TECH)).person, request.id)
    assert RequestShown(request) == shown
    assert isinstance(await harness.run(TECH, "requests 0123456789abcdefr"), NoSuchRequest)
    billing = (await harness.who(BILLING)).person
    assert NoSuchRequest(request.id) == await harness.flows.lister.listed(billing, request.id)


@pytest.mark.parametrize(
    "text", ["approve {id}", "deny {id} --reason no", "review {id} --comment ok"]
)
async def test_who_decided_still_reads_it_without_the_role(harness: Harness, text: str) -> None:
    """A vote for or against, and a review: they answer for what they decided"""
    emergency = text.startswith("review")
    request = await asked(harness, f"{WISH} --emergency" if emergency else WISH, TECH)
    if emergency:
        await carried_out(harness, request)
    decided = await harness.run(COLLEAGUE, text.format(id=request.id))
    assert isinstance(decided, Voted)
    give_role(harness, COLLEAGUE, Role.REPORTS)
    give_role(harness, NARROW, Role.REPORTS)
    seen = [await harness.who(actor) for actor in (COLLEAGUE, NARROW)]
    shown = [await harness.flows.lister.listed(each.person, request.id) for each in seen]
    assert [RequestShown(await kept(harness, request)), NoSuchRequest(request.id)] == shown


async def test_evidence_has_the_past(harness: Harness) -> None:
    """It counts decided requests of the same kind, and has the approvers of this one."""
    await approved(harness)
    denied = await asked(harness, "request shop-dev denied --reason builds")
    await harness.run(TECH, f"deny {denied.id} --reason no")
    cancelled = await asked(harness, "request shop-dev cancelled --reason builds")
    await harness.run(NEWCOMER, f"cancel {cancelled.id}")
    await asked(harness, "request shop-dev undecided --reason builds")
    found: Request = await asked(harness, "request shop-dev third --reason builds")
    assert (2, 1, 4) == (found.evidence.decided, found.evidence.approved, found.evidence.siblings)
    assert "2 requests like this, 1 approved" in plain(posted(found))
    assert "Tech" in found.evidence.approvers
    assert "New" not in found.evidence.approvers


async def test_evidence_counts_no_other_kind(harness: Harness) -> None:
    """Beside a deletion, approved credentials and emergencies say nothing"""
    await approved(harness, WISH, TECH, to=COLLEAGUE)
    await asked(harness, "request shop-dev fast --reason leak --emergency", TECH)
    deletion = await asked(harness, DELETE, TECH)
    assert (0, 0) == (deletion.evidence.decided, deletion.evidence.approved)
    assert "Past 90 days: no decided requests like this" in plain(posted(deletion))


async def test_all_lists_every_state_and_each_filter_its_own(harness: Harness) -> None:
    """Newest first, each with a button that shows it, and the lists in a menu of their own"""
    requests = list[Request]()
    for number, end in enumerate(("cancel {}", "approve {}", "deny {} --reason no", "")):
        requests.append(await asked(harness, f"request shop-dev k{number} --reason builds"))
        harness.clock.go_on(minutes=1)
        who = NEWCOMER if number == 0 else TECH
        if end:
            await harness.run(who, end.format(requests[-1].id))
    cancelled, granted_, denied, open_ = (each.id for each in requests)
    every = [open_, denied, granted_, cancelled]
    for actor, which, expected in (
        (TECH, "all", every),
        (NEWCOMER, "all", every),
        (NEWCOMER, "mine", every),
        (TECH, "open", [open_]),
        (TECH, "pending", [open_]),
        (TECH, "closed", every[1:]),
        (TECH, "mine", []),
        (BILLING, "all", []),
        (BILLING, "closed", []),
    ):
        listed = await harness.run(actor, f"requests {which}")
        assert isinstance(listed, RequestsListed)
        assert expected == [each.id for each in listed.requests], (actor, which)
        card = card_of(listed)
        buttons, (lists,) = card.buttons, card.filters
        assert LISTS == [(it.command, it.page) for it in lists.choices]
        assert lists.chosen
        assert lists.chosen.command == f"requests {which}"
        assert not [each for each in buttons if each.page is not None]
        assert [f"requests {id_}" for id_ in expected] == [
            each.command for each in buttons if str(each.label).startswith("Show ")
        ]


async def test_a_long_list_has_pages(harness: Harness) -> None:
    """Next and Previous replace the card; a page beyond the last is the last"""
    for number in range(12):
        request = await asked(harness, f"request shop-dev k{number} --reason builds")
        await harness.run(NEWCOMER, f"cancel {request.id}")
        harness.clock.go_on(minutes=1)
    newcomer = (await harness.who(NEWCOMER)).person
    for page, count, turns in ((0, 10, ["Next"]), (1, 2, ["Previous"]), (7, 2, ["Previous"])):
        listed = await harness.flows.lister.some(newcomer, "closed", page)
        assert (count, 2) == (len(listed.requests), listed.pages)
        labels = [str(each.label) for each in card_of(listed).buttons]
        assert turns == [each for each in labels if each in {"Next", "Previous"}]
        assert "Closed requests, page" in plain(card_of(listed))


async def test_an_emergency_waits_for_who_may_review_it(harness: Harness) -> None:
    """Not for its requester or their delegate; after the review its card asks for none"""
    await harness.run(TECH, f"delegate @{NARROW.user_id}")
    request = await asked(harness, f"{WISH} --emergency", TECH)
    await carried_out(harness, request)

    async def waiting(actor: Actor) -> int:
        home = await harness.flows.home.of(actor)
        assert isinstance(home, Home)
        listed = await harness.run(actor, "requests pending")
        assert isinstance(listed, RequestsListed)
        assert listed.requests == home.waiting
        return len(listed.requests)

    seen = {actor: await waiting(actor) for actor in (COLLEAGUE, ADMIN, TECH, NARROW, NEWCOMER)}
    assert {COLLEAGUE: 1, ADMIN: 1, TECH: 0, NARROW: 0, NEWCOMER: 0} == seen
    assert "It needs a review." in plain(posted(await kept(harness, request)))
    await harness.run(ADMIN, f"review {request.id} --comment ok")
    assert 0 == await waiting(COLLEAGUE)
    drawn = plain(posted(await kept(harness, request)))
    assert "needs a review" not in drawn
    assert "Someone" not in drawn
