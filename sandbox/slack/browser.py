"""A real browser that opens a link and runs what it finds, but presses nothing.

Only the previewer's browser mode imports this; it needs playwright and a chromium.
"""

from playwright.async_api import Error, async_playwright

from sandbox.slack.previews import chromium

_QUIET = (
    "--no-sandbox",  # it has none as root, nor in many containers
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)
_MILLISECONDS = 15_000  # for one page; starting a browser takes most of it on a busy machine


async def open_page(url: str) -> int | None:
    """Open a page, let its scripts run until the network is quiet, and give its status."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=chromium(), args=_QUIET, timeout=_MILLISECONDS
        )
        try:
            page = await browser.new_page()
            answer = await page.goto(url, wait_until="networkidle", timeout=_MILLISECONDS)
        except Error:
            return None
        else:
            return answer.status if answer else None
        finally:
            await browser.close()
