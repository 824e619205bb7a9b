"""`/cld report`: what is counted for whom, and where its files go."""

from dataclasses import replace

import pytest

from bot.cards.kit import plain, render
from bot.cards.outcomes import card_of
from bot.domain.audit import AuditEvent
from bot.domain.outcomes.access import Denied, Unknown
from bot.domain.outcomes.general import Repeated
from bot.domain.outcomes.oversight import FilesLeft, KeysReported
from bot.domain.pending import OwnKey
from bot.domain.people import Actor, Role
from bot.domain.reports import Concern
from bot.errors import SlackAway, SlackError
from tests.flows.harness import ADMIN, BILLING, DEV, NEWCOMER, TEAM, TECH, Harness, staffed

LIMITED = Actor(TEAM, "U0LIMITED")


async def report(harness: Harness, by: Actor = ADMIN, text: str = "report") -> KeysReported:
    """Run the command."""
    answer = await harness.run(by, text)
    assert isinstance(answer, KeysReported), answer
    return answer


async def test_an_admin_sees_numbers_and_has_the_keys_as_a_file() -> None:
    """All that they may list; the file comes to them alone"""
    harness = staffed()
    answer = await report(harness)
    every = sum(
        [
            len(await harness.account.keys(place.id))
            for place in await harness.account.environments()
        ]
    )
    assert answer.figures.keys == every
    ((to, files),) = harness.reports.sent.values()
    assert to == ADMIN.user_id
    assert files.csv.count("\r\n") == every + 1
    text = plain(card_of(answer))
    assert f"{every} keys in 3 environments." in text
    assert "in your direct message" in text
    assert render(card_of(answer)).blocks[-1]["type"] == "table"


async def test_it_is_on_the_record() -> None:
    """Before the files are sent, and with the answer"""
    harness = staffed()
    await report(harness)
    begun, done = harness.jobs.entries[-2:]
    assert (begun.event, begun.detail) == (AuditEvent.BEGUN, "report")
    assert (done.detail, done.target) == ("keys_reported", begun.target)


async def test_nothing_is_counted_that_the_person_may_not_see() -> None:
    """An admin with access to one environment"""
    harness = staffed()
    harness.add_member(LIMITED, Role.ADMIN, reaches=DEV)
    answer = await report(harness, LIMITED)
    assert answer.figures.keys == len(await harness.account.keys(DEV.id))
    assert "shop-web" not in str(harness.reports.sent)


@pytest.mark.parametrize("actor", [TECH, BILLING, NEWCOMER])
async def test_no_one_else_gets_one(actor: Actor) -> None:
    """Nothing is read for them"""
    harness = staffed()
    for text in ("report", "report --weekly", "report --stop"):
        assert isinstance(await harness.run(actor, text), Denied | Unknown)
    assert harness.reports.sends == 0


async def test_a_key_whose_owner_left_is_orphaned() -> None:
    """As is one that never had an owner; root keys are not"""
    harness = staffed()
    keys = await harness.account.keys(DEV.id)
    named = [key for key in keys if key.name]
    owners = dict(zip((key.api_key for key in named), (TECH, BILLING), strict=False))
    for api_key, owner in owners.items():
        harness.records.owners[api_key] = OwnKey(owner, DEV.id, api_key)
    before = dict((await report(harness)).figures.concerns)[Concern.ORPHANED]
    profile = await harness.directory.profile(BILLING)
    harness.directory.add(replace(profile, deleted=True))
    harness.rebuild()
    after = dict((await report(harness)).figures.concerns)[Concern.ORPHANED]
    assert after == before + 1


async def test_a_job_that_runs_again_sends_its_files_once() -> None:
    """Its process died after they were sent; a finished one is not repeated"""
    harness = staffed()
    job = await harness.job(ADMIN, "report")
    await harness.flows.dispatcher._outcome(job)  # all but the end of the job
    assert isinstance(await harness.again(job.id), KeysReported)
    assert harness.reports.sends == 1
    assert isinstance(await harness.again(job.id), Repeated)


async def test_numbers_come_without_files_where_slack_takes_none() -> None:
    """And without a picture where nothing draws one; an outage is a failure"""
    harness = staffed()
    harness.reports.fails = SlackError("missing_scope")
    answer = await report(harness)
    assert answer.left is FilesLeft.NO_SCOPE
    assert "files:write" in plain(card_of(answer))
    harness.reports.draws = False
    assert (await report(harness)).left is FilesLeft.NO_PICTURE
    harness.reports.fails = SlackAway("timeout")
    with pytest.raises(SlackAway):
        await harness.run(ADMIN, "report")
