"""A right that ends at Cloudinary ends what a person did alone, up to the reveal itself."""

from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from sandbox import at_cloudinary
from sandbox.cloudinary.app import ACCOUNT_KEY, ACCOUNT_SECRET
from tests.scenarios.opening import open_link, press
from tests.scenarios.presses import direct, notified, pressed
from tests.scenarios.system import TOM, System, link_of, running_system

EMERGENCY = 'request production pager --reason "pager 812" --emergency'
TOM_AT_CLOUDINARY = "0abed8dfcc039ea05e2a1d494fd401"


@pytest.fixture
async def own(tmp_path: Path) -> AsyncIterator[System]:
    """A system for one test: a process remembers an identity for a minute."""
    async with running_system(tmp_path) as one:
        yield one


async def change_user(system: System, **fields: str | bool) -> None:
    """Change Tom's user through Cloudinary's API, as an admin does in the Console."""
    account = f"{system.twins.at.cloudinary}/v1_1/provisioning/accounts/{at_cloudinary.ACCOUNT_ID}"
    pair = aiohttp.encode_basic_auth(ACCOUNT_KEY, ACCOUNT_SECRET)
    url, headers = f"{account}/users/{TOM_AT_CLOUDINARY}", {"Authorization": pair}
    async with system.session.put(url, json=fields, headers=headers) as answer:
        assert answer.status == 200, await answer.text()


async def link_in_an_emergency(system: System) -> str:
    """Tom asks alone, and gets a link to a production key."""
    await system.send(EMERGENCY, TOM)
    ready = await notified(system, TOM, "The key is created")
    return link_of(await pressed(system, TOM, ready, "claim", direct(TOM)))


async def test_an_emergency_ends_with_a_reveal_while_the_right_lasts(own: System) -> None:
    """The control of the test below"""
    opened = await open_link(own, await link_in_an_emergency(own))
    assert opened["api_key"] == (await own.key("pager"))["api_key"]


@pytest.mark.parametrize(
    "end", [{"role": "billing"}, {"enabled": False}], ids=["demoted", "disabled"]
)
async def test_a_right_that_ends_before_the_reveal_ends_the_reveal(
    own: System, end: dict[str, str | bool]
) -> None:
    """Nothing is shown, the key stays disabled, and no further link is given"""
    link = await link_in_an_emergency(own)
    await change_user(own, **end)

    status, answer = await press(own, link)

    assert (status, "sealed" in answer) == (403, False), answer
    assert (await own.key("pager"))["enabled"] is False
    refused = await own.send("claim", TOM)
    assert "/s/" not in str(refused)
    assert (await press(own, link))[0] == 403
