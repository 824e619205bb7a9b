"""A policy that hangs on one person: said in the log, in the channel once, and by the check."""

from pathlib import Path

from bot.adapters.cedar.policy import SHIPPED
from bot.adapters.redis.embedded import embedded_redis
from tests.scenarios.system import ADA, Bot, running_system, until

SECURITY = "C0SECURTY"
RULE = "members-request-in-production"


async def test_two_bots_tell_the_security_channel_of_a_finding_once(tmp_path: Path) -> None:
    """Each looks at its start; whoever comes second finds that it was told"""
    policy = tmp_path / "own.cedar"
    shipped = (SHIPPED / "keysmith.cedar").read_text()
    policy.write_text(shipped.replace('@approvers("admins")', f'@approvers("person:{ADA}")'))
    aside = tmp_path / "second"
    aside.mkdir()
    async with (
        embedded_redis(tmp_path / "redis") as url,
        running_system(tmp_path, REDIS_URL=url, POLICY_FILE=str(policy)) as system,
    ):
        second = Bot(system.bot.environment | {"PORT": "0"}, aside, ("worker",))
        await second.begin()

        async def both_looked() -> bool:
            return all(RULE in bot.log for bot in (system.bot, second))

        async def told() -> list[str]:
            said = [each["text"] for each in await system.messages(ADA, SECURITY)]
            return [text for text in said if RULE in text]

        await until(both_looked)
        (notice,) = await until(told)
        assert "without Ada Okafor nothing is approved" in notice
        looks = [each for each in await system.audit() if each["action"] == "policy:lint"]
        assert ["1 findings"] == [each["detail"] for each in looks]
        checked = await system.command_line("check")
        assert f"look   rules: Rule {RULE} in" in checked
        assert "FAULT" not in checked
        await second.stop()
        assert [notice] == await told()
