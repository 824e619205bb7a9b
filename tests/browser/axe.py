"""axe-core, which finds accessibility violations in a page."""

from importlib import resources

from playwright.async_api import Page

AXE = (resources.files("axe_playwright_python") / "axe.min.js").read_text()
SEVERE = {"serious", "critical"}


async def obstacles(page: Page) -> list[str]:
    """List serious and critical violations, with their places."""
    if not await page.evaluate("'axe' in window"):  # half a megabyte of script
        await page.evaluate(AXE)
    violations = await page.evaluate("axe.run().then((found) => found.violations)")
    return [
        f"{found['id']} at {node['target']}: {node['failureSummary']}"
        for found in violations
        if found["impact"] in SEVERE
        for node in found["nodes"]
    ]
