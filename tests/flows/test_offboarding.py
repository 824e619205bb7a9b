"""A person leaves: one preview of what they have, one approved request that ends it."""

from dataclasses import replace

import pytest

from bot.cards.forms import form_of
from bot.cards.kit import offering, plain, render
from bot.cards.outcomes import card_of
from bot.cards.request_details import details_view
from bot.cards.request_states import state
from bot.cards.requests import posted
from bot.domain.audit import AuditEvent
from bot.domain.bulk import Bulk, OutReason, Part
from bot.domain.commands.registry import BY_WORDS
from bot.domain.languages import ENGLISH
from bot.domain.outcomes.access import Denied
from bot.domain.outcomes.bulk import BulkReported, NoSuchBulk
from bot.domain.outcomes.decisions import Voided
from bot.domain.outcomes.union import Outcome
from bot.domain.outcomes.users import NoSuchUser, UserRefused
from bot.domain.people import Actor, Role
from bot.domain.policy import Action
from bot.domain.requests.machine import State
from bot.domain.requests.notifications import Topic
from bot.domain.requests.votes import IneligibleReason
from bot.domain.users import Refusal
from bot.errors import Forbidden, StoreError, Unavailable
from tests.flows.harness import ADMIN, CHIEF, COLLEAGUE, DEV, NEWCOMER, PROD, TECH, Harness
from tests.flows.offboarding import (
    OFFBOARD,
    has,
    offboarding,
    previewed,
    sent,
    settled_in,
    shown,
)
from tests.flows.requested import (
    WISH,
    approved,
    asked,
    carried_out,
    give_role,
    ineligible_reason,
    kept,
    leave,
    topics,
)

SECOND = Actor("T1", "U0SECOND")


def report(outcome: Outcome) -> Bulk:
    """What became of the parts."""
    assert isinstance(outcome, BulkReported), outcome
    return outcome.bulk


def states(bulk: Bulk) -> list[str]:
    """The state of each part."""
    return [str(part.state) for part in bulk.parts]


EVERYTHING = ["user", "key", "link", "request", "delegation", "delegation", "group"]


async def test_a_preview_shows_everything_that_the_person_has(harness: Harness) -> None:
    """By ids, in the order in which it ends; nothing changes"""
    await settled_in(harness)
    outcome = shown(await harness.run(ADMIN, OFFBOARD))
    commands = [" ".join(part.command.split()[:2]) for part in outcome.bulk.parts]
    assert ["user disable", "key disable", "key disable"] == commands[:3]
    assert commands[3].startswith("cancel ")
    assert ['delegate "@U0COLLEAGUE"', 'delegate "@U0TECH"', "group drop"] == commands[4:]
    assert EVERYTHING == await has(harness)
    said = plain(card_of(outcome))
    for text in ("Disable the key mine in Shop dev", "Revoke the link of the key waiting"):
        assert text in said
    first = f'user offboard "@U0TECH" --list {outcome.bulk.id}'
    assert first in [each.command for each in offering([card_of(outcome)])]


async def test_the_list_says_what_each_request_is(harness: Harness) -> None:
    """Its action and its key; in the preview and on the card"""
    await settled_in(harness)
    preview = await harness.run(ADMIN, OFFBOARD)
    for shown_ in (plain(card_of(preview)), plain(posted(await sent(harness)))):
        (said,) = [it for it in shown_.splitlines() if "Cancel the request" in it]
        assert ": new credentials, deploy" in said
        assert said.endswith(" · Shop")


async def test_the_form_has_a_box_for_each_part_that_there_is(harness: Harness) -> None:
    """All of them ticked, and a reason for those who approve"""
    await settled_in(harness)
    form = form_of(await harness.run(ADMIN, OFFBOARD))
    assert form
    assert frozenset({"parts", "reason"}) == form.only
    given = dict(form.incomplete.given)
    assert "user,keys,links,requests,delegations,groups" == given["parts"]


