"""`/cld links` and `/cld links revoke`: who sees which links, who ends them, what then holds."""

from dataclasses import replace
from datetime import datetime

import pytest

from bot.cards.kit import plain
from bot.cards.outcomes import card_of
from bot.cards.unrequested import of_no_request
from bot.domain.audit import AuditEvent
from bot.domain.links import LinkState
from bot.domain.live_links import LiveLink
from bot.domain.outcomes.access import Denied, Unknown
from bot.domain.outcomes.links import (
    LinkReady,
    LinkRevoked,
    LinksListed,
    NoLiveLink,
    WhichLink,
)
from bot.domain.people import Actor, Role
from bot.domain.policy import Action, Allowed, Decision, Question
from bot.domain.requests.notifications import Topic
from tests.fakes.link_store import FakeLinkStore
from tests.flows.harness import (
    ADMIN,
    BILLING,
    CHIEF,
    COLLEAGUE,
    CREATE,
    DEV,
    NARROW,
    NEWCOMER,
    STAGING,
    TECH,
    Harness,
    ready,
    staffed,
)
from tests.flows.requested import granted
from tests.flows.test_one_authority import Refusing, everything, refuse

REVOKE = "links revoke new"


async def listed(harness: Harness, actor: Actor) -> LinksListed:
    """What a person sees."""
    outcome = await harness.run(actor, "links")
    assert isinstance(outcome, LinksListed)
    return outcome


async def seen(harness: Harness, actor: Actor) -> list[str]:
    """The names of the keys in a person's list."""
    return [each.pending.name for each in (await listed(harness, actor)).page.shown]


async def test_a_person_sees_their_own_links_and_admins_see_everybodys(harness: Harness) -> None:
    """Each with its key, its environment, its end; no id of a link is in the card"""
    await harness.run(TECH, CREATE)
    harness.clock.go_on(minutes=1)
    await harness.run(NARROW, "key create other --env shop-dev")
    assert ["new"] == await seen(harness, TECH)
    assert ["other"] == await seen(harness, NARROW)
    assert [] == await seen(harness, COLLEAGUE)
    assert ["new", "other"] == await seen(harness, ADMIN) == await seen(harness, CHIEF)
    drawn = card_of(await listed(harness, ADMIN))
    assert f"new in Shop dev, for @{TECH.user_id}, expires" in plain(drawn)
    assert "l0" not in plain(drawn) + "".join(each.command for each in drawn.buttons)


async def test_a_person_reads_their_links_in_the_order_in_which_an_admin_does(
    harness: Harness,
) -> None:
    """The one that ends first is the first"""
    await harness.run(TECH, CREATE)
    harness.clock.go_on(minutes=1)
    await harness.run(TECH, "key create later --env shop-dev")
    assert ["new", "later"] == await seen(harness, TECH) == await seen(harness, ADMIN)


async def test_only_a_list_of_everybodys_links_says_whose_each_is(harness: Harness) -> None:
    """Also where a name means several, and of one that is being opened"""
    for place in (DEV, STAGING):
        await harness.run(TECH, f"key create new --env {place.cloud_name}")
    for command in ("links", REVOKE):
        own, all_ = [card_of(await harness.run(who, command)) for who in (TECH, ADMIN)]
        assert "new in Shop dev expires" in plain(own)
        assert f"@{TECH.user_id}" not in plain(own)
        assert ("Its owner" in plain(all_)) is (command == "links")
        assert "Its owner" not in plain(own)
        assert f"new in Shop dev, for @{TECH.user_id}, expires" in plain(all_)
    for everybody, said in ((False, "Shop dev:"), (True, f"Shop dev, for @{TECH.user_id}:")):
        opening = (await listed(harness, TECH)).page.shown[-1]
        opening = replace(opening, link=replace(opening.link, state=LinkState.OPENING))
        drawn = card_of(WhichLink((opening,), everybody))
        assert f"new in {said} it is being opened." in plain(drawn)


async def test_a_link_that_has_ended_is_in_no_list(harness: Harness) -> None:
    """Expired, replaced, opened"""
    await harness.run(TECH, CREATE)
    harness.clock.go_on(minutes=10)
    assert [] == await seen(harness, TECH) == await seen(harness, ADMIN)
    await harness.run(TECH, "claim")
    await harness.run(TECH, "claim")
    assert ["new"] == await seen(harness, TECH) == await seen(harness, ADMIN)
    harness.pending.collect("c0")
    assert [] == await seen(harness, TECH) == await seen(harness, ADMIN)


