import asyncio
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from bot.domain.approvals import Unfit
from bot.domain.outcomes import (
    MayNotDecide,
    NoSuchRequest,
    Outcome,
    Passed,
    TooLate,
    Voided,
    Voted,
    WordWanted,
)
from bot.domain.people import Actor, Profile, Role, TurnedAway
from bot.domain.requests import Event, State
from bot.domain.sayings import Topic
from bot.errors import SlackError, Unavailable
from tests.flows.fuses import Crash, Fuse, fused
from tests.flows.office import (
    ADMIN,
    BILLING,
    CHIEF,
    COLLEAGUE,
    GUEST,
    NARROW,
    NEWCOMER,
    TEAM,
    TECH,
    Office,
)
from tests.flows.requested import (
    DELETE,
    WAKE_UP,
    WISH,
    WISH_IN_PRODUCTION,
    agreed,
    asked,
    carried_out,
    give_role,
    granted,
    kept,
    leave,
    rule,
    topics,
    under,
    with_sleeper,
)

SECOND = Actor(TEAM, "U0SECOND")
"""A second Slack account, with an e-mail address of its own."""


def event_of(outcome: Outcome) -> Event:
    """What a word came to."""
    assert isinstance(outcome, Voted), outcome
    return outcome.event


def why_not(outcome: Outcome) -> Unfit:
    """Why a word does not count."""
    assert isinstance(outcome, MayNotDecide), outcome
    return outcome.why


async def test_one_word_is_enough_where_the_rule_wants_one(office: Office) -> None:
    """Approved, queued to be carried out, told; nothing is made so far"""
    request = await asked(office)
    assert Event.APPROVE is event_of(await office.says(TECH, f"approve {request.id}"))
    assert State.APPROVED is (await kept(office, request)).state
    assert [request.id] == office.errands.queue[-1:]
    assert [Topic.ASKED, Topic.APPROVED] == topics(office)
    assert office.account.calls["create_key"] == 0


async def test_a_denial_ends_it_with_its_reason(office: Office) -> None:
    """Nothing is carried out, and the requester reads why"""
    request = await asked(office)
    outcome = await office.says(TECH, f'deny {request.id} --reason "use ci-bot"')
    assert Event.DENY is event_of(outcome)
    assert await office.errands.load(request.id) is None
    told = [said for said in office.requests.said if said.to == NEWCOMER.user_id]
    assert [("use ci-bot", TECH.user_id)] == [(said.text, said.by) for said in told]


@pytest.mark.parametrize("verb", ["approve", "deny {} --reason no; ask {} --question why"])
async def test_nobody_decides_on_their_own_request(office: Office, verb: str) -> None:
    """Not even a master admin; it stays as it was, and the try is on the record"""
    request = await asked(office, WISH, CHIEF)
    for text in verb.split("; "):
        written = text.format(request.id) if "{}" in text else f"{text} {request.id}"
        assert Unfit.OWN_REQUEST is why_not(await office.says(CHIEF, written))
        assert ("refused", "own_request") in office.told()
    assert request == await kept(office, request)


async def test_nobody_decides_on_their_own_credentials(office: Office) -> None:
    """A teammate asked for them; that teammate may not decide either"""
    request = await asked(office, f"{WISH} --for @{TECH.user_id}", COLLEAGUE)
    assert Unfit.OWN_CREDENTIALS is why_not(await office.says(TECH, f"approve {request.id}"))
    assert Unfit.OWN_REQUEST is why_not(await office.says(COLLEAGUE, f"approve {request.id}"))


@pytest.mark.parametrize("person", [TECH, COLLEAGUE])
async def test_a_second_slack_account_is_the_same_person(office: Office, person: Actor) -> None:
    """Whether it is the requester's or the owner's"""
    profile = await office.directory.profile(person)
    request = await asked(office, f"{WISH} --for @{COLLEAGUE.user_id}", TECH)
    office.directory.add(Profile(SECOND.user_id, TEAM, "Second", profile.email))
    assert Unfit.OWN_REQUEST is why_not(await office.says(SECOND, f"approve {request.id}"))