async def test_one_approved_request_ends_it_all(harness: Harness) -> None:
    """Another admin approves it; each part is a job of its own, in the audit log"""
    await settled_in(harness)
    request = await sent(harness)
    assert Action.USER_OFFBOARD is request.terms.action
    assert State.PENDING is request.state
    own = await harness.run(ADMIN, f"approve {request.id}")
    assert IneligibleReason.OWN_REQUEST is ineligible_reason(own)
    theirs = await harness.run(TECH, f"approve {request.id}")
    assert IneligibleReason.ABOUT_YOU is ineligible_reason(theirs)
    assert EVERYTHING == await has(harness)
    await harness.run(CHIEF, f"approve {request.id}")
    bulk = report(await carried_out(harness, request))
    assert ["done"] * 7 == states(bulk)
    assert [] == await has(harness)
    assert State.DONE is (await kept(harness, request)).state
    asked_for = [it for it in harness.jobs.entries if it.target.get("bulk") == request.id]
    assert 7 == len({it.job for it in asked_for if it.event is AuditEvent.ASKED})
    assert "7 of 7 parts are done" in plain(card_of(BulkReported(bulk)))


async def test_only_the_parts_that_were_chosen_end(harness: Harness) -> None:
    """The others stay, whatever the list had"""
    await settled_in(harness)
    request = await offboarding(harness, "keys,requests")
    assert ["done", "done"] == states(report(await carried_out(harness, request)))
    assert ["user", "link", "delegation", "delegation", "group"] == await has(harness)


async def test_parts_that_there_are_none_of_open_no_request(harness: Harness) -> None:
    """The answer says so"""
    bulk = await previewed(harness)
    outcome = shown(await harness.run(ADMIN, f"{OFFBOARD} --list {bulk.id} --parts links"))
    assert "nothing to end" in plain(card_of(outcome))
    assert not await harness.requests.opened_by(ADMIN, 9)


async def test_the_parts_are_a_part_of_the_fingerprint(harness: Harness) -> None:
    """Other parts are another request"""
    await settled_in(harness)
    terms = (await sent(harness)).terms
    other = replace(terms, parts=terms.parts[1:])
    assert terms.fingerprint != other.fingerprint
    renamed = replace(terms.parts[0], command="user disable u-U0CHIEF")
    assert terms.fingerprint != replace(terms, parts=(renamed, *terms.parts[1:])).fingerprint


async def test_who_approves_can_read_every_part(harness: Harness) -> None:
    """The card counts what it has no room for, and the details name all of it"""
    await settled_in(harness)
    request = await sent(harness)
    many = tuple(Part(f"group drop g{at} u", f"Group {at}", "", "x") for at in range(60))
    large = replace(request, terms=replace(request.terms, parts=many))
    assert "and 40 more" in plain(posted(large))
    assert "Group 59" in str(details_view(large, ENGLISH))


async def test_a_part_that_was_not_approved_is_left_alone(harness: Harness) -> None:
    """Even where the stored list has it"""
    await settled_in(harness)
    request = await offboarding(harness, "requests")
    other = Part("user disable u-U0COLLEAGUE", "colleague@lumen.example")
    wider = Bulk(
        request.id, ADMIN, request.terms.command, request.asked_at, (*request.terms.parts, other)
    )
    entry = harness.flows.dispatcher.audit_log.entry(
        await harness.job(ADMIN, OFFBOARD), AuditEvent.ANSWERED
    )
    await harness.bulks.add(wider, entry)
    assert ["done", "skipped"] == states(report(await carried_out(harness, request)))
    assert harness.account.user_now("u-U0COLLEAGUE").enabled


