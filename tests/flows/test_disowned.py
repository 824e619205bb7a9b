"""That wasn't me: who stops the key, twice, at once, with Cloudinary away, and what of the link."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.cards.link_receipts import NOT_ME
from bot.domain.incidents import Incident, IncidentState, News, Report, Source
from bot.domain.keys import overtaken
from bot.domain.outcomes.access import Denied, Unknown
from bot.domain.outcomes.leaks import LeakSettled
from bot.domain.outcomes.union import Outcome
from bot.domain.people import Actor, Role, TurnedAway
from bot.domain.requests.machine import Request
from bot.errors import Unavailable
from handlers.actions import VERBS
from tests.flows.harness import BILLING, DEV, NARROW, NEWCOMER, TECH, Harness
from tests.flows.requested import collected, enabled, give_role, leave, under
from tests.flows.test_identity import narrow_user
from tests.flows.test_leaks import kept, looked, news, people, reported


async def pressed(harness: Harness, actor: Actor, request: Request) -> Outcome:
    """Press the button of the receipt, a while later."""
    harness.clock.go_on(seconds=5)
    return await harness.run(actor, VERBS[NOT_ME].format(request.made))


async def incident(harness: Harness, request: Request) -> Incident:
    """The incident of the key."""
    return await kept(harness, request.made)


@pytest.mark.parametrize("role", [None, Role.BILLING])
async def test_its_owner_stops_the_key_at_once(harness: Harness, role: Role | None) -> None:
    """Demoted too; security is told first that it begins, then that it is over, and by whom"""
    request = await collected(harness)
    if role:
        give_role(harness, NEWCOMER, role)
    outcome = await pressed(harness, NEWCOMER, request)

    assert isinstance(outcome, LeakSettled)
    assert (outcome.changed, outcome.incident.state) == (True, IncidentState.DISABLED)
    assert not await enabled(harness)
    assert [News.DISOWNED, News.DISABLED] == news(harness)
    assert [NEWCOMER.user_id] == people(harness, News.DISABLED)
    found = await incident(harness, request)
    assert (found.told, found.automatic, found.owner) == (True, False, NEWCOMER.user_id)
    assert found.by
    assert found.name
    assert found.environment_name


async def test_who_may_not_disable_the_key_stops_nothing(harness: Harness) -> None:
    """And no incident begins"""
    request = await collected(harness)
    outcome = await pressed(harness, BILLING, request)
    assert not isinstance(outcome, LeakSettled)
    assert isinstance(outcome, Denied | Unknown) or outcome.kind == "no_such_key"
    assert await enabled(harness)
    assert await harness.incidents.load(request.made) is None


async def test_an_owner_who_left_is_turned_away(harness: Harness) -> None:
    """A key role may press in their place"""
    request = await collected(harness)
    await leave(harness, NEWCOMER)
    assert isinstance(await pressed(harness, NEWCOMER, request), TurnedAway)
    assert await enabled(harness)
    assert isinstance(await pressed(harness, TECH, request), LeakSettled)
    assert not await enabled(harness)


async def test_nothing_more_comes_of_any_link_of_the_key(harness: Harness) -> None:
    """Stored before Cloudinary is asked: every opening asks for the key's last change"""
    request = await collected(harness)
    pending = await harness.pending.pending_for_key(request.made)
    assert pending
    harness.account.fail_next("set_enabled", Unavailable("500", maybe_done=False), times=9)
    outcome = await pressed(harness, NEWCOMER, request)
    assert isinstance(outcome, LeakSettled)
    assert outcome.incident.state is IncidentState.DISABLING
    assert await enabled(harness)
    assert overtaken(await harness.jobs.last_change(request.made), pending.made_at)


@pytest.mark.parametrize("after", [True, False])
async def test_cloudinary_fails_before_or_after_the_work(harness: Harness, *, after: bool) -> None:
    """The keeper goes on, in whichever process, and the end is told once"""
    request = await collected(harness)
    harness.account.fail_next("set_enabled", Unavailable("500", maybe_done=True), after=after)
    await pressed(harness, NEWCOMER, request)
    harness.rebuild()
    for _ in range(5):
        await looked(harness, seconds=10)
    assert not await enabled(harness)
    assert IncidentState.DISABLED is (await incident(harness, request)).state
    assert [News.DISOWNED, News.DISABLED] == news(harness)


async def test_a_press_is_stored_although_cloudinary_says_nothing(harness: Harness) -> None:
    """Its owner is known without it"""
    request = await collected(harness)
    for method in ("environments", "keys"):
        harness.account.fail_next(method, Unavailable("500", maybe_done=False), times=9)
    await pressed(harness, NEWCOMER, request)
    assert IncidentState.DISABLING is (await incident(harness, request)).state
    assert [News.DISOWNED] == news(harness)


