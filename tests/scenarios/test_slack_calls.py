"""How often Slack is asked who people are; Slack limits each method of an app."""

from collections import Counter
from pathlib import Path

from tests.scenarios.opening import open_link
from tests.scenarios.presses import REQUEST, ask, card, direct, drained, notified, pressed
from tests.scenarios.system import MIA, TOM, System, link_of, running_system, until
from tests.scenarios.test_strangers import REFUSALS, ZOE, refusal

ASKED = ("users.info", "users.lookupByEmail", "users.list")


async def asked(system: System) -> Counter[str]:
    """Count the calls that ask about people."""
    sent = (await system.look("outbox"))["outbox"]
    return Counter(each["via"] for each in sent if each["via"] in ASKED)


async def listed(system: System) -> bool:
    """Whether the list of members was read."""
    return (await asked(system))["users.list"] > 0


async def test_a_whole_request_asks_little_and_reading_nothing(tmp_path: Path) -> None:
    """Open, approve, execute, collect, reveal; then ten commands that read."""
    async with running_system(tmp_path) as system:
        await until(lambda: listed(system))
        await ask(system, REQUEST.format(name="few-calls"))
        await pressed(system, TOM, await card(system, "few-calls"), "approve")
        ready = await notified(system, MIA, "The key is created")
        offered = await pressed(system, MIA, ready, "claim", direct(MIA))
        await open_link(system, link_of(offered))
        await drained(system)
        whole = await asked(system)
        assert whole["users.info"] <= 9, whole
        assert whole["users.lookupByEmail"] == 0, whole
        for _ in range(10):
            await system.send("whoami", TOM)
        assert whole == await asked(system)


async def test_reading_goes_on_while_slack_limits_users_info(tmp_path: Path) -> None:
    """And a deactivated member reads nothing more as soon as Slack reports it."""
    async with running_system(tmp_path) as system:
        await until(lambda: listed(system))
        await system.act("faults", method="users.info", kind="ratelimited", count=9, retry_after=30)
        assert "Tom Berg" in (await system.send("whoami", TOM))["text"]
        await system.session.delete(f"{system.twins.at.slack}/sandbox/faults")
        await system.act("person", id=TOM, deleted=True)

        async def hinted() -> object:
            return await system.redis("EXISTS", "{keysmith}:user-changed:" + TOM)

        await until(hinted)
        assert REFUSALS[ZOE] in await refusal(system, TOM, "whoami")
