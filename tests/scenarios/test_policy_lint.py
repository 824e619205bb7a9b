"""A finding about the policy is in the log, in `check`, and once in the security channel."""

from pathlib import Path

from bot.adapters.cedar.policy import SHIPPED
from bot.adapters.redis.embedded import embedded_redis
from tests.scenarios.system import ADA, SECURITY, Bot, running_system, until

RULE = "key-roles-delete-in-production"


async def test_two_bots_post_a_finding_to_the_security_channel_once(tmp_path: Path) -> None:
    """Both bots check at their start, and the second one sees that the finding was posted."""
    policy = tmp_path / "own.cedar"
    shipped = (SHIPPED / "keysmith.cedar").read_text()
    own = shipped.replace('("admins")', f'("person:{ADA}")')
    policy.write_text(own.replace('("master_admin")', f'("person:{ADA}")'))
    aside = tmp_path / "second"
    aside.mkdir()
    async with (
        embedded_redis(tmp_path / "redis") as url,
        running_system(tmp_path, REDIS_URL=url, POLICY_FILE=str(policy)) as system,
    ):
        second = Bot(system.bot.environment | {"PORT": "0", "ADMIN_PORT": "0"}, aside, ("worker",))
        await second.begin()

        async def both_checked() -> bool:
            return all(RULE in bot.log for bot in (system.bot, second))

        async def notices() -> list[str]:
            texts = [each["text"] for each in await system.messages(ADA, SECURITY)]
            return [text for text in texts if RULE in text]

        await until(both_checked)
        (notice,) = await until(notices)
        assert "without Ada Okafor nothing is approved" in notice
        entries = [each for each in await system.audit() if each["action"] == "policy:lint"]
        assert ["9 findings"] == [each["detail"] for each in entries]
        report = await system.command_line("check")
        assert f"look   rules: Rule {RULE} in" in report
        assert "FAULT" not in report
        await second.stop()
        assert [notice] == await notices()
