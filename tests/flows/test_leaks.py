"""What follows a leaked pair: compared, asked, escalated, disabled, told, once."""

import asyncio
from pathlib import Path

import pytest

from bot.cards.kit import plain
from bot.cards.outcomes import card_of
from bot.domain.audit import AuditEvent
from bot.domain.commands.grammar import read
from bot.domain.environments import Environment
from bot.domain.incidents import Incident, IncidentState, News, Report, Source
from bot.domain.jobs import Job
from bot.domain.keys import Change, Key
from bot.domain.outcomes.access import Denied
from bot.domain.outcomes.keys import KeyChanged, KeyCreated
from bot.domain.outcomes.leaks import LeakReported, LeakSettled, NoSuchLeak, SeenLeak
from bot.domain.outcomes.requests import Requested
from bot.domain.outcomes.rotations import NotRotated
from bot.domain.outcomes.union import Several
from bot.domain.people import Actor
from bot.domain.requests.notifications import Audience
from bot.errors import ConfigurationError, StoreError, Unavailable
from bot.flows.intake import Accepted
from tests.flows.harness import (
    ADMIN,
    BILLING,
    COLLEAGUE,
    DEV,
    GUEST,
    NARROW,
    NEWCOMER,
    PROD,
    TECH,
    Harness,
)
from tests.flows.requested import carried_out, under
from tests.flows.rotated import overlapping, press, works


async def secret_of(harness: Harness, place: Environment, key: Key) -> str:
    """Read a key's secret."""
    found = await harness.account.credentials(place, key.api_key)
    assert found
    return found.api_secret.show()


async def leaked(harness: Harness, place: Environment = DEV, name: str = "ci-bot") -> str:
    """A text with the credentials of a key."""
    key = await harness.key(place, name)
    secret = await secret_of(harness, place, key)
    return f"cloudinary://{key.api_key}:{secret}@{place.cloud_name}"


async def pasted(harness: Harness, actor: Actor, text: str, delivery: str = "d1") -> Job:
    """Type it after `/cld`: gives the job."""
    receipt = await harness.flows.intake.accept(harness.asked(actor, text, delivery))
    assert isinstance(receipt, Accepted)
    job = await harness.jobs.load(harness.jobs.queue[-1])
    assert job
    return job


async def answered(harness: Harness, actor: Actor, text: str, delivery: str = "d1") -> SeenLeak:
    """The same, and run the job."""
    outcome = await harness.flows.dispatcher.run(await pasted(harness, actor, text, delivery))
    assert isinstance(outcome, LeakReported)
    return outcome.seen[0]


async def reported(
    harness: Harness, text: str, place: str = "logs.txt", source: Source = Source.WEBHOOK
) -> Incident:
    """Report what a text holds, as a webhook does."""
    (seen,) = await harness.flows.leak_reporter.seen(text)
    report = Report(source, harness.clock.now(), "scanner", place)
    return await harness.flows.leak_reporter.report(seen, report)


async def kept(harness: Harness, api_key: str) -> Incident:
    """Read an incident."""
    found = await harness.incidents.load(api_key)
    assert found
    return found


async def looked(harness: Harness, seconds: float = 1) -> list[Exception]:
    """Let time pass, and look."""
    harness.clock.go_on(seconds=seconds)
    return await harness.flows.leak_keeper.look()


def news(harness: Harness, audience: Audience = Audience.SECURITY) -> list[str]:
    """What was told, in order."""
    told = [it for it in harness.incidents.notifications if it.audience is audience]
    return [it.text.split()[1] for it in told]


def people(harness: Harness, moment: News = News.ASKED) -> list[str]:
    """Who was told."""
    told = harness.incidents.notifications
    return [it.to for it in told if it.to and it.text.split()[1] == moment]


async def test_a_pasted_secret_is_answered_with_what_it_is(harness: Harness) -> None:
    """To a key role: name, place, that it works, and what stops it"""
    text = await leaked(harness)
    seen = await answered(harness, TECH, f"key show {text}")
    assert seen.here
    assert ("ci-bot", DEV.id, True) == (
        seen.here.key.name,
        seen.here.environment.id,
        seen.here.key.enabled,
    )
    assert f'key disable "key:{seen.api_key}" --env shop-dev' == seen.disable
    outcome = await harness.run(TECH, seen.disable)
    assert isinstance(outcome, KeyChanged)


