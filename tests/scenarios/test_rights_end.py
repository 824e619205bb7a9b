"""A right that ends at Cloudinary ends what a person did alone, up to the reveal itself."""

import aiohttp
import pytest

from sandbox import company
from sandbox.cloudinary.app import ACCOUNT_KEY, ACCOUNT_SECRET
from tests.scenarios.opening import open_link, press
from tests.scenarios.presses import direct, notified, pressed
from tests.scenarios.system import TOM, System, link_of

EMERGENCY = 'request production pager --reason "pager 812" --emergency'
TOM_AT_CLOUDINARY = "0abed8dfcc039ea05e2a1d494fd401"


async def change_user(system: System, **fields: str | bool) -> None:
    """Change Tom's user through Cloudinary's API, as an admin does in the Console."""
    account = f"{system.twins.at.cloudinary}/v1_1/provisioning/accounts/{company.ACCOUNT_ID}"
    pair = aiohttp.encode_basic_auth(ACCOUNT_KEY, ACCOUNT_SECRET)
    url, headers = f"{account}/users/{TOM_AT_CLOUDINARY}", {"Authorization": pair}
    async with system.session.put(url, json=fields, headers=headers) as answer:
        assert answer.status == 200, await answer.text()


async def link_in_an_emergency(system: System) -> str:
    """Tom asks alone, and gets a link to a production key."""
    await system.send(EMERGENCY, TOM)
    ready = await notified(system, TOM, "The key is created")
    return link_of(await pressed(system, TOM, ready, "claim", direct(TOM)))


async def test_an_emergency_ends_with_a_reveal_while_the_right_lasts(calm: System) -> None:
    """The control of the test below"""
    opened = await open_link(calm, await link_in_an_emergency(calm))
    assert opened["api_key"] == (await calm.key("pager"))["api_key"]


@pytest.mark.parametrize(
    "end", [{"role": "billing"}, {"enabled": False}], ids=["demoted", "disabled"]
)
async def test_a_right_that_ends_before_the_reveal_ends_the_reveal(
    calm: System, end: dict[str, str | bool]
) -> None:
    """Nothing is shown, the key stays disabled, and no further link is given"""
    link = await link_in_an_emergency(calm)
    await change_user(calm, **end)

    status, answer = await press(calm, link)

    assert (status, "sealed" in answer) == (403, False), answer
    assert (await calm.key("pager"))["enabled"] is False
    refused = await calm.send("claim", TOM)
    assert "/s/" not in str(refused)
    assert (await press(calm, link))[0] == 403
