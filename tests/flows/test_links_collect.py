from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bot.adapters.cedar.policy import SHIPPED, CedarPolicy
from bot.cards.kit import Card, plain
from bot.cards.notifications import notification_card
from bot.cards.outcomes import card_of
from bot.cards.requests import posted
from bot.domain.audit import AuditEvent, Entry
from bot.domain.environments import FixedTier, Tier
from bot.domain.outcomes.links import ClaimRefused, NothingToClaim, SecretWithheld, WhichPending
from bot.domain.pending import PendingCredentials
from bot.domain.people import Actor
from bot.domain.requests.notifications import Audience, Notification, Topic
from bot.errors import StoreError
from tests.fakes.pending import LINK_TTL
from tests.flows.harness import (
    ADMIN,
    BILLING,
    COLLEAGUE,
    CREATE,
    DEV,
    NARROW,
    NEWCOMER,
    STAGING,
    TECH,
    Harness,
    ready,
)
from tests.flows.requested import WISH, approved, asked, carried_out, collected, granted, kept


async def test_a_missed_link_is_made_again(harness: Harness) -> None:
    """By the id, by the key's name, or without either if only one waits"""
    first = ready(await harness.run(TECH, CREATE))
    for text in ("claim", "claim c0", "claim new"):
        again = ready(await harness.run(TECH, text))
        assert first.pending == again.pending
        assert harness.links.sealed[first.url] == harness.links.sealed[again.url]
    assert len(harness.links.sealed) == 4


async def test_a_link_has_the_language_of_its_owners_slack(harness: Harness) -> None:
    """Also where another person asked for the key"""
    owner = harness.directory.add(replace(await harness.directory.profile(TECH), locale="de-DE"))
    assert owner.user_id == TECH.user_id
    assert "?lang=de#" in ready(await harness.run(TECH, CREATE)).url.show()
    await harness.flows.directory.changed(replace(owner, locale="ja-JP"))
    assert "?lang=ja#" in ready(await harness.run(TECH, "claim")).url.show()


async def test_several_that_wait_are_asked_about(harness: Harness) -> None:
    """Newest first; no link is created before the choice is clear"""
    await harness.run(TECH, CREATE)
    await harness.run(TECH, f"key create newer --env {STAGING.cloud_name}")
    answer = await harness.run(TECH, "claim")
    assert isinstance(answer, WhichPending)
    assert ["newer", "new"] == [pending.name for pending in answer.pending]
    assert "newer" == ready(await harness.run(TECH, "claim newer")).pending.name


@pytest.mark.parametrize("text", ["claim", "claim c0", "claim new"])
async def test_what_waits_for_others_cannot_be_claimed(text: str, harness: Harness) -> None:
    """And the answer does not reveal that they exist"""
    await harness.run(TECH, CREATE)
    assert isinstance(await harness.run(NARROW, text), NothingToClaim)


async def test_a_secret_that_is_not_shown_again_is_withheld(harness: Harness) -> None:
    """Only the first link has it; a second link cannot be created"""
    harness.account.shows_secrets = False
    pending = ready(await harness.run(TECH, CREATE)).pending
    assert SecretWithheld(pending, offers=True) == await harness.run(TECH, "claim")


@pytest.mark.parametrize(
    ("actor", "offered"), [(TECH, "/cld key show"), (NEWCOMER, "/cld requests mine")]
)
async def test_a_person_for_whom_nothing_waits_is_told_where_they_may_look(
    harness: Harness, actor: Actor, offered: str
) -> None:
    """Who may see no key looks at their requests"""
    assert offered in plain(card_of(await harness.run(actor, "claim")))


async def test_a_person_who_may_create_no_key_is_told_to_ask_again(harness: Harness) -> None:
    """Their secret is withheld"""
    await granted(harness)
    harness.account.shows_secrets = False
    told = plain(card_of(await harness.run(NEWCOMER, "claim")))
    assert ("/cld request shop-dev" in told, "key create" in told) == (True, False)


async def test_a_key_that_was_found_again_has_its_secret_read(harness: Harness) -> None:
    """If Cloudinary shows no secret, the key stays disabled and no link is created"""
    job = await harness.job(TECH, CREATE)
    harness.pending.failures = 1
    with pytest.raises(StoreError):
        await harness.flows.dispatcher.run(job)
    harness.account.shows_secrets = False
    assert isinstance(await harness.again(job.id), SecretWithheld)
    assert not (await harness.key(DEV, "new")).enabled