async def test_an_owner_ends_their_link(harness: Harness) -> None:
    """The key stays disabled, no one is told, and a new link can be had"""
    first = ready(await harness.run(TECH, CREATE))
    outcome = await harness.run(TECH, REVOKE)
    assert LinkRevoked(first.pending) == outcome
    assert [] == harness.store.told
    assert not (await harness.key(DEV, "new")).enabled
    assert [] == await seen(harness, TECH)
    entry = harness.store.entries[-1]
    assert (AuditEvent.DONE, "link:end", TECH) == (entry.event, entry.action, entry.actor)
    assert first.pending.api_key == entry.target["key"]
    again = ready(await harness.run(TECH, "claim"))
    assert first.pending == again.pending


async def test_an_admin_ends_anothers_link_and_its_owner_is_told(harness: Harness) -> None:
    """By whom, which key, and how to get a new one"""
    await harness.run(TECH, CREATE)
    outcome = await harness.run(ADMIN, REVOKE)
    assert isinstance(outcome, LinkRevoked)
    assert not outcome.own
    (told,) = harness.store.told
    assert (Topic.LINK_ENDED, TECH.user_id, ADMIN.user_id) == (told.topic, told.to, told.by)
    drawn = of_no_request(told)
    assert f"@{ADMIN.user_id} revoked your link to new in Shop dev." in plain(drawn)
    assert [("claim", "c0")] == [(each.command, each.request_id) for each in drawn.buttons]
    assert [] == await seen(harness, TECH)


async def test_no_one_else_ends_a_link_or_learns_of_it(harness: Harness) -> None:
    """The answer is the same whether there is one or not"""
    await harness.run(TECH, CREATE)
    for actor in (COLLEAGUE, NARROW, BILLING, NEWCOMER):
        assert NoLiveLink("new") == await harness.run(actor, REVOKE)
        assert NoLiveLink("none") == await harness.run(actor, "links revoke none")
    assert ["new"] == await seen(harness, TECH)


async def test_a_link_ends_once(harness: Harness) -> None:
    """Pressed twice; and by two people, of whom the second changes nothing"""
    await harness.run(TECH, CREATE)
    await harness.run(ADMIN, REVOKE)
    for actor in (ADMIN, TECH):
        assert NoLiveLink("new") == await harness.run(actor, REVOKE)
    assert 1 == len(harness.store.told)
    ended = [each for each in harness.store.entries if each.action == "link:end"]
    assert 1 == len(ended)


class Stale(FakeLinkStore):
    """Links that were read before the last change."""

    seen: tuple[LiveLink, ...] = ()

    async def every(self, now: datetime) -> list[LiveLink]:
        """What was read then."""
        return list(self.seen) or await super().every(now)


async def test_a_link_that_was_opened_meanwhile_is_not_called_revoked(harness: Harness) -> None:
    """It had ended when the step came to it, and its owner is not told that it ended"""
    pending = ready(await harness.run(TECH, CREATE)).pending
    stale = Stale(harness.pending, harness.requests)
    stale.seen = tuple(await harness.store.every(harness.clock.now()))
    harness.store = stale
    harness.rebuild()
    assert NoLiveLink(pending.name) == await harness.run(ADMIN, REVOKE)
    assert [] == stale.told


async def test_a_finished_revocation_ends_no_newer_link(harness: Harness) -> None:
    """Run again by another process, it shows the list"""
    await harness.run(TECH, CREATE)
    job = await harness.job(ADMIN, REVOKE)
    await harness.flows.dispatcher.run(job)
    await harness.run(TECH, "claim")
    assert isinstance(await harness.again(job.id), LinksListed)
    assert ["new"] == await seen(harness, TECH)


async def test_who_was_demoted_meanwhile_ends_nothing(harness: Harness) -> None:
    """The right is read when the job runs, not when the button was drawn"""
    await harness.run(TECH, CREATE)
    job = await harness.job(ADMIN, REVOKE)
    harness.add_member(ADMIN, Role.REPORTS)
    harness.rebuild()
    assert NoLiveLink("new") == await harness.flows.dispatcher.run(job)
    assert ["new"] == await seen(harness, TECH)


@pytest.mark.parametrize("text", ["links", REVOKE])
async def test_without_any_right_nothing_is_shown(harness: Harness, text: str) -> None:
    """As for every command"""
    await harness.run(TECH, CREATE)
    refuse(harness, everything)
    assert isinstance(await harness.run(TECH, text), Denied | Unknown)


class Generous(Refusing):
    """Rules that let every member see everybody's links."""

    def decide(self, question: Question) -> Decision:
        """Allow it, or ask."""
        if question.action is Action.LINKS:
            return Allowed("test")
        return super().decide(question)


