"""Who is turned away, whatever they ask for and however it reaches the bot."""

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
WORDS = {
    GUS: "guests can't use it",
    KAI: "guests can't use it",
    ZOE: "your Slack account is deactivated",
    UNA: "your e-mail address is not confirmed",
    OTTO: "you belong to another workspace",
    DEPLOY_BOT: "bots can't use it",
    PIA: "has not accepted the invitation yet",
    ELI: "the Cloudinary user with it is disabled",
    MAX: "several users with it",
    IVO: "Cloudinary has no user with it",
}


async def spoken(system: System, user: str, text: str) -> str:
    """Type a command as somebody who may not; gives what they are told."""
    before = len((await system.look("outbox"))["outbox"])
    await system.act("command", user=user, channel=PLATFORM, text=text, force=True)

    async def answer() -> str:
        sent = (await system.look("outbox"))["outbox"][before:]
        return next((text for each in sent if (text := (each.get("body") or {}).get("text"))), "")

    return await until(answer)


@pytest.mark.parametrize("user", WORDS)
async def test_nobody_but_a_confirmed_member_with_one_user_acts(system: System, user: str) -> None:
    """Each is told why, and nothing happens."""
    assert WORDS[user] in await spoken(system, user, "key disable ci-bot")
    assert (await system.key("ci-bot"))["enabled"] is True


async def test_an_address_is_compared_without_regard_to_case(system: System) -> None:
    """Slack says Ada@, Cloudinary says ada@: one person."""
    assert "Master admin" in (await system.send("whoami", ADA))["text"]


async def test_a_slack_connect_stranger_can_not_press(system: System) -> None:
    """The payload's team is ours even then; the person's own is what counts."""
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


async def test_another_persons_button_does_nothing(system: System) -> None:
    """An offer is for the person that it was made to."""
    await system.send("key show storefront-web", TOM)
    offers = await system.redis("KEYS", "{keysmith}:offer:*")
    assert isinstance(offers, list)
    offer = offers[0].decode().rpartition(":")[2]
    press = {
        "type": "block_actions",
        "team": {"id": company.TEAM_ID},
        "user": {"id": ADA, "team_id": company.TEAM_ID},
        "response_url": f"{system.twins.at.slack}/response/nowhere",
        "trigger_id": "1.2.3",
        "actions": [
            {"type": "button", "action_id": f"offer:{offer}", "block_id": "b", "value": offer}
        ],
    }
    before = len(await system.audit())

    assert (await send(system, {"payload": json.dumps(press)})) == (200, "")
    assert len(await system.audit()) == before


async def test_whoever_is_deactivated_is_refused_at_once_when_something_is_changed(
    system: System,
) -> None:
    """A minute-old identity never changes anything."""
    assert "Technical admin" in (await system.send("whoami"))["text"]
    await system.act("person", id=TOM, deleted=True)

    told = await spoken(system, TOM, "key disable ci-bot")

    await system.act("person", id=TOM, deleted=False)
    assert "deactivated" in told
    assert (await system.key("ci-bot"))["enabled"] is True
