"""What a person reads of requests about users, groups and environments, in Home and in lists."""

import json
from typing import Final

import pytest

from bot.cards.home import home, home_view
from bot.cards.kit import offering, render
from bot.cards.outcomes import card_of
from bot.domain.languages import ENGLISH
from bot.domain.people import Role
from tests.flows.harness import ADMIN, CHIEF, COLLEAGUE, DEV, TECH, Harness
from tests.flows.offboarding import sent
from tests.flows.requested import asked
from tests.flows.with_roles import with_roles

KINDS: Final = {
    "user add new@lumen.example --role reports --env shop-dev": (
        "invite a person to Cloudinary",
        "new@lumen.example",
        "Reports",
        "Shop dev",
    ),
    "user role @U0TECH reports": ("change a user's role", "tech@lumen.example", "Reports"),
    "user envs @U0TECH shop-dev": ("environments", "tech@lumen.example", "Shop dev"),
    "user disable @U0TECH --confirm tech@lumen.example": ("disable a user", "tech@lumen.example"),
    "user remove @U0TECH --confirm tech@lumen.example": ("remove a user", "tech@lumen.example"),
    "group create Design": ("create a user group", "Design"),
    "group add Content @U0TECH": ("tech@lumen.example", "Content"),
    "group rename Content Library": ("rename a user group", "Content"),
    "env tier shop-dev staging": ("tier", "Shop dev", "staging"),
    'env rename "Shop" "Shop live"': ("rename an environment", "Shop live"),
    "env disable shop --confirm Shop": ("disable an environment", "Shop"),
    "offboard": ("offboard a person", "tech@lumen.example"),
}
"""A request of each kind, and what its approver reads wherever it waits."""


def tab(harness_home: object) -> str:
    """Every text of the tab."""
    return json.dumps(harness_home, ensure_ascii=False)


async def waiting(harness: Harness, text: str) -> None:
    """Let a request of that kind wait for another admin."""
    harness.account.add_group("Content")
    await harness.run(TECH, "whoami")
    if text == "offboard":
        await sent(harness)
    else:
        await asked(harness, text, ADMIN)


async def drawn(harness: Harness) -> str:
    """The tab of the other admin."""
    cards = home(await harness.flows.home.of(CHIEF))
    return tab(home_view(cards, [f"o{at}" for at, _ in enumerate(offering(cards))], ENGLISH))


@pytest.mark.parametrize(("text", "says"), KINDS.items(), ids=KINDS)
async def test_a_request_that_waits_says_about_whom(
    harness: Harness, text: str, says: tuple[str, ...]
) -> None:
    """In App Home, whose rows mention no one by an id, and in `requests`"""
    await waiting(harness, text)
    shown = await drawn(harness)
    listed = render(card_of(await harness.run(CHIEF, "requests pending")), [""] * 30).text
    for each in says:
        assert each in shown
        assert each in listed
    assert "Approve" in shown
    assert "@U0" not in shown


async def test_a_key_without_a_role_is_marked_where_its_owner_looks() -> None:
    """And one with Master Admin; a key with another role says nothing of it"""
    harness = with_roles()
    for name in ("bare", "grave", "usual"):
        await harness.run(TECH, f"key create {name} --env shop-dev --role reports")
        (own,) = await harness.pending.pending_of(TECH)
        harness.pending.collect(own.id)
        key = await harness.key(DEV, name)
        await harness.account.set_enabled(DEV.id, key.api_key, enabled=True)
        for role in await harness.account.roles_of_key(DEV.id, key.api_key):
            if name != "usual":
                await harness.account.take_role(DEV.id, key.api_key, role)
        if name == "grave":
            harness.account.hold(DEV.id, key.api_key, harness.account.all_roles[0])
    harness.add_member(COLLEAGUE, Role.ADMIN)
    cards = home(await harness.flows.home.of(TECH))
    shown = tab(home_view(cards, [f"o{at}" for at, _ in enumerate(offering(cards))], ENGLISH))
    assert "bare in Shop dev. No role: can do nothing." in shown
    assert "grave in Shop dev. Master Admin." in shown
    assert '"usual in Shop dev"' in shown
