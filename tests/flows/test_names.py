import pytest

from bot.domain.commands.text import quote
from bot.domain.names import NameReason
from bot.domain.outcomes.keys import KeyChanged, KeyCreated, KeyShown, NameRefused
from bot.domain.outcomes.requests import Requested
from bot.domain.people import Actor
from bot.domain.requests.machine import State
from tests.flows.harness import COLLEAGUE, DEV, NEWCOMER, PROD, TECH, Harness
from tests.flows.requested import approved, asked, carried_out, kept

ALIKE = "c\u0456-bot"
"""With a Cyrillic letter; DEV has a key `ci-bot`."""
NAMES = {
    ALIKE: NameReason.ALIKE,
    "ci\ufe0f-bot": NameReason.HIDDEN,
    "700000000000001": NameReason.API_KEY,
    "7000000000000O1": NameReason.API_KEY,
    "name:x": NameReason.PREFIX,
    "CI-Bot": NameReason.ALIKE,
    "\uff23i-bot": NameReason.ALIKE,
    "\u0421I-\u0412OT": NameReason.ALIKE,
}
WAYS = {
    "create": (TECH, "key create {} --env shop-dev"),
    "rename": (TECH, "key rename uploader {} --env shop-dev"),
    "request": (NEWCOMER, "request shop-dev {} --reason builds"),
}


@pytest.mark.parametrize(("actor", "text"), WAYS.values(), ids=WAYS)
@pytest.mark.parametrize(("name", "reason"), NAMES.items(), ids=map(ascii, NAMES))
async def test_a_name_that_could_be_mistaken_is_refused(
    harness: Harness, actor: Actor, text: str, name: str, reason: NameReason
) -> None:
    """On every way to a new name, before anyone is asked"""
    before = await harness.account.keys(DEV.id)
    refused = await harness.run(actor, text.format(quote(name)))
    assert isinstance(refused, NameRefused), refused
    assert (reason, name) == (refused.reason, refused.name)
    assert before == await harness.account.keys(DEV.id)
    assert ("refused", reason) in harness.told()


async def test_a_key_may_change_the_case_of_its_own_name(harness: Harness) -> None:
    """It is mistaken for itself alone"""
    assert isinstance(
        await harness.run(TECH, "key rename ci-bot CI-Bot --env shop-dev"), KeyChanged
    )


@pytest.mark.parametrize("text", ["key rename shop-web {} --env shop", "key create {} --env shop"])
async def test_in_production_no_one_is_asked_for_it(harness: Harness, text: str) -> None:
    """The refusal comes at once"""
    outcome = await harness.run(TECH, text.format("shar\u0435d"))
    assert isinstance(outcome, NameRefused), outcome


async def test_the_names_of_other_environments_do_not_matter(harness: Harness) -> None:
    """As with equal names"""
    assert isinstance(await harness.run(TECH, f"key create {ALIKE} --env shop"), Requested)


async def test_a_requester_is_not_told_the_names_of_keys(harness: Harness) -> None:
    """They may not list them"""
    refused = await harness.run(NEWCOMER, f"request shop-dev {ALIKE} --reason builds")
    assert isinstance(refused, NameRefused)
    assert refused.key is None


async def test_a_name_that_came_meanwhile_stops_the_execution(harness: Harness) -> None:
    """The look-alike was created after the approval"""
    request = await approved(harness, "request shop-dev deploy --reason builds")
    harness.account.add_key(DEV.id, "depl\u043ey")
    assert isinstance(await carried_out(harness, request), NameRefused)
    assert State.FAILED is (await kept(harness, request)).state


async def test_a_key_may_be_renamed_to_what_looks_like_its_own_name(harness: Harness) -> None:
    """There is no other key that it would be mistaken for"""
    harness.account.add_key(DEV.id, "depl\u043ey")
    outcome = await harness.run(TECH, "key rename depl\u043ey deploy --env shop-dev")
    assert isinstance(outcome, KeyChanged)


async def test_a_key_named_like_anothers_api_key_hides_nothing(harness: Harness) -> None:
    """The Console allows such names; the API key wins, the prefixes force one"""
    victim = await harness.key(DEV, "ci-bot")
    thief = harness.account.add_key(DEV.id, victim.api_key)
    for text, expected in {
        victim.api_key: victim,
        f"key:{victim.api_key}": victim,
        f"name:{victim.api_key}": thief,
        thief.api_key: thief,
    }.items():
        shown = await harness.run(TECH, f"key show {text} --env shop-dev")
        assert isinstance(shown, KeyShown), shown
        assert expected == shown.located.key
    await harness.run(TECH, f"key disable {victim.api_key} --env shop-dev")
    assert not (await harness.key(DEV, "ci-bot")).enabled
    assert (await harness.key(DEV, victim.api_key)).enabled


async def test_a_name_that_is_taken_exactly_gets_digits_in_a_request(harness: Harness) -> None:
    """As before: each request has its own key"""
    request = await asked(harness, "request shop shop-web --reason builds")
    assert request.terms.name.startswith("shop-web-")
    made = await approved(harness, "request shop-dev ci-bot --reason builds", to=COLLEAGUE)
    assert isinstance(await carried_out(harness, made), KeyCreated)
    assert PROD.id == request.terms.environment_id
