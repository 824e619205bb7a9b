"""Fixing the tier of an environment, from the command to `check`."""

from pathlib import Path

from tests.scenarios.presses import APPROVALS, SAM, ask, from_bot, notified, pressed
from tests.scenarios.system import ADA, NIA, TOM, Json, System, running_system, until


async def tier_card(system: System) -> Json:
    """Wait for the card about a tier."""

    async def found() -> Json | None:
        posted = await from_bot(system, TOM, APPROVALS)
        return next((each for each in posted if "set the tier" in each["text"]), None)

    return await until(found)


async def test_a_tier_is_fixed_by_two_admins_and_counts_everywhere(tmp_path: Path) -> None:
    """The card says what is asked, security is told, and `check` says why."""
    async with running_system(tmp_path) as system:  # a fixed tier outlasts every reset
        await _one_is_created_and_disabled(system)
        refused = await system.send("env tier staging production", TOM)
        assert "Nothing changed" in refused["text"]
        await ask(system, 'env tier staging production --reason "customers use it"', SAM)
        posted = await tier_card(system)
        assert "Key:" not in posted["text"]
        answer = (await pressed(system, TOM, posted, "approve"))["text"]
        assert "needs approval from an Admin or Master admin." in answer

        await pressed(system, ADA, posted, "approve")

        await notified(system, SAM, "The tier is set.")
        shown = await system.send("env show staging", NIA)
        assert "Tier: production, set by Sam" in shown["text"]
        asked = await system.send("key create release --env staging", TOM)
        assert "It needs approval before anything changes" in asked["text"]
        report = await system.command_line("check")
        assert "production, set by Sam" in report
        assert "Tier: production, from its name" in report
        assert "FAULT" not in report
        (done,) = [
            e for e in await system.audit() if e["action"] == "env:tier" and e["deed"] == "done"
        ]
        assert ("production", "staging") == (done["target"]["tier"], done["target"]["before"])


async def _one_is_created_and_disabled(system: System) -> None:
    """An environment for tests: its name is taken then, and confirms its end."""
    made = await system.send('env create "Shop preview" --copy-from staging', SAM)
    assert "Shop preview (shop-preview) is created, tier: staging." in made["text"]
    assert "Keysmith never hands out a root key." in made["text"]
    taken = await system.send('env create "Shop preview"', SAM)
    assert "An environment named Shop preview already exists." in taken["text"]
    assert "shop-preview-2" in str(taken)
    off = await system.send('env disable shop-preview --confirm "Shop preview"', SAM)
    assert "Shop preview (shop-preview) is disabled." in off["text"]
    back = await system.send("env enable shop-preview", SAM)
    assert "1 enabled key works again." in back["text"]
    renamed = await system.send('env rename shop-preview "Shop qa"', SAM)
    assert "Shop preview is now named Shop qa (shop-preview)." in renamed["text"]