@pytest.mark.parametrize(
    ("actor", "why"),
    [
        (BILLING, Unfit.NOT_AN_APPROVER),
        (TECH, Unfit.NOT_AN_APPROVER),
        (NARROW, Unfit.NO_ACCESS),
    ],
)
async def test_a_word_counts_only_where_the_rule_and_cloudinary_say_so(
    office: Office, actor: Actor, why: Unfit
) -> None:
    """A role without keys, a role too low for production, somebody who does not reach it"""
    request = await asked(office, WISH_IN_PRODUCTION)
    assert why is why_not(await office.says(actor, f"approve {request.id}"))
    assert request == await kept(office, request)


async def test_whoever_cloudinary_does_not_know_decides_nothing(office: Office) -> None:
    """A member of the workspace, and of the channel perhaps"""
    request = await asked(office, WISH, TECH)
    assert Unfit.NOT_AT_CLOUDINARY is why_not(await decide(office, NEWCOMER, request.id))
    assert isinstance(await office.says(GUEST, f"approve {request.id}"), TurnedAway)


async def decide(office: Office, actor: Actor, request_id: str) -> Outcome:
    """Press Approve."""
    return await office.says(actor, f"approve {request_id}")


async def test_two_have_to_agree_with_an_admin_among_them(office: Office) -> None:
    """Two without one are not enough, the third is"""
    request = await asked(office, DELETE, TECH)
    wider = give_role(office, NARROW, Role.TECHNICAL_ADMIN)
    assert wider.all_environments
    events = [
        event_of(await decide(office, actor, request.id)) for actor in (COLLEAGUE, NARROW, ADMIN)
    ]
    assert [Event.AGREE, Event.AGREE, Event.APPROVE] == events


async def test_pressing_twice_counts_once(office: Office) -> None:
    """The second press is answered, and changes nothing"""
    request = await asked(office, DELETE, TECH)
    assert Event.AGREE is event_of(await decide(office, ADMIN, request.id))
    assert isinstance(await decide(office, ADMIN, request.id), TooLate)
    assert 1 == len((await kept(office, request)).agreeing)


async def test_a_later_word_replaces_the_former(office: Office) -> None:
    """Whoever agreed may object, and that settles it"""
    request = await asked(office, DELETE, TECH)
    await decide(office, ADMIN, request.id)
    outcome = await office.says(ADMIN, f"deny {request.id} --reason wait")
    assert Event.DENY is event_of(outcome)
    assert () == (await kept(office, request)).agreeing


async def test_a_rule_may_want_several_objections(office: Office, tmp_path: Path) -> None:
    """One alone stops nothing"""
    wanted = '@approvals("1")\n@approvers("key_roles")\n@denials("2")'
    under(office, tmp_path, rule("key:request", wanted))
    request = await asked(office)
    deny = f"deny {request.id} --reason no"
    events = [event_of(await office.says(actor, deny)) for actor in (TECH, COLLEAGUE)]
    assert [Event.OBJECT, Event.DENY] == events


async def test_a_word_can_be_taken_back_until_it_is_carried_out(office: Office) -> None:
    """From an approved one too; what was queued then does nothing"""
    request = await agreed(office)
    outcome = await office.says(TECH, f"withdraw {request.id}")
    assert Event.WITHDRAW is event_of(outcome)
    assert isinstance(await carried_out(office, request), TooLate)
    assert office.account.calls["create_key"] == 0
    assert isinstance(await office.says(COLLEAGUE, f"withdraw {request.id}"), TooLate)


async def test_what_was_taken_back_can_be_agreed_to_again(office: Office) -> None:
    """And is carried out then, once"""
    request = await agreed(office)
    await office.says(TECH, f"withdraw {request.id}")
    await carried_out(office, request)
    await decide(office, COLLEAGUE, request.id)
    await carried_out(office, request)
    assert State.CLAIMABLE is (await kept(office, request)).state
    assert office.account.calls["create_key"] == 1


async def test_what_is_done_can_not_be_taken_back(office: Office) -> None:
    """Neither the word nor the request"""
    request = await granted(office)
    for actor, verb in ((TECH, "withdraw"), (NEWCOMER, "cancel"), (COLLEAGUE, "approve")):
        assert isinstance(await office.says(actor, f"{verb} {request.id}"), TooLate)