async def test_who_matches_no_cloudinary_user_sees_their_own_links_by_any_rules(
    harness: Harness,
) -> None:
    """Keysmith does not know who they are; the rules let every other member see all"""
    await harness.run(TECH, CREATE)
    harness.authority = Generous(harness.policy, lambda _: False)
    harness.rebuild()
    assert ["new"] == await seen(harness, BILLING)
    assert [] == await seen(harness, NEWCOMER)
    assert NoLiveLink("new") == await harness.run(NEWCOMER, REVOKE)


async def test_a_policy_without_the_action_shows_admins_their_own(harness: Harness) -> None:
    """Denied by default"""

    def links(question: Question) -> bool:
        return question.action is Action.LINKS

    await harness.run(TECH, CREATE)
    refuse(harness, links)
    assert [] == await seen(harness, ADMIN)
    assert NoLiveLink("new") == await harness.run(ADMIN, REVOKE)
    assert isinstance(await harness.run(TECH, REVOKE), LinkRevoked)


async def test_a_name_in_two_environments_is_asked_about(harness: Harness) -> None:
    """The buttons name the API key; an environment chooses as well"""
    for place in (DEV, STAGING):
        await harness.run(TECH, f"key create new --env {place.cloud_name}")
    which = await harness.run(TECH, REVOKE)
    assert isinstance(which, WhichLink)
    newest, _ = card_of(which).buttons
    for text in (newest.command, f"{REVOKE} --env shop-dev"):
        assert isinstance(await harness.run(TECH, text), LinkRevoked)
    assert [] == await seen(harness, TECH)


async def test_each_name_of_a_key_means_its_link(harness: Harness) -> None:
    """Name and API key, with and without the word before them; a number is no name"""
    pending = ready(await harness.run(TECH, CREATE)).pending
    for text in ("new", "name:new", pending.api_key, f"key:{pending.api_key}"):
        await harness.run(TECH, "claim")
        assert isinstance(await harness.run(TECH, f"links revoke {text}"), LinkRevoked), text
    await harness.run(TECH, "claim")
    for text in ("key:new", f"name:{pending.api_key}", "other", "new --env shop-stag"):
        assert isinstance(await harness.run(TECH, f"links revoke {text}"), NoLiveLink), text


async def test_a_long_list_has_pages(harness: Harness) -> None:
    """Each link has its button, and no card has more than Slack takes"""
    for number in range(23):
        await harness.run(TECH, f"key create k{number} --env shop-dev")
    drawn = card_of(await listed(harness, ADMIN))
    assert 21 == len(drawn.buttons)
    job = replace(await harness.job(ADMIN, "links"), page=1)
    rest = await harness.flows.dispatcher.run(job)
    assert isinstance(rest, LinksListed)
    assert (3, 1) == (len(rest.page.shown), rest.page.number)


async def test_each_answer_says_what_to_do_next(harness: Harness) -> None:
    """None, one that ended, none that can be ended"""
    empty = plain(card_of(await harness.run(TECH, "links")))
    assert "No one-time link of yours is live." in empty
    assert "No one-time link is live." in plain(card_of(await harness.run(ADMIN, "links")))
    await harness.run(TECH, CREATE)
    assert await listed(harness, TECH) == await harness.run(TECH, "links revoke")
    ended = card_of(await harness.run(TECH, REVOKE))
    assert "The key stays disabled." in plain(ended)
    assert ["key disable", "links"] == [each.command[:11].rstrip() for each in ended.buttons]
    gone = card_of(await harness.run(TECH, REVOKE))
    assert "A link that was opened, replaced or revoked, or has expired, is not live." in plain(
        gone
    )


async def test_what_is_being_opened_is_listed_as_that(harness: Harness) -> None:
    """Also where its end has passed meanwhile"""
    await harness.run(TECH, CREATE)
    (live,) = (await listed(harness, TECH)).page.shown
    harness.clock.go_on(minutes=9, seconds=59)
    opening = harness.store
    assert await opening.start(live.link, harness.clock.now(), opening.entries[0])
    harness.clock.go_on(seconds=2)
    outcome = await listed(harness, TECH)
    assert [LinkState.OPENING] == [each.link.state for each in outcome.page.shown]
    assert "it is being opened" in plain(card_of(outcome))


async def test_the_request_of_a_revoked_link_still_waits_for_its_owner() -> None:
    """They collect by a new link, as approved"""
    harness = staffed()
    request = await granted(harness)
    outcome = await harness.run(NEWCOMER, f"claim {request.id}")
    assert isinstance(outcome, LinkReady)
    assert isinstance(await harness.run(ADMIN, "links revoke deploy"), LinkRevoked)
    assert isinstance(await harness.run(NEWCOMER, f"claim {request.id}"), LinkReady)
