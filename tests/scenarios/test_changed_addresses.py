"""A person whose address changes at Slack is stopped until two admins link them."""

from tests.scenarios.presses import SAM, ask, card, pressed
from tests.scenarios.system import ADA, System

RUI = "U0RUI0001"
RUI_BEFORE, LEA_USER = (f"0abed8dfcc039ea05e2a1d494fd40{last}" for last in (7, 8))


async def test_a_changed_address_stops_and_a_link_with_approval_releases(calm: System) -> None:
    """Security is told once; the record has both Cloudinary users, and the role of who linked"""
    assert "Reports" in (await calm.send("whoami", RUI))["text"]
    await calm.act("person", id=RUI, email="lea@lumen-goods.example")
    for _ in range(2):
        answer = await calm.send("key disable ci-bot", RUI)
        assert "leads to another Cloudinary user than before" in answer["text"]
    told = [each for each in await calm.audit() if each["action"] == "identify"]
    refused = [each for each in told if each["detail"] == "other_user"]
    assert [(RUI_BEFORE, LEA_USER)] == [
        (each["target"]["before"], each["target"]["cloudinary"]) for each in refused
    ]

    await ask(calm, f'link <@{RUI}> --reason "new name"', ADA)
    posted = await card(calm, LEA_USER, user=ADA)
    assert RUI_BEFORE in posted["text"]
    assert "nobody decides on their own" in (await pressed(calm, ADA, posted, "approve"))["text"]
    assert "Approved." in (await pressed(calm, SAM, posted, "approve"))["text"]
    await card(calm, LEA_USER, "Done.", user=ADA)

    assert "Media library admin" in (await calm.send("key disable ci-bot", RUI))["text"]
    (linked,) = [
        each for each in await calm.audit() if (each["deed"], each["action"]) == ("bound", "link")
    ]
    assert ("master_admin", LEA_USER, RUI_BEFORE) == (
        *(linked["role"], linked["target"]["cloudinary"]),
        linked["target"]["before"],
    )