async def test_the_secret_goes_no_further_than_the_intake(harness: Harness) -> None:
    """Neither job, incident, audit log nor notification has it"""
    key = await harness.key(DEV, "ci-bot")
    secret = await secret_of(harness, DEV, key)
    job = await pasted(harness, TECH, await leaked(harness))
    outcome = await harness.flows.dispatcher.run(job)
    stored = (job, job.text, outcome, await kept(harness, key.api_key), harness.jobs.entries)
    assert secret not in repr((stored, harness.incidents.notifications))
    assert key.api_key in repr(stored)


@pytest.mark.parametrize("actor", [NARROW, BILLING, NEWCOMER, GUEST])
async def test_who_may_not_see_a_key_learns_nothing(harness: Harness, actor: Actor) -> None:
    """A key of the account, a foreign one and a wrong secret have the same answer"""
    ours = await leaked(harness, PROD, "shop-web")
    foreign = ours.replace("7000", "9000")
    wrong = f"{ours.partition('//')[2][:15]} Hx7pQ2-vLm9_TzR4wKc8NbYdA3e"
    seen = [await answered(harness, actor, it, it) for it in (ours, foreign, wrong)]
    assert {SeenLeak(it.api_key) == it for it in seen} == {True}
    await looked(harness)
    assert (await kept(harness, seen[0].api_key)).state is IncidentState.ASKED


async def test_who_sees_every_key_learns_that_it_is_none_of_the_account(harness: Harness) -> None:
    """Nothing is told to others"""
    seen = await answered(harness, TECH, (await leaked(harness)).replace("7000", "9000"))
    assert seen.foreign
    assert (await kept(harness, seen.api_key)).state is IncidentState.FOREIGN
    assert [] == harness.incidents.notifications


async def test_another_secret_than_the_keys_is_no_leak(harness: Harness) -> None:
    """No person is asked; who may see the key reads it"""
    key = await harness.key(DEV, "ci-bot")
    seen = await answered(harness, TECH, f"{key.api_key} Hx7pQ2-vLm9_TzR4wKc8NbYdA3e")
    assert seen.other_secret
    assert not seen.disable
    assert [] == harness.incidents.notifications


async def test_owner_and_key_roles_are_asked_at_once(harness: Harness) -> None:
    """The owner first, some others, and security"""
    await harness.run(TECH, "key create mine --env shop-dev")
    key = await harness.key(DEV, "mine")
    await harness.account.set_enabled(DEV.id, key.api_key, enabled=True)
    await reported(harness, await leaked(harness, DEV, "mine"))
    assert [] == await looked(harness)
    asked = people(harness)
    assert TECH.user_id == asked[0]
    assert 1 < len(set(asked)) == len(asked) <= 4
    assert [News.ASKED] == news(harness)


async def test_after_five_minutes_more_people_are_asked(harness: Harness) -> None:
    """Once; then security is reminded each hour"""
    incident = await reported(harness, await leaked(harness))
    await looked(harness)
    before = len(people(harness))
    await looked(harness, 299)
    assert [News.ASKED] == news(harness)
    for _ in range(3):
        await looked(harness, 1)
    assert [News.ASKED, News.ESCALATED] == news(harness)
    assert len(people(harness, News.ESCALATED)) > before
    await looked(harness, 3600)
    await looked(harness, 1)
    assert [News.ASKED, News.ESCALATED, News.REMINDER] == news(harness)
    assert (await kept(harness, incident.api_key)).state is IncidentState.ESCALATED


@pytest.mark.parametrize("by", ["command", "console"])
async def test_the_end_of_the_key_is_told_with_its_time(harness: Harness, by: str) -> None:
    """Whether a person pressed the button or used the Console, once"""
    incident = await reported(harness, await leaked(harness))
    await looked(harness)
    if by == "command":
        await harness.run(TECH, f"key disable key:{incident.api_key}")
    else:
        await harness.account.set_enabled(DEV.id, incident.api_key, enabled=False)
    await looked(harness, 2 if by == "command" else 16)
    await looked(harness, 16)
    ended = await kept(harness, incident.api_key)
    assert (IncidentState.DISABLED, "Tech" if by == "command" else "") == (ended.state, ended.by)
    assert [News.ASKED, News.DISABLED] == news(harness)
    (entry,) = (it for it in harness.jobs.entries if "seconds" in it.target)
    assert entry.target["seconds"] == ("3.000" if by == "command" else "17.000")


