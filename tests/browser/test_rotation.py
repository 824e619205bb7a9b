"""A rotation by its owner on a phone while the clock moves: one of two pairs always works."""

from datetime import timedelta
from pathlib import Path

from playwright.async_api import Browser, Locator, Page, expect

from tests.browser.test_key_roles import FITS
from tests.browser.test_main_job import PHONE, enter
from tests.browser.test_requests import closed
from tests.scenarios.opening import open_link
from tests.scenarios.system import link_of, running_system
from tests.scenarios.test_request_times import Later, now, pinged

ROTATE = "/cld key rotate rolling --env staging --grace 2h"


async def told(page: Page, text: str) -> Locator:
    """Wait for the newest message to say this."""
    found = page.get_by_test_id("message").last
    await expect(found).to_contain_text(text)
    return found


async def press(page: Page, button: str, text: str) -> None:
    """Press a button of the newest message that says this."""
    await (await told(page, text)).get_by_role("button", name=button).click()


async def confirmed(page: Page, why: str, answer: str, picture: Path) -> None:
    """Read the warning in the form that a press opens, type the key's name, and read the answer."""
    modal = page.get_by_test_id("modal")
    await expect(modal).to_contain_text(why)
    await modal.get_by_label("Name to confirm").fill("rolling")
    await shot(page, picture)
    await page.get_by_test_id("modal-submit").click()
    await closed(page, answer)


async def test_an_owner_rotates_a_key_on_a_phone(browser: Browser, tmp_path: Path) -> None:
    """Through every phase; each press is answered on the card, which fits the screen"""
    (ahead := tmp_path / "ahead").write_text("0")
    running = running_system(tmp_path, module="tests.scenarios.ahead", AHEAD=str(ahead))
    async with running as system:
        later = Later(system, ahead)
        await open_link(system, link_of(await system.send("key create rolling --env staging")))
        await system.send("key webhook rolling --env staging --confirm rolling")
        old = await system.key("rolling", "Staging")
        phone = await browser.new_context(viewport=PHONE)
        async with pinged(system, old) as seen:
            tom = await phone.new_page()
            await enter(tom, system, "tom")
            await tom.get_by_test_id("composer").fill(ROTATE)
            await tom.get_by_test_id("composer").press("Enter")
            await told(tom, "rolling")
            await shot(tom, tmp_path / "rotate.png")
            await through_its_phases(tom, later, seen, tmp_path)
            await deleted(browser, later, seen, tmp_path)
        await phone.close()
        new = await system.key("rolling", "Staging")
        assert old["api_key"] != new["api_key"]
        assert all(any(each) for each in seen)


async def shot(page: Page, picture: Path) -> None:
    """Keep a picture of what fits the screen."""
    await page.screenshot(path=picture)
    assert await page.evaluate(FITS), picture


async def through_its_phases(
    tom: Page, later: Later, seen: list[tuple[bool, bool]], tmp_path: Path
) -> None:
    """Collect, reveal, extend, deploy, move the signer, roll back, and let the grace end."""
    dm = f"{later.system.twins.at.slack}/?as=tom&in=keysmith"
    await tom.goto(dm)
    await tom.get_by_role("button", name="Collect").click()
    link = tom.get_by_role("link", name="Reveal credentials (one time)")
    assert (True, False) == seen[-1]
    await tom.goto(str(await link.get_attribute("href")))
    await tom.get_by_test_id("reveal").click()
    await expect(tom.get_by_test_id("api-key")).to_be_visible()
    await shot(tom, tmp_path / "revealed.png")
    await tom.goto(dm)
    await told(tom, "Both keys work.")
    assert (True, True) == await now(seen)
    await shot(tom, tmp_path / "overlap.png")
    await press(tom, "Extend", "Both keys work.")
    await press(tom, "Deployed", "Both keys work.")
    await press(tom, "Move webhooks…", "signs webhook notifications")
    assert (True, True) == await now(seen)
    await confirmed(
        tom, "changes which key signs", "The old key is disabled.", tmp_path / "signer.png"
    )
    await told(tom, "The old key is disabled.")
    assert (False, True) == await now(seen)
    await shot(tom, tmp_path / "soaking.png")
    await press(tom, "Roll back", "The old key is disabled.")
    await told(tom, "Both keys work.")
    assert (True, True) == await now(seen)
    later.advance(timedelta(hours=2))
    await told(tom, "The old key is disabled.")
    assert (False, True) == await now(seen)
    later.advance(timedelta(days=14))
    await told(tom, "The old key was disabled long enough.")
    await shot(tom, tmp_path / "ripe.png")


async def deleted(
    browser: Browser, later: Later, seen: list[tuple[bool, bool]], tmp_path: Path
) -> None:
    """Let another person delete the old key, on a wide screen."""
    wide = await browser.new_context(viewport={"width": 1280, "height": 800})
    ada = await wide.new_page()
    await ada.goto(f"{later.system.twins.at.slack}/?as=ada&in=key-approvals")
    await press(ada, "Delete old key…", "The old key was disabled long enough.")
    await confirmed(ada, "can't be undone", "rolling is rotated", tmp_path / "delete.png")
    await shot(ada, tmp_path / "rotated.png")
    assert (False, True) == await now(seen)
    await wide.close()