async def test_no_other_command_runs_the_parts(harness: Harness) -> None:
    """Neither a list before its request, nor the request's own list by another command"""
    await settled_in(harness)
    bulk = await previewed(harness)
    request = await sent(harness)
    for id_ in (bulk.id, request.id):
        for text in (f"key disable --resume {id_}", f"{OFFBOARD} --resume {id_}"):
            assert isinstance(await harness.run(ADMIN, text), NoSuchBulk)
    assert isinstance(await harness.run(CHIEF, f"{OFFBOARD} --list {bulk.id}"), NoSuchBulk)
    assert isinstance(await harness.run(COLLEAGUE, OFFBOARD), Denied)
    assert EVERYTHING == await has(harness)


async def test_a_list_is_of_one_person(harness: Harness) -> None:
    """It can't be sent for another one"""
    await settled_in(harness)
    bulk = await previewed(harness)
    outcome = await harness.run(ADMIN, f"user offboard @{COLLEAGUE.user_id} --list {bulk.id}")
    assert UserRefused("colleague@lumen.example", Refusal.CHANGED_SINCE) == outcome


async def test_neither_oneself_nor_the_last_master_admin(harness: Harness) -> None:
    """Refused before a list is shown"""
    own = await harness.run(ADMIN, f"user offboard @{ADMIN.user_id}")
    assert UserRefused("admin@lumen.example", Refusal.OWN_USER) == own
    last = await harness.run(ADMIN, f"user offboard @{CHIEF.user_id}")
    assert UserRefused("chief@lumen.example", Refusal.LAST_MASTER_ADMIN) == last
    assert isinstance(await harness.run(ADMIN, "user offboard unknown@lumen.example"), NoSuchUser)


@pytest.mark.parametrize("parts", ["", "groups"])
async def test_the_last_master_admin_is_refused_again_when_it_runs(
    harness: Harness, parts: str
) -> None:
    """The whole request: not one part of it ends"""
    harness.add_member(SECOND, Role.MASTER_ADMIN)
    harness.account.add_group("Content")
    second = harness.account.user_now(f"u-{SECOND.user_id}")
    harness.account.add_user(second, groups=["Content"])
    bulk = await previewed(harness, f"user offboard @{SECOND.user_id}")
    some = f" --parts {parts}" if parts else ""
    text = f"user offboard @{SECOND.user_id} --list {bulk.id}{some} --reason left"
    for voter in (COLLEAGUE, TECH):
        harness.add_member(voter, Role.ADMIN)
    request = await approved(harness, text, ADMIN, to=COLLEAGUE, also=[TECH])
    chief = harness.account.user_now(f"u-{CHIEF.user_id}")
    harness.account.add_user(replace(chief, enabled=False))
    outcome = await carried_out(harness, request)
    assert UserRefused("second@lumen.example", Refusal.LAST_MASTER_ADMIN) == outcome
    assert harness.account.user_now(f"u-{SECOND.user_id}").enabled
    assert await harness.account.groups_of(f"u-{SECOND.user_id}")
    assert State.FAILED is (await kept(harness, request)).state


async def test_keys_that_others_depend_on_are_left_out(harness: Harness) -> None:
    """The list says which, and why"""
    await settled_in(harness)
    for key in await harness.account.keys(DEV.id):
        if key.name != "mine":
            harness.account.replace_key(DEV.id, replace(key, enabled=False))
    outcome = shown(await harness.run(ADMIN, OFFBOARD))
    assert [OutReason.LAST_ENABLED] == [it.reason for it in outcome.bulk.left_out]
    assert "mine would be the last enabled key in Shop dev" in plain(card_of(outcome))


async def test_keys_out_of_sight_are_counted(harness: Harness) -> None:
    """An admin who does not reach the environment learns no name"""
    await settled_in(harness)
    give_role(harness, ADMIN, Role.ADMIN, reaches=PROD)
    outcome = shown(await harness.run(ADMIN, OFFBOARD))
    assert 2 == outcome.hidden
    assert "mine" not in plain(card_of(outcome))