async def test_a_root_key_gets_no_link(harness: Harness) -> None:
    """Whatever the record of pending credentials says: its secret is not even read"""
    root = await harness.key(DEV, "")
    where = (DEV.id, DEV.name, DEV.cloud_name, root.api_key)
    forged = PendingCredentials("c9", TECH, *where, "mine", harness.clock.now())
    await harness.pending.add_pending(forged, Entry(harness.clock.now(), AuditEvent.DONE, "x"))
    assert isinstance(await harness.run(TECH, "claim mine"), ClaimRefused)
    assert not harness.links.sealed
    assert not harness.account.calls["credentials"]


async def claimed(harness: Harness, actor: Actor, text: str = "claim") -> Card:
    """Draw the answer to a claim."""
    return card_of(await harness.run(actor, text))


async def test_an_empty_claim_tells_what_became_of_the_persons_own_request(
    harness: Harness,
) -> None:
    """It waits, or is collected; without one, there is a button for a request"""
    assert ["request"] == [each.command for each in (await claimed(harness, NEWCOMER)).buttons]
    request = await asked(harness)
    drawn = await claimed(harness, NEWCOMER)
    assert "deploy in Shop dev: Waiting for approval." in plain(drawn)
    assert f"requests {request.id}" == drawn.buttons[0].command
    await collected(harness, WISH.replace("deploy", "build"))
    assert "Waiting for approval." in plain(await claimed(harness, NEWCOMER))


async def test_a_press_on_anothers_card_is_told_whose_it_is(harness: Harness) -> None:
    """Only where the person may see the request; elsewhere nothing of it is said"""
    request = await granted(harness)
    text = f"claim {request.id}"
    told = plain(await claimed(harness, TECH, text))
    assert f"Only @{NEWCOMER.user_id} can collect deploy" in told
    hidden = plain(await claimed(harness, BILLING, text))
    assert ("deploy" in hidden, "only its owner can collect" in hidden) == (False, True)


async def test_a_shared_card_says_whose_collect_is_and_a_list_has_ones_own_alone(
    harness: Harness,
) -> None:
    """A teammate's credentials are no button in the requester's list"""
    own = await granted(harness)
    drawn = posted(own)
    assert "Collect as New" == str(drawn.buttons[0].label)
    assert f"Ready to collect by @{NEWCOMER.user_id}" in plain(drawn)
    for audience, label in ((Audience.THREAD, "Collect as New"), (Audience.PERSON, "Collect")):
        ready = Notification(own.id, audience, Topic.READY)
        assert label == str(notification_card(ready, own).buttons[0].label)
    theirs = await approved(harness, f"{WISH} --for @{TECH.user_id}", NARROW, to=COLLEAGUE)
    await carried_out(harness, theirs)
    theirs = await kept(harness, theirs)
    assert "Collect (owner only)" == str(posted(theirs).buttons[0].label)
    listed = {
        by: [each.command for each in card_of(await harness.run(by, "requests mine")).buttons]
        for by in (NARROW, NEWCOMER)
    }
    assert [0, 1] == [commands.count("claim") for commands in listed.values()]


async def test_a_link_lives_as_long_as_the_policy_lets_it_in_its_environment(
    harness: Harness, tmp_path: Path
) -> None:
    """By the tier that an admin fixed, whatever the environment's name says; also at the claim"""
    rule = '@id("short") @link_ttl("2m")\npermit (principal, action == Action::"key:create",'
    shipped = (SHIPPED / "keysmith.cedar").read_text()
    (tmp_path / "own.cedar").write_text(f'{shipped}\n{rule} resource in Tier::"staging");')
    harness.policy = CedarPolicy.load(tmp_path)
    harness.rebuild()
    now = harness.clock.now()
    usual = ready(await harness.run(TECH, CREATE))
    assert usual.expires_at - now == LINK_TTL
    short = ready(await harness.run(TECH, f"key create other --env {STAGING.cloud_name}"))
    assert short.expires_at - now == timedelta(minutes=2)
    harness.tiers.kept[DEV.id] = FixedTier(Tier.STAGING, ADMIN, "Ada", now, "c9")
    again = ready(await harness.run(TECH, "claim new"))
    assert again.expires_at - now == timedelta(minutes=2)
    live = await harness.store.every(now)
    assert {now + timedelta(minutes=2)} == {each.link.ends for each in live}
