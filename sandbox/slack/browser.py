"""A real browser that opens a link and runs the page's scripts, but clicks nothing.

Only the previewer's browser mode imports this; it needs playwright and a chromium.
"""

from playwright.async_api import Error, async_playwright

_QUIET = (
    "--no-sandbox",  # the sandbox of Chromium fails as root and in many containers
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--disable-features=WebUIOmniboxPopup,WebUIOmniboxAimPopup",  # pages that every window hides
)
_MILLISECONDS = 15_000  # for one page; on a busy machine, starting the browser takes most of it


async def open_page(url: str, chromium: str | None) -> int | None:
    """Open a page, let its scripts run until the network is quiet, and give its HTTP status.

    `chromium` is the browser's path; None lets playwright use its own. None is returned if the page
    cannot be opened.
    """
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=chromium, args=_QUIET, timeout=_MILLISECONDS
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