async def test_a_disabled_key_asks_no_person(harness: Harness) -> None:
    """Security is told; what was to enable it before enables it no more"""
    await reported(harness, await leaked(harness))
    key = await harness.key(DEV, "ci-bot")
    await harness.account.set_enabled(DEV.id, key.api_key, enabled=False)
    await looked(harness)
    assert [News.HARMLESS] == news(harness)
    assert [] == people(harness)
    last = await harness.jobs.last_change(key.api_key)
    assert last
    assert last.disabled == harness.clock.now()


async def test_ten_reports_at_once_are_one_incident(harness: Harness) -> None:
    """With ten processes that look, too: asked once, and each place kept"""
    text = await leaked(harness)
    await asyncio.gather(*(reported(harness, text, f"line {n}") for n in range(10)))
    await asyncio.gather(*(looked(harness, 0) for _ in range(10)))
    key = await harness.key(DEV, "ci-bot")
    incident = await kept(harness, key.api_key)
    assert 10 == len(incident.reports)
    assert [News.ASKED] == news(harness)
    await reported(harness, text, "line 3")
    assert incident == await kept(harness, key.api_key)


async def test_a_further_report_adds_to_the_incident(harness: Harness) -> None:
    """Security reads where; no one is asked again; of a flood, the rest is counted"""
    text = await leaked(harness)
    await reported(harness, text)
    await looked(harness)
    asked = people(harness)
    for number in range(30):
        await reported(harness, text, f"{number}")
    await looked(harness)
    incident = await kept(harness, (await harness.key(DEV, "ci-bot")).api_key)
    assert (10, 21) == (len(incident.reports), incident.more)
    assert asked == people(harness)
    assert 10 > news(harness).count(News.AGAIN) > 0


async def test_a_key_that_works_again_is_asked_about_again(harness: Harness) -> None:
    """A later report of the same pair begins another round"""
    text = await leaked(harness)
    incident = await reported(harness, text)
    await looked(harness)
    await harness.run(TECH, f"key disable key:{incident.api_key}")
    await looked(harness)
    await harness.account.set_enabled(DEV.id, incident.api_key, enabled=True)
    await reported(harness, text, "elsewhere")
    await looked(harness)
    assert [News.ASKED, News.DISABLED, News.AGAIN, News.ASKED] == news(harness)


async def test_without_secrets_to_compare_the_pair_counts_as_working(harness: Harness) -> None:
    """An account may show no secret: then people decide"""
    text = await leaked(harness)
    harness.account.shows_secrets = False
    incident = await reported(harness, text)
    await looked(harness)
    found = await kept(harness, incident.api_key)
    assert (IncidentState.ASKED, True) == (found.state, found.unproven)


LEAKED = """
@id("looks")
permit (principal in Role::"key_roles", action in Action::"look", resource);
@id("stops")
@leak("disable")
permit (
  principal in Role::"key_roles", action == Action::"key:disable", resource in Tier::"development"
);
"""


async def test_where_the_policy_says_so_keysmith_disables_the_key(
    harness: Harness, tmp_path: Path
) -> None:
    """In that tier alone; a person reviews it afterwards, and is reminded"""
    under(harness, tmp_path, LEAKED)
    text, other = await leaked(harness), await leaked(harness, PROD, "shop-web")
    harness.account.add_key(PROD.id, "one more")
    api_key = (await reported(harness, text)).api_key
    await reported(harness, other)
    await looked(harness)
    assert not (await harness.key(DEV, "ci-bot")).enabled
    assert (await harness.key(PROD, "shop-web")).enabled
    incident = await kept(harness, api_key)
    assert incident.unreviewed
    last = await harness.jobs.last_change(api_key)
    assert last
    assert (Change.DISABLED, "Keysmith") == (last.change, last.by)
    await looked(harness, 86_401)
    assert News.REVIEW in news(harness)


@pytest.mark.parametrize(
    "rule", [LEAKED.replace("key:disable", "key:enable"), LEAKED.replace('"disable"', '"ask"')]
)
def test_a_rule_that_would_disable_nothing_stops_the_start(
    harness: Harness, tmp_path: Path, rule: str
) -> None:
    """The annotation is about disabling alone"""
    with pytest.raises(ConfigurationError, match="@leak"):
        under(harness, tmp_path, rule)


