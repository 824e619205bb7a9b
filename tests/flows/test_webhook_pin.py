"""A pin happens once, wherever a process dies, and whatever else happens at the same time."""

import asyncio
from dataclasses import replace
from typing import Final

import pytest

from bot.cards.kit import Block, offering, plain
from bot.cards.outcomes import card_of
from bot.domain.audit import AuditEvent
from bot.domain.commands.grammar import Incomplete, read
from bot.domain.commands.keys import PinKey
from bot.domain.jobs import Reply
from bot.domain.keys import Change, ProtectionReason, signer
from bot.domain.outcomes.access import Denied
from bot.domain.outcomes.keys import KeyChanged, KeyProtected, NothingToChange
from bot.domain.outcomes.requests import Requested
from bot.domain.people import Actor
from bot.domain.policy import Action
from bot.errors import Unavailable
from tests.fakes.answering import Answering
from tests.flows.failing_fakes import Crash, FailurePoint, failing
from tests.flows.harness import BILLING, DEV, NEWCOMER, PROD, TECH, Harness, staffed
from tests.flows.test_webhook_signer import ended_elder, signs, with_elder

PIN: Final = "key webhook ci-bot --env shop-dev --confirm ci-bot"
CALLS: Final = 40


def pins(harness: Harness) -> list[dict[str, str]]:
    """The targets of completed pins in the audit log."""
    done = (each for each in harness.jobs.entries if each.event is AuditEvent.DONE)
    return [dict(each.target) for each in done if each.action == Action.KEY_WEBHOOK]


async def test_a_pin_shows_what_changes_and_asks_for_the_name(harness: Harness) -> None:
    """Which key signs now, which will, and what fails"""
    before, pinned = await signs(harness, DEV), await harness.key(DEV, "ci-bot")
    outcome = await harness.run(TECH, "key webhook ci-bot --env shop-dev")
    assert isinstance(outcome, KeyProtected)
    assert outcome.reason is ProtectionReason.WEBHOOK_SIGNER
    text = plain(card_of(outcome))
    assert f"ci-bot signs webhook notifications in {DEV.name}, in place of {before.label}" in text
    assert f"the secret of {before.label} fail" in text
    (button,) = card_of(outcome).buttons
    assert read(button.command) == PinKey("ci-bot", "shop-dev")
    assert not pins(harness)
    done = await harness.run(TECH, outcome.retry or "")
    assert isinstance(done, KeyChanged)
    assert done.change is Change.PINNED
    assert (await signs(harness, DEV)).api_key == pinned.api_key
    (target,) = pins(harness)
    assert (before.api_key, pinned.api_key) == (target["signed"], target["signs"])
    assert isinstance(await harness.run(TECH, PIN), NothingToChange)


async def test_cloudinary_moves_the_pin(harness: Harness) -> None:
    """One key of an environment is pinned at a time"""
    await harness.run(TECH, PIN)
    await harness.run(TECH, PIN.replace("ci-bot", "uploader"))
    assert ["uploader"] == [key.name for key in await harness.account.keys(DEV.id) if key.pinned]


async def test_a_disabled_key_is_not_pinned(harness: Harness) -> None:
    """It signs nothing, and the pin would be taken from the key that does"""
    await harness.run(TECH, PIN)
    await harness.run(TECH, "key disable uploader --env shop-dev")
    outcome = await harness.run(TECH, PIN.replace("ci-bot", "uploader"))
    assert isinstance(outcome, KeyProtected)
    assert (ProtectionReason.DISABLED, None) == (outcome.reason, outcome.retry)
    assert (await harness.key(DEV, "ci-bot")).pinned


async def test_a_root_key_is_pinned(harness: Harness) -> None:
    """It often is the signer that has to be kept"""
    root = next(key for key in await harness.account.keys(DEV.id) if key.root)
    assert isinstance(await harness.run(TECH, f"key webhook {root.api_key}"), KeyChanged)


async def test_in_production_others_approve_the_pin(harness: Harness) -> None:
    """And no one pins without a key role"""
    outcome = await harness.run(TECH, "key webhook shared --env shop --confirm shared")
    assert isinstance(outcome, Requested)
    assert "choose the webhook signer" in plain(card_of(outcome))
    assert isinstance(await harness.run(BILLING, PIN), Denied)