async def test_a_second_press_meanwhile_is_no_news(harness: Harness) -> None:
    """The thread has one line, although each press is stored"""
    request = await collected(harness)
    for _ in range(2):
        for method in ("environments", "keys"):
            harness.account.fail_next(method, Unavailable("500", maybe_done=False), times=9)
        await pressed(harness, NEWCOMER, request)
    assert 2 == len((await incident(harness, request)).reports)
    assert [News.DISOWNED] == news(harness)


def test_only_a_press_of_this_round_counts_as_said() -> None:
    """Not a leak that the policy has disabled, and not a press before it was reported again"""
    now = datetime(2026, 3, 1, tzinfo=UTC)
    presses = Report(Source.RECEIPT, now, "U1", "j1"), Report(Source.COMMAND, now, "U1", "j2")
    for report, since, said in ((0, 0, True), (1, 0, False), (0, 1, False)):
        began = now + timedelta(days=since)
        known = Incident("814", began, began, IncidentState.DISABLING, reports=(presses[report],))
        assert said is known.disowned


async def test_two_presses_at_once_or_a_job_that_runs_again_stop_it_once(harness: Harness) -> None:
    """Security reads of one end"""
    request = await collected(harness)
    await asyncio.gather(*(pressed(harness, it, request) for it in (NEWCOMER, TECH)))
    job_id = harness.jobs.queue[-1]
    harness.rebuild()
    await harness.again(job_id)
    await looked(harness)
    assert not await enabled(harness)
    assert news(harness).count(News.DISABLED) == 1


@pytest.mark.parametrize("what", ["last", "signer"])
async def test_a_key_that_nothing_may_stop_by_itself_is_asked_about(
    harness: Harness, what: str
) -> None:
    """The last enabled key or the signer: people are asked, as for any leak"""
    request = await collected(harness)
    if what == "signer":
        await harness.account.pin(DEV.id, request.made)
    for key in await harness.account.keys(DEV.id):
        if what == "last" and key.api_key != request.made:
            harness.account.remove_key(DEV.id, key.api_key)
    await pressed(harness, NEWCOMER, request)
    found = await incident(harness, request)
    assert found.state is IncidentState.ASKED
    assert found.held
    assert NEWCOMER.user_id in found.asked
    assert await enabled(harness)


async def test_a_key_that_was_enabled_again_is_stopped_again(harness: Harness) -> None:
    """In the Console too, where Keysmith's own record says that it is disabled"""
    request = await collected(harness)
    await pressed(harness, NEWCOMER, request)
    again = await pressed(harness, NEWCOMER, request)
    assert isinstance(again, LeakSettled)
    assert not again.changed
    await harness.account.set_enabled(DEV.id, request.made, enabled=True)
    await pressed(harness, NEWCOMER, request)
    assert not await enabled(harness)
    assert news(harness).count(News.DISABLED) == 2
    assert news(harness).count(News.DISOWNED) == 2


async def test_a_dismissed_or_open_incident_keeps_no_owner_from_it(harness: Harness) -> None:
    """It is another one, whatever was said of the key before"""
    request = await collected(harness)
    key = await harness.key(DEV, "deploy")
    found = await harness.account.credentials(DEV, key.api_key)
    assert found
    await reported(harness, f"{key.api_key} {found.api_secret.show()}")
    await looked(harness)
    assert (await incident(harness, request)).state is IncidentState.ASKED
    await harness.run(TECH, f"leak dismiss {request.made}")
    await pressed(harness, NEWCOMER, request)
    assert not await enabled(harness)
    assert (await incident(harness, request)).state is IncidentState.DISABLED


async def test_a_job_that_runs_again_stops_no_key_that_was_enabled_since(harness: Harness) -> None:
    """Its press was answered: another one is needed"""
    request = await collected(harness)
    job = await harness.job(NEWCOMER, VERBS[NOT_ME].format(request.made))
    await harness.flows.dispatcher.run(job)
    assert not await enabled(harness)
    await harness.account.set_enabled(DEV.id, request.made, enabled=True)
    await harness.again(job.id)
    assert await enabled(harness)


SEEN_ONLY = """
@id("looks")
permit (principal in Role::"key_roles", action in Action::"look", resource);
@id("stops-elsewhere")
permit (
  principal in Role::"key_roles", action == Action::"key:disable", resource in Tier::"production"
);
"""


async def test_who_only_sees_the_key_stops_nothing(harness: Harness, tmp_path: Path) -> None:
    """It takes the right to disable it, in that very environment"""
    request = await collected(harness)
    under(harness, tmp_path, SEEN_ONLY)
    assert isinstance(await pressed(harness, TECH, request), Denied)
    assert await harness.incidents.load(request.made) is None
    assert isinstance(await pressed(harness, NEWCOMER, request), LeakSettled)


async def test_who_has_no_cloudinary_user_any_more_reads_that(harness: Harness) -> None:
    """And stops no key of another person"""
    request = await collected(harness)
    user = await narrow_user(harness)
    harness.account.add_user(replace(user, enabled=False))
    assert isinstance(await pressed(harness, NARROW, request), Unknown)
    assert await enabled(harness)