@pytest.mark.parametrize("what", ["root", "signer", "last"])
async def test_keysmith_disables_no_protected_key_by_itself(
    harness: Harness, tmp_path: Path, what: str
) -> None:
    """Not the root key, the webhook signer or the last enabled one: people are asked"""
    under(harness, tmp_path, LEAKED)
    key = await harness.key(DEV, "" if what == "root" else "ci-bot")
    for each in await harness.account.keys(DEV.id):
        if what == "last" and each != key:
            harness.account.remove_key(DEV.id, each.api_key)
    if what == "signer":
        await harness.account.pin(DEV.id, key.api_key)
    secret = await secret_of(harness, DEV, key)
    await reported(harness, f"{key.api_key} {secret}")
    harness.account.calls.clear()
    await looked(harness)
    incident = await kept(harness, key.api_key)
    assert incident.state is IncidentState.ASKED
    assert incident.held
    assert not harness.account.calls["set_enabled"]
    assert await harness.jobs.last_change(key.api_key) is None, "no disabling is begun"


async def test_a_key_role_dismisses_an_incident_and_reviews_one(harness: Harness) -> None:
    """No one else; twice changes nothing; a dismissed pair is quiet for a day"""
    text = await leaked(harness)
    api_key = (await reported(harness, text)).api_key
    await looked(harness)
    assert isinstance(await harness.run(BILLING, f"leak dismiss {api_key}"), Denied | NoSuchLeak)
    assert isinstance(await harness.run(NARROW, "leak dismiss shared"), NoSuchLeak)
    reviewed = await harness.run(TECH, f"leak review {api_key}")
    assert isinstance(reviewed, LeakSettled)
    assert "only a key that Keysmith disabled by itself" in plain(card_of(reviewed))
    first = await harness.run(TECH, f"leak dismiss {api_key}")
    second = await harness.run(COLLEAGUE, f"leak dismiss {api_key}")
    assert isinstance(first, LeakSettled)
    assert isinstance(second, LeakSettled)
    assert (True, False) == (first.changed, second.changed)
    await reported(harness, text, "again")
    await looked(harness, 400)
    assert [News.ASKED, News.DISMISSED, News.AGAIN] == news(harness)
    harness.clock.go_on(days=1)
    await reported(harness, text, "another day")
    await looked(harness)
    assert (await kept(harness, api_key)).state is IncidentState.ASKED
    (decided,) = (it for it in harness.jobs.entries if it.event is AuditEvent.DECIDED)
    assert (TECH, api_key) == (decided.actor, decided.target["key"])


async def test_a_report_is_never_typed(harness: Harness) -> None:
    """Its marks come from what Keysmith saw: a made-up one would accuse a key"""
    text = f"leak report 700000000000001:{'0' * 8}.{'0' * 32}:x"
    receipt = await harness.flows.intake.accept(harness.asked(TECH, text))
    assert not isinstance(receipt, Accepted)
    assert not isinstance(read(text), Accepted)


async def test_an_outage_delays_the_check_and_security_hears_of_it(harness: Harness) -> None:
    """The report stays, the person gets an answer, and the rest follows"""
    text = await leaked(harness)
    harness.account.fail_next("environments", Unavailable("500", maybe_done=False), times=99)
    incident = await reported(harness, text)
    for _ in range(4):
        assert await looked(harness, 21)
    assert [News.UNCHECKED] == news(harness)
    harness.rebuild()  # all processes have the same account
    for _ in range(99):
        if not await looked(harness, 21):
            break
    assert [News.UNCHECKED, News.ASKED] == news(harness)
    assert (await kept(harness, incident.api_key)).state is IncidentState.ASKED


@pytest.mark.parametrize("after", [False, True])
async def test_cloudinary_fails_before_or_after_it_disabled_the_key(
    harness: Harness, tmp_path: Path, *, after: bool
) -> None:
    """The next look finishes it, and tells once"""
    under(harness, tmp_path, LEAKED)
    api_key = (await reported(harness, await leaked(harness))).api_key
    harness.account.fail_next("set_enabled", Unavailable("500", maybe_done=True), after=after)
    assert await looked(harness)
    assert (await kept(harness, api_key)).state is IncidentState.DISABLING
    assert [] == await looked(harness, 6)
    assert not (await harness.key(DEV, "ci-bot")).enabled
    assert [News.DISABLED] == news(harness)


