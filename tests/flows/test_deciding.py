from pathlib import Path

from bot.domain.approvals import Unfit
from bot.domain.decided import NoSuchRequest, Passed, TooLate, WordWanted
from bot.domain.outcomes import Outcome
from bot.domain.people import Actor, Role
from bot.domain.requests import Event, State
from bot.domain.sayings import Topic
from tests.flows.office import (
    ADMIN,
    COLLEAGUE,
    NARROW,
    NEWCOMER,
    TECH,
    Office,
)
from tests.flows.requested import (
    DELETE,
    agreed,
    asked,
    carried_out,
    event_of,
    give_role,
    granted,
    kept,
    rule,
    topics,
    under,
    why_not,
)


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
    wanted = '@approvals("1")\n@approvers("key_roles")\n@comment("required")\n@risk("high")'
    under(office, tmp_path, rule("key:request", wanted))
    request = await asked(office)
    for words, missing in (("", ("comment", "confirm")), (" --comment fine", ("confirm",))):
        outcome = await office.says(TECH, f"approve {request.id}{words}")
        assert isinstance(outcome, WordWanted)
        assert missing == outcome.wanted
    said = f"approve {request.id} --comment fine --confirm deploy"
    assert Event.APPROVE is event_of(await office.says(TECH, said))
    assert ["fine"] == [vote.comment for vote in (await kept(office, request)).votes]


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
