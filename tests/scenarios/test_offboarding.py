"""A person leaves Slack: security reads it, one admin asks, another approves, everything ends."""

from tests.scenarios.presses import (
    SAM,
    card,
    click,
    direct,
    fill_in,
    from_bot,
    pressed,
    shown,
)
from tests.scenarios.system import ADA, NIA, SECURITY, Json, System, link_of, until


async def test_a_person_who_leaves_is_offboarded_from_the_security_channel(calm: System) -> None:
    """The form has a box for each part; the report comes as one direct message"""
    link_of(await calm.send("key create nia-ci --env staging", NIA))
    await calm.act("person", id=NIA, deleted=True)

    async def told() -> Json | None:
        seen = await from_bot(calm, ADA, SECURITY)
        return next((each for each in seen if "left Slack" in each["text"]), None)

    await click(calm, ADA, await until(told), "offboard", SECURITY)
    view = await shown(calm, ADA, "Offboard ")
    boxes = next(it for it in view["blocks"] if it.get("block_id") == "field:parts")["element"]
    ticked = [each["value"] for each in boxes["initial_options"]]
    assert ["user", "links", "groups"] == ticked
    await fill_in(calm, ADA, channel=SECURITY, reason="left the company")

    posted = await card(calm, "nia@lumen-goods.example", user=SAM)
    assert "Take them out of the group On call" in posted["text"]
    await pressed(calm, SAM, posted, "approve")

    async def reported() -> Json | None:
        seen = await from_bot(calm, ADA, direct(ADA))
        return next((each for each in seen if "3 of 3 parts are done" in each["text"]), None)

    await until(reported)
    users = (await calm.cloudinary("state"))["users"]
    assert [False] == [each["enabled"] for each in users if each["email"].startswith("nia@")]
    assert (await calm.key("nia-ci", "Staging"))["enabled"] is False
