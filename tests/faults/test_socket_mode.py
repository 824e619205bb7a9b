"""A bot in Socket Mode whose websocket goes away while it serves."""

from pathlib import Path
from typing import Final

from tests.faults.test_start import told
from tests.scenarios.system import PLATFORM, TOM, running_system, until

NO_WEBSOCKET: Final = (
    "Slack: Socket Mode: no websocket, so this process hears nothing:"
    " 127.0.0.1 opens no websocket (status 503)\n"
)


async def test_a_bot_without_a_websocket_says_so_and_hears_again_by_itself(
    tmp_path: Path,
) -> None:
    """Meanwhile Slack tells people that the app did not answer; nothing of theirs runs later"""
    async with running_system(tmp_path, socket_mode=True) as system:
        await system.act("faults", method="socket", kind="status", status=503, count=99)
        await system.act("disconnect", silent=True)

        async def says() -> bool:
            return await told(system, "/readyz") == (503, NO_WEBSOCKET)

        async def well() -> bool:
            return (await told(system, "/readyz"))[0] == 200

        assert await well()  # a gap of some seconds is usual
        await until(says)
        typed = await system.act("command", user=TOM, channel=PLATFORM, text="key disable ci-bot")
        assert typed["delivered"] == "dispatch_failed"
        await system.session.delete(f"{system.twins.at.slack}/sandbox/faults")
        await until(well)
        assert "20 keys" in (await system.send("key list"))["text"]
        assert await system.effects("key:disable") == []
        assert "Traceback" not in system.bot.log
        assert system.bot.log.count('"waiting"') == 1
