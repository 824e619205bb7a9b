"""People who may not use the bot are refused, by every way to reach it."""

import json

import pytest

from sandbox import company
from tests.scenarios.signed import send
from tests.scenarios.system import ADA, GUS, OTTO, PLATFORM, TOM, System, until

KAI, ZOE, UNA, PIA, ELI, MAX, IVO, DEPLOY_BOT = (
    "U0KAI0001",
    "U0ZOE0001",
    "U0UNA0001",
    "U0PIA0001",
    "U0ELI0001",
    "U0MAX0001",
    "U0IVO0001",
    "U0DEPLOYB",
)
REFUSALS = {
    GUS: "Guests can't use Keysmith",
    KAI: "ゲストは Keysmith を使えません",  # his Slack is Japanese
    ZOE: "your Slack account is deactivated",
    UNA: "your email address is not confirmed",
    OTTO: "you belong to another workspace",
    DEPLOY_BOT: "Bots can't use Keysmith",
    PIA: "has not accepted the invitation yet",
    ELI: "הדוא״ל הזו מושבת",  # his Slack is Hebrew
    MAX: "Several Cloudinary users have this",
    IVO: "No Cloudinary user for this",
}


async def refusal(system: System, user: str, text: str) -> str:
    """Type a command as a person without access, who may not see its channel; gives the answer."""
    typed = await system.act("command", user=user, channel=PLATFORM, text=text, force=True)

    async def answer() -> str:
        sent = (await system.look("outbox"))["outbox"]
        answers = [each for each in sent if each["response_url"] == typed["response_url"]]
        return next(filter(None, (each["body"].get("text") for each in answers)), "")

    return await until(answer)


@pytest.mark.parametrize("user", REFUSALS)
async def test_only_a_confirmed_member_with_one_cloudinary_user_may_act(
    system: System, user: str
) -> None:
    """Other people are refused with the reason, and the key is unchanged."""
    assert REFUSALS[user] in await refusal(system, user, "key disable ci-bot")
    assert (await system.key("ci-bot"))["enabled"] is True


async def test_addresses_are_compared_without_case(system: System) -> None:
    """Ada@ at Slack and ada@ at Cloudinary are one person."""
    assert "Master admin" in (await system.send("whoami", ADA))["text"]


async def test_a_slack_connect_stranger_cannot_press(system: System) -> None:
    """The payload's team is ours even then, so the bot checks the person's own team."""
    answer = await system.send("key show storefront-web")
    button = answer["blocks"][1]["elements"][0]
    press = {
        "type": "block_actions",
        "team": {"id": company.TEAM_ID},
        "user": {"id": OTTO, "team_id": company.PARTNER_TEAM_ID},
        "response_url": f"{system.twins.at.slack}/response/nowhere",
        "trigger_id": "1.2.3",
        "actions": [{**button, "block_id": "b", "action_ts": "1"}],
    }

    before = len(await system.audit())

    assert (await send(system, {"payload": json.dumps(press)})) == (200, "")
    assert len(await system.audit()) == before


async def written_by(system: System, user: str) -> int:
    """Count the entries of a person; what others began before may still be written."""
    return sum(user in str(each["actor"]) for each in await system.audit())


async def test_another_persons_button_has_no_effect(system: System) -> None:
    """An offer works only for the person it was made for."""
    answer = await system.send("key show storefront-web", TOM)
    button = answer["blocks"][1]["elements"][0]
    assert button["action_id"] == f"offer:{button['value']}"
    press = {
        "type": "block_actions",
        "team": {"id": company.TEAM_ID},
        "user": {"id": ADA, "team_id": company.TEAM_ID},
        "response_url": f"{system.twins.at.slack}/response/nowhere",
        "trigger_id": "1.2.3",
        "actions": [{**button, "block_id": "b", "action_ts": "1"}],
    }
    by_ada = await written_by(system, ADA)

    assert (await send(system, {"payload": json.dumps(press)})) == (200, "")
    assert await written_by(system, ADA) == by_ada


async def test_a_deactivated_person_cannot_change_anything(system: System) -> None:
    """A change reads the identity again and ignores the cached one."""
    assert "Technical admin" in (await system.send("whoami"))["text"]
    await system.act("person", id=TOM, deleted=True)

    answer = await refusal(system, TOM, "key disable ci-bot")

    await system.act("person", id=TOM, deleted=False)
    assert "deactivated" in answer
    assert (await system.key("ci-bot"))["enabled"] is True