async def test_only_who_asked_takes_a_request_back(office: Office) -> None:
    """Waiting or approved; what was queued then does nothing"""
    for request in (await asked(office), await agreed(office)):
        refused = await office.says(TECH, f"cancel {request.id}")
        assert Unfit.NOT_YOURS is why_not(refused)
        assert Event.CANCEL is event_of(await office.says(NEWCOMER, f"cancel {request.id}"))
        assert State.CANCELLED is (await kept(office, request)).state
    assert isinstance(await carried_out(office, request), TooLate)
    assert office.account.calls["create_key"] == 0


async def test_a_question_goes_to_the_thread_and_to_the_requester(office: Office) -> None:
    """And decides nothing"""
    request = await asked(office)
    assert isinstance(await office.says(TECH, f'ask {request.id} --question "which repo?"'), Passed)
    asking = [said for said in office.requests.said if said.topic is Topic.QUESTION]
    assert ["", NEWCOMER.user_id] == [said.to for said in asking]
    assert {"which repo?"} == {said.text for said in asking}
    assert request == await kept(office, request)


async def test_a_rule_may_want_more_than_a_press(office: Office, tmp_path: Path) -> None:
    """A comment and the name typed; without both nothing is counted"""
    wanted = '@approvals("1")\n@approvers("key_roles")\n@comment("required")\n@typed("required")'
    under(office, tmp_path, rule("key:request", wanted))
    request = await asked(office)
    for words, missing in (("", ("comment", "confirm")), (" --comment fine", ("confirm",))):
        outcome = await office.says(TECH, f"approve {request.id}{words}")
        assert isinstance(outcome, WordWanted)
        assert missing == outcome.wanted
    said = f"approve {request.id} --comment fine --confirm deploy"
    assert Event.APPROVE is event_of(await office.says(TECH, said))
    assert ["fine"] == [vote.comment for vote in (await kept(office, request)).votes]


async def test_whoever_left_is_turned_away_at_the_press(office: Office) -> None:
    """However fresh what was read of them a moment ago"""
    request = await asked(office)
    await office.says(TECH, "whoami")
    await leave(office, TECH)
    assert isinstance(await decide(office, TECH, request.id), TurnedAway)
    assert request == await kept(office, request)


async def test_a_role_that_was_taken_away_counts_no_more_at_the_press(office: Office) -> None:
    """However fresh what was read of it a moment ago"""
    request = await asked(office)
    await office.says(TECH, "whoami")
    give_role(office, TECH, Role.BILLING)
    assert Unfit.NOT_AN_APPROVER is why_not(await decide(office, TECH, request.id))


@pytest.mark.parametrize("move", ["left", "renamed", "deleted", "tier", "rule"])
async def test_a_request_that_the_world_moved_away_from_is_void(
    office: Office, tmp_path: Path, move: str
) -> None:
    """Requester, key, environment and rules are read again at the press"""
    key = with_sleeper(office)
    request = await asked(office, WAKE_UP, TECH)
    match move:
        case "left":
            await leave(office, TECH)
        case "renamed":
            office.account.replace_key("e-prod", replace(key, name="other"))
        case "deleted":
            office.account.remove_key("e-prod", key.api_key)
        case "tier":
            await renamed_environment(office, "Shop staging 2")
        case _:
            under(office, tmp_path, rule("key:enable", '@approvals("2")\n@approvers("key_roles")'))
    assert isinstance(await decide(office, COLLEAGUE, request.id), Voided)
    assert State.CANCELLED is (await kept(office, request)).state
    assert Topic.VOID in topics(office)


async def renamed_environment(office: Office, name: str) -> None:
    """Rename production, its keys in place."""
    places = await office.account.environments()
    place = next(each for each in places if each.id == "e-prod")
    keys = await office.account.keys(place.id)
    office.account.add_environment(replace(place, name=name, cloud_name=name.replace(" ", "-")))
    for key in keys:
        office.account.replace_key(place.id, key)


async def test_a_press_after_its_time_counts_for_nothing(office: Office) -> None:
    """Even if nobody has looked at the clock since"""
    request = await asked(office)
    office.clock.go_on(hours=8)
    assert isinstance(await decide(office, TECH, request.id), TooLate)
    assert isinstance(await office.says(NEWCOMER, f"cancel {request.id}"), TooLate)


