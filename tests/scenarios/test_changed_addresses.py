"""A person whose address changes at Slack is stopped until two admins link them."""

from pathlib import Path

from tests.scenarios.presses import APPROVALS, SAM, ask, pressed
from tests.scenarios.system import ADA, Json, System, running_system, until

RUI = "U0RUI0001"
RUI_BEFORE, LEA_USER = (f"0abed8dfcc039ea05e2a1d494fd40{last}" for last in (7, 8))


async def link_card(system: System, words: str) -> Json:
    """Wait for the card of the link to contain this text."""

    async def found() -> Json | None:
        seen = await system.messages(ADA, APPROVALS)
        cards = (each for each in seen if f"→ {LEA_USER}" in each["text"])
        return next((each for each in cards if words in each["text"]), None)

    return await until(found)


async def test_a_changed_address_stops_and_a_link_with_approval_releases(tmp_path: Path) -> None:
    """Security is told once; the record has both Cloudinary users, and the role of who linked"""
    async with running_system(tmp_path) as system:  # a binding outlasts every reset
        assert "Reports" in (await system.send("whoami", RUI))["text"]
        await system.act("person", id=RUI, email="lea@lumen-goods.example")
        for _ in range(2):
            answer = await system.send("request staging rui-ci --reason builds", RUI)
            assert "ahora es de otro usuario de Cloudinary" in answer["text"]
        told = [each for each in await system.audit() if each["action"] == "identify"]
        refused = [each for each in told if each["detail"] == "other_user"]
        assert [(RUI_BEFORE, LEA_USER)] == [
            (each["target"]["before"], each["target"]["cloudinary"]) for each in refused
        ]

        await ask(system, f'link @{RUI} --reason "new name"', ADA)
        posted = await link_card(system, "Needs ")
        assert RUI_BEFORE in posted["text"]
        assert (
            "you can't decide on your own"
            in (await pressed(system, ADA, posted, "approve"))["text"]
        )
        assert "Approved." in (await pressed(system, SAM, posted, "approve"))["text"]
        await link_card(system, "Done ")

        assert "Media Library admin" in (await system.send("key disable ci-bot", RUI))["text"]
        (linked,) = [
            each
            for each in await system.audit()
            if (each["deed"], each["action"]) == ("bound", "link")
        ]
        assert ("master_admin", LEA_USER, RUI_BEFORE) == (
            *(linked["role"], linked["target"]["cloudinary"]),
            linked["target"]["before"],
        )