async def test_a_pin_can_be_explained(harness: Harness) -> None:
    """By the policy's own action"""
    text = plain(card_of(await harness.run(TECH, "explain key webhook shared --env shop")))
    assert "1 approval" in text


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
async def test_wherever_a_process_dies_the_key_is_pinned_once(*, after: bool) -> None:
    """The next process recognizes the pin by reading the key again"""
    died_at = 0
    for call in range(1, CALLS):
        died = FailurePoint()
        harness = failing(died)
        await harness.run(TECH, "whoami")
        job = await harness.job(TECH, PIN)
        died.arm(call, after=after)
        try:
            await harness.flows.dispatcher.run(job)
        except Crash:
            died.arm(0)
        else:
            break
        died_at = call
        await harness.again(job.id)
        assert (await harness.key(DEV, "ci-bot")).pinned, call
        assert 1 == len(pins(harness)), call
    assert died_at > 5


async def test_a_pin_that_cloudinary_did_and_answered_500_is_recognized(harness: Harness) -> None:
    """It is not pinned again, and the log has it once"""
    job = await harness.job(TECH, PIN)
    harness.account.fail_next("pin", Unavailable("500", maybe_done=True), after=True)
    with pytest.raises(Unavailable):
        await harness.flows.dispatcher.run(job)
    assert not pins(harness)
    assert isinstance(await harness.again(job.id), KeyChanged)
    assert 1 == len(pins(harness))
    assert 1 == harness.account.calls["pin"]


@pytest.mark.parametrize("first", ["pin", "enable"])
async def test_an_enabling_and_a_pin_at_once_never_move_the_signer_unasked(first: str) -> None:
    """In any order: the present signer stays, unless the name was typed"""
    for lag in range(30):
        harness = staffed()
        with_elder(harness, DEV)
        before = await signs(harness, DEV)
        pin = f"key webhook {before.api_key} --env shop-dev"
        texts = [pin, "key enable elder --env shop-dev"]
        jobs = [await harness.job(TECH, text) for text in texts]
        one, other = jobs if first == "pin" else jobs[::-1]
        begun = asyncio.create_task(harness.flows.dispatcher.run(one))
        for _ in range(lag):
            await asyncio.sleep(0)
        await asyncio.gather(begun, harness.flows.dispatcher.run(other))
        found = signer(await harness.account.keys(DEV.id))
        assert found
        assert (lag, before.api_key) == (lag, found.api_key)


async def test_of_two_pins_at_once_the_last_one_holds(harness: Harness) -> None:
    """Each names the move that it made"""
    texts = [PIN, PIN.replace("ci-bot", "uploader")]
    outcomes = await asyncio.gather(*(harness.run(TECH, text) for text in texts))
    assert all(isinstance(each, KeyChanged) for each in outcomes)
    first, second = pins(harness)
    assert first["signs"] == second["signed"]
    assert (await signs(harness, DEV)).api_key == second["signs"]


async def form_of(harness: Harness, actor: Actor, text: str) -> Block:
    """The form that Slack opens for a command that a guard stops."""
    answering = Answering(harness)
    job, outcome = await harness.job(actor, text), await harness.run(actor, text)
    await answering.answers.send(
        replace(job, reply=Reply("https://h.example", trigger="t")), outcome
    )
    (view,) = answering.slack.views
    assert isinstance(read(str(view["private_metadata"])), Incomplete)
    assert "field:confirm" in str(view["blocks"])
    return view


@pytest.mark.parametrize(
    "text", ["key enable elder --env shop-dev", "key webhook ci-bot --env shop-dev"]
)
async def test_the_name_is_typed_in_a_form_that_shows_what_changes(
    harness: Harness, text: str
) -> None:
    """The same one as for every guard"""
    with_elder(harness, DEV)
    shown = str((await form_of(harness, TECH, text))["blocks"])
    assert "in place of" in shown
    assert (await signs(harness, DEV)).label in shown


async def test_a_renewal_has_the_form_too(harness: Harness) -> None:
    """For the owner, who may have no key role"""
    former = await ended_elder(harness)
    text = f"renew {former.id} --reason more"
    shown = str((await form_of(harness, NEWCOMER, text))["blocks"])
    assert "in place of" in shown
    assert (await signs(harness, DEV)).label not in shown


async def test_a_keys_card_offers_the_pin(harness: Harness) -> None:
    """Where it is enabled and not pinned"""
    shown = card_of(await harness.run(TECH, "key show ci-bot --env shop-dev"))
    commands = [read(each.command) for each in offering([shown])]
    key = await harness.key(DEV, "ci-bot")
    assert PinKey(key.api_key, "shop-dev") in commands
    await harness.run(TECH, PIN)
    shown = card_of(await harness.run(TECH, "key show ci-bot --env shop-dev"))
    assert "signed with it" in plain(shown)
    assert not any(isinstance(read(each.command), PinKey) for each in offering([shown]))


async def test_the_key_of_another_environment_is_not_touched(harness: Harness) -> None:
    """A pin concerns one environment"""
    before = await harness.account.keys(PROD.id)
    await harness.run(TECH, PIN)
    assert before == await harness.account.keys(PROD.id)