@pytest.mark.parametrize("lost", [False, True])
@pytest.mark.parametrize("at", range(3))
async def test_a_crash_at_each_write_is_finished_by_the_next_process(
    harness: Harness, tmp_path: Path, at: int, *, lost: bool
) -> None:
    """Before and after each stored step: disabled, told once"""
    under(harness, tmp_path, LEAKED)
    text = await leaked(harness)
    fake = harness.incidents
    fake.passing, fake.failures, fake.lost = at, 1, lost
    for _ in range(2):
        try:
            await reported(harness, text)
            break
        except StoreError:
            continue
    await looked(harness)
    harness.rebuild()
    await looked(harness, 6)
    await looked(harness, 6)
    assert not (await harness.key(DEV, "ci-bot")).enabled
    assert [News.DISABLED] == news(harness)


async def test_a_job_that_runs_again_reports_once(harness: Harness) -> None:
    """After a restart"""
    job = await pasted(harness, TECH, await leaked(harness))
    first = await harness.flows.dispatcher.run(job)
    again = await harness.again(job.id)
    assert isinstance(first, LeakReported)
    assert first == again
    assert [News.ASKED] == news(harness)


async def test_a_person_and_keysmith_at_once_disable_the_key_once(
    harness: Harness, tmp_path: Path
) -> None:
    """The first one is named"""
    under(harness, tmp_path, LEAKED)
    api_key = (await reported(harness, await leaked(harness))).api_key
    await asyncio.gather(
        looked(harness, 0), harness.run(TECH, f"key disable key:{api_key}"), looked(harness, 0)
    )
    await looked(harness, 6)
    assert not (await harness.key(DEV, "ci-bot")).enabled
    assert news(harness) in (["disabled"], ["harmless"])


async def test_the_author_of_a_message_gets_the_same_whatever_the_key_is(harness: Harness) -> None:
    """At the report, before anything is compared"""
    ours = await leaked(harness)
    for text in (ours, ours.replace("7000", "9000")):
        (seen,) = await harness.flows.leak_reporter.seen(text)
        report = Report(Source.CHANNEL, harness.clock.now(), "", "", "C1", "1.2", ADMIN.user_id)
        await harness.flows.leak_reporter.report(seen, report)
    told = [(it.to, it.text.split()[1:]) for it in harness.incidents.notifications]
    assert [(ADMIN.user_id, [News.POSTED, "C1"])] * 2 == told


async def test_a_leaked_key_is_rotated_by_one_press(harness: Harness) -> None:
    """Disabled at once, and its successor asked for; with nothing typed but the press"""
    seen = await answered(harness, TECH, f"key show {await leaked(harness)}")
    shown = card_of(LeakReported((seen,), in_command=True))
    assert seen.rotate in [it.command for it in shown.buttons]
    assert "Rotate as compromised" in [str(it.label) for it in shown.buttons]
    outcome = await harness.run(TECH, seen.rotate)
    assert isinstance(outcome, Several)
    stopped, opened = outcome.outcomes
    assert isinstance(stopped, KeyChanged)
    assert isinstance(opened, Requested)
    assert not (await harness.key(DEV, "ci-bot")).enabled
    assert opened.request.rotation
    assert opened.request.rotation.compromised
    harness.clock.go_on(seconds=1)
    assert isinstance(await carried_out(harness, opened.request), KeyCreated)


async def test_a_leaked_key_that_is_being_rotated_stops_at_once(harness: Harness) -> None:
    """And the rotation that runs never enables it again"""
    text = await leaked(harness)
    request = await overlapping(harness)
    seen = await answered(harness, TECH, f"key show {text}")
    outcome = await harness.run(TECH, seen.rotate)
    assert isinstance(outcome, Several)
    assert isinstance(outcome.outcomes[1], NotRotated)
    assert request.id == outcome.outcomes[1].request.id  # type: ignore[union-attr]
    assert (False, True) == await works(harness, request)
    await press(harness, request, "abort")
    assert (False, True) == await works(harness, request)


async def test_who_may_not_rotate_is_offered_no_rotation(harness: Harness) -> None:
    """Nor who sees nothing of the key"""
    text = await leaked(harness)
    for each in (BILLING, NEWCOMER, GUEST):
        seen = await answered(harness, each, f"key show {text}", each.user_id)
        assert not seen.rotate