@pytest.mark.parametrize(
    ("method", "error"),
    [
        ("profile", SlackError("internal_error")),
        ("users_by_email", Unavailable("away", maybe_done=False)),
    ],
)
async def test_who_can_not_be_found_out_decides_nothing(
    method: str, error: SlackError | Unavailable
) -> None:
    """Slack or Cloudinary does not answer; the next press is counted"""
    fuse = Fuse(method=method, error=error)
    office = fused(fuse)
    request = await asked(office)
    fuse.arm(1)
    with pytest.raises(type(error)):
        await decide(office, TECH, request.id)
    assert request == await kept(office, request)
    assert Event.APPROVE is event_of(await decide(office, TECH, request.id))


async def test_an_unknown_request_is_nobodys(office: Office) -> None:
    """Whatever is wanted of it"""
    for text in (
        "approve nr",
        "deny nr --reason x",
        "cancel nr",
        "withdraw nr",
        "ask nr --question why",
    ):
        assert isinstance(await office.says(TECH, text), NoSuchRequest)


async def test_of_many_at_once_each_counts_once_and_all_are_answered(office: Office) -> None:
    """A hundred presses of three people on one request that wants two"""
    request = await asked(office, DELETE, TECH)
    outcomes = await asyncio.gather(
        *(decide(office, (COLLEAGUE, ADMIN, CHIEF)[at % 3], request.id) for at in range(100))
    )
    counted = Counter(event_of(each) for each in outcomes if isinstance(each, Voted))
    assert {Event.AGREE: 1, Event.APPROVE: 1} == counted
    assert 98 == sum(isinstance(each, TooLate) for each in outcomes)
    assert [request.id] == [each for each in office.errands.queue if each == request.id]


async def test_of_agreeing_and_denying_at_once_one_wins(office: Office) -> None:
    """The other is told how it stands"""
    request = await asked(office)
    outcomes = await asyncio.gather(
        decide(office, TECH, request.id),
        office.says(COLLEAGUE, f"deny {request.id} --reason no"),
    )
    assert {Voted, TooLate} == {type(each) for each in outcomes}
    end = (await kept(office, request)).state
    assert ({State.APPROVED: 1}.get(end, 0)) == office.errands.queue.count(request.id)


async def test_an_errand_that_died_after_its_word_was_counted_counts_it_once() -> None:
    """Taken up again, it says that it was counted"""
    fuse = Fuse(method="replace")
    office = fused(fuse)
    request = await asked(office, DELETE, TECH)
    errand = await office.errand(ADMIN, f"approve {request.id}")
    fuse.arm(1, after=True)
    with pytest.raises(Crash):
        await office.clerk.run(errand)
    assert isinstance(await office.again(errand.id), TooLate)
    assert 1 == len((await kept(office, request)).agreeing)


async def test_a_delegate_decides_in_somebodys_place_and_not_beside_them(office: Office) -> None:
    """The two have one word between them"""
    request = await asked(office, DELETE, TECH)
    await office.says(ADMIN, f"delegate @{BILLING.user_id}")
    assert Event.AGREE is event_of(await decide(office, BILLING, request.id))
    assert Event.AGREE is event_of(await decide(office, ADMIN, request.id))
    assert 1 == len((await kept(office, request)).agreeing)


async def test_a_delegate_never_decides_on_what_is_theirs_or_their_principals(
    office: Office,
) -> None:
    """Nor after the delegation has ended"""
    await office.says(ADMIN, f"delegate @{BILLING.user_id} --expires 2d")
    theirs = await asked(office, WISH, BILLING)
    principals = await asked(office, WISH, ADMIN)
    other = await asked(office)
    assert Unfit.OWN_REQUEST is why_not(await decide(office, BILLING, theirs.id))
    assert Unfit.NOT_AN_APPROVER is why_not(await decide(office, BILLING, principals.id))
    office.clock.go_on(days=2)
    fresh = await asked(office)
    assert Unfit.NOT_AN_APPROVER is why_not(await decide(office, BILLING, fresh.id))
    assert State.PENDING is (await kept(office, other)).state
