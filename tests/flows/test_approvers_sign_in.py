"""An approval of high risk by Sign in with Slack: who, twice, at once, late, demoted, restarted."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from bot.adapters.keyring import Keyring
from bot.adapters.vault import FieldSealer
from bot.domain.audit import AuditEvent, Entry
from bot.domain.commands.requests import Approve
from bot.domain.jobs import Job
from bot.domain.languages import ENGLISH
from bot.domain.outcomes.decisions import MayNotDecide, MoreNeeded, TooLate
from bot.domain.people import Role
from bot.domain.requests.machine import Event, Request, State
from bot.domain.sign_in import SIGNED_IN_FOR, SignedVote, Unproven
from bot.errors import SlackAway
from bot.flows.ports import Done
from bot.flows.request_ports import Notifications
from bot.flows.requests.sign_in import (
    Look,
    Open,
    Over,
    Returned,
    token_of,
)
from bot.flows.round_trips import NotSignedIn
from tests.fakes.requests import FakeRequests
from tests.flows.approver_signed import REQUIRED, TWO, SignInSetup
from tests.flows.harness import COLLEAGUE, NEWCOMER, TECH
from tests.flows.requested import asked, event_of, give_role, kept


def is_signed(look: Look | None) -> bool:
    """Whether an address of a request that waits has a sign-in."""
    assert isinstance(look, Open)
    return look.signed


@pytest.fixture
async def setup(tmp_path: Path) -> SignInSetup:
    """Make one."""
    made = SignInSetup(tmp_path)
    await made.ask()
    return made


async def test_a_person_who_signed_in_approves_without_the_name(setup: SignInSetup) -> None:
    """The entry of the vote says so; one vote spends it"""
    token = setup.token()
    assert is_signed(await setup.flow.look(token)) is False
    assert isinstance(await setup.harness.run(TECH, setup.vote), MoreNeeded)

    assert await setup.sign_in(token) == Returned(token)
    assert is_signed(await setup.flow.look(token)) is True
    assert Event.APPROVE is event_of(await setup.harness.run(TECH, setup.vote))

    (entry,) = setup.decided()
    assert entry.actor == TECH
    assert entry.target["signed_in"] == "slack"
    (signed,) = setup.harness.requests.sign_ins.entries
    assert (signed.action, signed.actor, signed.detail) == ("request:sign_in", TECH, "signed in")
    assert signed.target["fingerprint"] == setup.request.terms.fingerprint
    assert await setup.harness.requests.sign_ins.find(setup.request.id, TECH) is None
    assert isinstance(await setup.flow.look(token), Over)


async def test_a_typed_name_needs_no_sign_in_and_spends_none(setup: SignInSetup) -> None:
    """A wrong one counts for nothing, also after a sign-in"""
    await setup.sign_in(setup.token())
    wrong = await setup.harness.run(TECH, f"{setup.vote} --confirm other")
    assert isinstance(wrong, MoreNeeded)
    assert not wrong.unsigned
    assert Event.APPROVE is event_of(
        await setup.harness.run(TECH, f"{setup.vote} --confirm deploy")
    )
    assert "signed_in" not in setup.decided()[0].target
    assert await setup.harness.requests.sign_ins.find(setup.request.id, TECH)


async def test_a_sign_in_is_spent_by_the_vote(tmp_path: Path) -> None:
    """Pressed again it counts once; withdrawn and given again, a vote needs another sign-in"""
    setup = SignInSetup(tmp_path, TWO)
    await setup.ask()
    await setup.sign_in(setup.token())
    assert Event.VOTE_FOR is event_of(await setup.harness.run(TECH, setup.vote))
    assert isinstance(await setup.harness.run(TECH, setup.vote), TooLate)
    assert len((await kept(setup.harness, setup.request)).votes) == 1

    await setup.harness.run(TECH, f"withdraw {setup.request.id}")
    again = await setup.harness.run(TECH, setup.vote)
    assert isinstance(again, MoreNeeded)
    assert again.unsigned
    assert (await kept(setup.harness, setup.request)).votes == ()


async def test_two_presses_at_once_give_one_vote(tmp_path: Path) -> None:
    """Whichever is first spends the sign-in"""
    setup = SignInSetup(tmp_path, TWO)
    await setup.ask()
    await setup.sign_in(setup.token())
    jobs = [await setup.harness.job(TECH, setup.vote) for _ in range(2)]
    outcomes = await asyncio.gather(*map(setup.harness.flows.dispatcher.run, jobs))
    assert sorted(type(each).__name__ for each in outcomes) == ["TooLate", "Voted"]
    assert len((await kept(setup.harness, setup.request)).votes) == 1


class GoneMeanwhile(FakeRequests):
    """The sign-in is over between the look at it and the step of the vote."""

    async def replace(
        self,
        before: Request,
        after: Request,
        entry: Entry,
        notifications: Notifications = (),
        job: Job | None = None,
        by: Job | None = None,
        done: Sequence[Done] = (),
        spends: SignedVote | None = None,
    ) -> bool:
        """Spend it first."""
        if spends:
            self.sign_ins.spend(spends)
        return await super().replace(before, after, entry, notifications, job, by, done, spends)


async def test_a_sign_in_that_is_gone_by_the_vote_counts_for_nothing(tmp_path: Path) -> None:
    """Nothing is written; the person is told what the vote still needs"""
    setup = SignInSetup(tmp_path, requests=GoneMeanwhile)
    await setup.ask()
    await setup.sign_in(setup.token())
    lost = await setup.harness.run(TECH, setup.vote)
    assert isinstance(lost, MoreNeeded)
    assert lost.unsigned
    assert (await kept(setup.harness, setup.request)).votes == ()
    assert setup.decided() == []


async def test_a_process_that_died_after_the_vote_does_not_need_the_sign_in_again(
    setup: SignInSetup,
) -> None:
    """Its job finds what it decided"""
    await setup.sign_in(setup.token())
    job = await setup.harness.job(TECH, setup.vote)
    person, command = (await setup.harness.who(TECH)).person, Approve(setup.request.id)
    for _ in range(2):
        again = await setup.harness.jobs.load(job.id)
        assert again
        decider = setup.harness.flows.decider
        assert Event.APPROVE is event_of(await decider.decide(again, person, command))
        setup.harness.rebuild()
    assert len(setup.decided()) == 1


async def test_a_sign_in_lasts_for_five_minutes(setup: SignInSetup) -> None:
    """And survives a restart until then"""
    token = setup.token()
    await setup.sign_in(token)
    setup.harness.clock.go_on(seconds=SIGNED_IN_FOR.total_seconds())
    assert is_signed(await setup.flow.look(token)) is False
    assert isinstance(await setup.harness.run(TECH, setup.vote), MoreNeeded)

    await setup.sign_in(token)
    setup.harness.clock.go_on(seconds=SIGNED_IN_FOR.total_seconds() - 1)
    setup.harness.rebuild()
    assert Event.APPROVE is event_of(await setup.harness.run(TECH, setup.vote))


async def test_another_person_who_signs_in_counts_for_no_one(setup: SignInSetup) -> None:
    """Neither for the approver nor for themselves; the audit log has it once"""
    token = setup.token()
    for _ in range(2):
        assert await setup.sign_in(token, COLLEAGUE) == Returned(token, another=True)
    for person in (TECH, COLLEAGUE):
        assert isinstance(await setup.harness.run(person, setup.vote), MoreNeeded)
    assert setup.harness.requests.sign_ins.entries == []
    (entry,) = setup.strangers.entries
    assert (entry.event, entry.actor) == (AuditEvent.REFUSED, COLLEAGUE)
    assert setup.strangers.told == []


async def test_a_sign_in_counts_for_the_person_the_request_and_its_terms(
    setup: SignInSetup,
) -> None:
    """The colleague, another request and other terms need one of their own"""
    first = setup.request
    await setup.sign_in(setup.token())
    assert isinstance(await setup.harness.run(COLLEAGUE, setup.vote), MoreNeeded)
    setup.request = await asked(setup.harness, "request shop-dev other --reason builds")
    assert isinstance(await setup.harness.run(TECH, setup.vote), MoreNeeded)

    signed = await setup.harness.requests.sign_ins.find(first.id, TECH)
    assert signed
    forged = replace(signed, fingerprint="others")
    await setup.harness.requests.sign_ins.add(forged, setup.harness.jobs.entries[-1])
    setup.request = first
    assert isinstance(await setup.harness.run(TECH, setup.vote), MoreNeeded)


async def test_an_address_for_other_terms_signs_no_one_in(setup: SignInSetup) -> None:
    """Nor does one of a request that is decided, or that expired meanwhile"""
    terms = replace(setup.request.terms, reason="another")
    other = token_of(setup.sealer, TECH, replace(setup.request, terms=terms), ENGLISH)
    assert isinstance(await setup.flow.look(other), Over)
    assert await setup.sign_in(other) == Returned(other)

    token = setup.token()
    begun = setup.flow.begin(token)
    assert begun
    state = setup.slack.asked[-1].state
    await setup.harness.run(COLLEAGUE, f"deny {setup.request.id} --reason no")
    setup.slack.user = TECH.user_id
    assert await setup.flow.end(state, "late", "", begun.carried.sealed) == Returned(token)
    assert isinstance(await setup.flow.look(token), Over)

    await setup.ask()
    token = setup.token()
    setup.harness.clock.go_on(hours=8)
    assert isinstance(await setup.flow.look(token), Over)
    assert setup.harness.requests.sign_ins.entries == []


async def test_a_sign_in_gives_no_right(setup: SignInSetup) -> None:
    """Who lost their role in between, and who never had one, still may not approve"""
    await setup.sign_in(setup.token())
    give_role(setup.harness, TECH, Role.BILLING)
    assert isinstance(await setup.harness.run(TECH, setup.vote), MayNotDecide)
    await setup.sign_in(setup.token(NEWCOMER), NEWCOMER)
    assert isinstance(await setup.harness.run(NEWCOMER, setup.vote), MayNotDecide)
    assert State.PENDING is (await kept(setup.harness, setup.request)).state


@pytest.mark.parametrize("token", ["", "x", "field", "session", "short"])
async def test_only_an_address_of_keysmith_begins_a_sign_in(setup: SignInSetup, token: str) -> None:
    """What else is sealed, for Redis or for a link, is none"""
    ends = setup.harness.clock.now().isoformat()
    values = f'"{setup.request.id}", "{setup.request.terms.fingerprint}", "{TECH}", "en"'
    forged = {
        "field": FieldSealer(Keyring((b"k" * 32,))).seal(f'["approval", {values}]'),
        "session": setup.sealer.seal(f'["session", "link", "{TECH}", "{ends}"]'),
        "short": setup.sealer.seal('["approval", "1"]'),
    }.get(token, token)
    assert setup.flow.begin(forged) is None
    assert await setup.flow.look(forged) is None
    real = setup.sealer.seal(f'["approval", {values}]')
    assert is_signed(await setup.flow.look(real)) is False


async def test_what_a_browser_keeps_for_a_link_ends_no_sign_in_here(setup: SignInSetup) -> None:
    """The kind is sealed with it; nor does an answer count in another browser"""
    token = setup.token()
    begun = setup.of_links.begin(token)
    state = setup.slack.asked[-1].state
    assert await setup.flow.end(state, "code", "", begun.carried.sealed) == NotSignedIn(
        Unproven.ELSEWHERE
    )
    assert setup.flow.begin(token)
    state = setup.slack.asked[-1].state
    assert await setup.flow.end(state, "code", "", "") == NotSignedIn(Unproven.ELSEWHERE)
    assert setup.slack.exchanged == []


async def test_a_sign_in_that_fails_says_why_and_stores_nothing(setup: SignInSetup) -> None:
    """Cancelled at Slack; with Slack away nothing is decided, and the same answer works later"""
    token = setup.token()
    begun = setup.flow.begin(token)
    assert begun
    state, sealed = setup.slack.asked[-1].state, begun.carried.sealed
    cancelled = await setup.flow.end(state, "", "access_denied", sealed)
    assert cancelled == NotSignedIn(Unproven.CANCELLED, token)
    setup.slack.failure = SlackAway("timeout")
    with pytest.raises(SlackAway):
        await setup.flow.end(state, "code", "", sealed)
    assert setup.harness.requests.sign_ins.entries == []
    setup.slack.failure = None
    assert await setup.flow.end(state, "code", "", sealed) == Returned(token)


async def test_a_form_with_an_empty_name_is_looked_at_before_it_is_sent(setup: SignInSetup) -> None:
    """Without a sign-in the person is told in the form; nothing is decided there"""
    precheck = setup.harness.flows.forms.precheck
    problem = await precheck.problem(TECH, Approve(setup.request.id))
    assert isinstance(problem, MoreNeeded)
    assert problem.unsigned
    wrong = await precheck.problem(TECH, Approve(setup.request.id, confirm="other"))
    assert isinstance(wrong, MoreNeeded)
    assert not wrong.unsigned
    await setup.sign_in(setup.token())
    assert await precheck.problem(TECH, Approve(setup.request.id)) is None
    setup.harness.clock.go_on(seconds=SIGNED_IN_FOR.total_seconds())
    assert isinstance(await precheck.problem(TECH, Approve(setup.request.id)), MoreNeeded)


async def test_a_form_of_no_high_risk_needs_neither_name_nor_sign_in(tmp_path: Path) -> None:
    """A press is enough there"""
    setup = SignInSetup(tmp_path, REQUIRED.removesuffix('\n@risk("high")'))
    await setup.ask()
    approve = Approve(setup.request.id)
    assert await setup.harness.flows.forms.precheck.problem(TECH, approve) is None
    assert Event.APPROVE is event_of(await setup.harness.run(TECH, setup.vote))