async def test_a_person_whom_cloudinary_does_not_know(harness: Harness) -> None:
    """Their open requests end all the same, also after they left Slack"""
    request = await asked(harness, WISH, NEWCOMER)
    await leave(harness, NEWCOMER)
    text = f"user offboard @{NEWCOMER.user_id}"
    bulk = await previewed(harness, text)
    assert [f"cancel {request.id}"] == [part.command for part in bulk.parts]
    asks = await asked(harness, f"{text} --list {bulk.id} --reason left", ADMIN)
    assert "'user_id': 'U0NEW'" in str(render(posted(asks)).blocks)
    await harness.run(CHIEF, f"approve {asks.id}")
    assert ["done"] == states(report(await carried_out(harness, asks)))
    assert State.CANCELLED is (await kept(harness, request)).state


async def test_nothing_to_end(harness: Harness) -> None:
    """The answer says so, and offers nothing"""
    outcome = shown(await harness.run(ADMIN, f"user offboard @{NEWCOMER.user_id}"))
    assert "nothing to end" in plain(card_of(outcome))
    assert not offering([card_of(outcome)])
    assert form_of(outcome) is None


@pytest.mark.parametrize("done", [False, True], ids=["before", "after"])
async def test_it_stops_where_cloudinary_is_away_and_resumes(
    harness: Harness, *, done: bool
) -> None:
    """On the same approval, for the same parts, each with one effect"""
    await settled_in(harness)
    request = await offboarding(harness)
    harness.account.fail_next("set_enabled", Unavailable("500", maybe_done=True), after=done)
    bulk = report(await carried_out(harness, request))
    assert ["done", "failed"] == states(bulk)[:2]
    assert State.FAILED is (await kept(harness, request)).state
    (resume,) = [each.command for each in offering([card_of(BulkReported(bulk))])]
    assert isinstance(await harness.run(CHIEF, resume), NoSuchBulk)
    assert {"done"} == {*states(report(await harness.run(ADMIN, resume)))}
    assert [] == await has(harness)


async def test_resuming_needs_an_approval_that_still_holds(harness: Harness) -> None:
    """Not one whose voter lost their right, nor one of last month"""
    await settled_in(harness)
    request = await offboarding(harness)
    harness.account.fail_next("set_enabled", Forbidden("no"))
    await carried_out(harness, request)
    resume = f"{OFFBOARD} --resume {request.id}"
    give_role(harness, CHIEF, Role.BILLING)
    give_role(harness, SECOND, Role.MASTER_ADMIN)
    assert isinstance(await harness.run(ADMIN, resume), Voided)
    give_role(harness, CHIEF, Role.MASTER_ADMIN)
    harness.clock.go_on(days=8)
    late = await harness.run(ADMIN, resume)
    assert isinstance(late, NoSuchBulk)
    assert "7 days" in plain(card_of(late))
    assert ["key"] == await has(harness)


@pytest.mark.parametrize("passing", range(8))
async def test_a_crash_goes_on_where_it_was(harness: Harness, passing: int) -> None:
    """Wherever the record could not be written: every part has one effect, recorded once"""
    await settled_in(harness)
    request = await offboarding(harness)
    harness.bulks.passing, harness.bulks.failures = passing, 1
    with pytest.raises(StoreError):
        await carried_out(harness, request)
    again = report(await harness.again(request.id))
    assert {"done"} == {*states(again)}
    assert [] == await has(harness)
    assert State.DONE is (await kept(harness, request)).state
    ended = [it for it in harness.jobs.entries if it.event is AuditEvent.DONE]
    assert 4 == len({it.job for it in ended}) == len(ended)  # user, key, link, group


async def test_a_repeated_job_opens_no_second_request(harness: Harness) -> None:
    """It shows the one that it opened; a refused one does nothing"""
    await settled_in(harness)
    bulk = await previewed(harness)
    job = await harness.job(ADMIN, f"{OFFBOARD} --list {bulk.id} --reason left")
    first = await harness.flows.dispatcher.run(job)
    again = await harness.again(job.id)
    assert first.kind == "requested"
    assert again.kind == "request_shown"


async def test_a_key_part_is_decided_again(harness: Harness) -> None:
    """An admin who lost the environment disables nothing there"""
    await settled_in(harness)
    request = await offboarding(harness, "keys,groups")
    parts = request.terms.parts
    assert 2 == len(parts)
    give_role(harness, ADMIN, Role.ADMIN, reaches=PROD)
    assert ["failed", "done"] == states(report(await carried_out(harness, request)))


REFUSED = {
    "set_user_enabled": "user",
    "set_enabled": "key",
    "drop_member": "group",
}


@pytest.mark.parametrize(("method", "left"), REFUSED.items())
async def test_a_part_that_cloudinary_refuses_fails_alone(
    harness: Harness, method: str, left: str
) -> None:
    """Its reason is Cloudinary's; links, keys and requests end all the same, and it resumes"""
    await settled_in(harness)
    request = await offboarding(harness)
    harness.account.fail_next(method, Forbidden("no", status=403))
    bulk = report(await carried_out(harness, request))
    assert [left] == await has(harness)
    assert (["failed"], 6) == (
        [it for it in states(bulk) if it != "done"],
        states(bulk).count("done"),
    )
    said = plain(card_of(BulkReported(bulk)))
    assert "Cloudinary refused it" in said
    assert "Master Admin" not in said
    await harness.run(ADMIN, f"{OFFBOARD} --resume {request.id}")
    assert [] == await has(harness)


async def test_a_user_with_another_email_is_left_alone(harness: Harness) -> None:
    """The rest ends; the report says so of that part"""
    await settled_in(harness)
    request = await offboarding(harness)
    user = harness.account.user_now(f"u-{TECH.user_id}")
    harness.account.add_user(replace(user, email="other@lumen.example"), groups=["Content"])
    bulk = report(await carried_out(harness, request))
    assert "failed" == states(bulk)[0]
    assert "has another email" in plain(card_of(BulkReported(bulk)))
    assert ["user", "group"] == await has(harness)  # who approved saw that address


async def test_a_requester_who_lost_their_role_ends_nothing_more(harness: Harness) -> None:
    """The first part that notices it stops the others"""
    await settled_in(harness)
    request = await offboarding(harness)
    give_role(harness, TECH, Role.MASTER_ADMIN)
    outcome = report(await carried_out(harness, request))
    assert ["failed"] + ["waiting"] * 6 == states(outcome)
    assert "a role or an approval changed" in plain(card_of(BulkReported(outcome)))


async def test_what_is_done_by_resuming_is_said_on_the_card_and_to_the_requester(
    harness: Harness,
) -> None:
    """By the short id that the card shows; the rest is done once, and told once"""
    await settled_in(harness)
    request = await offboarding(harness)
    harness.account.fail_next("set_enabled", Forbidden("no", status=403))
    await carried_out(harness, request)
    assert "A part of it is not done" in plain(posted(await kept(harness, request)))
    resume = f"{OFFBOARD} --resume {request.short_id}"
    assert isinstance(await harness.run(CHIEF, resume), NoSuchBulk)
    assert {"done"} == {*states(report(await harness.run(ADMIN, resume)))}
    settled = await kept(harness, request)
    said = plain(posted(settled))
    assert "Resumed, and done" in said
    assert "not done" not in said
    assert "done" == str(state(settled))
    assert [Topic.FAILED, Topic.DONE] == topics(harness)[-2:]
    report(await harness.run(ADMIN, resume))
    assert Topic.DONE is topics(harness)[-1]
    assert settled.version == (await kept(harness, request)).version


def test_the_usage_shows_what_people_type() -> None:
    """Not what buttons and forms write"""
    usage = BY_WORDS["user", "offboard"].usage
    assert "/cld user offboard <person> [--resume …] [--reason …]" == usage
