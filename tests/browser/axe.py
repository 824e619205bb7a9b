"""axe-core, which finds accessibility violations in a page."""

from importlib import resources

from playwright.async_api import Page

AXE = (resources.files("axe_playwright_python") / "axe.min.js").read_text()
RUN = "([where, options]) => axe.run(where, options).then((found) => found.violations)"
COLOURS = ("color-contrast", "link-in-text-block")
"""The rules that look at colours."""
SEVERE = {"serious", "critical"}


async def obstacles(page: Page, *rules: str, where: str = ":root") -> list[str]:
    """List serious and critical violations of these rules, or of all, with their places."""
    if not await page.evaluate("'axe' in window"):  # half a megabyte of script
        await page.evaluate(AXE)
    only = {"runOnly": list(rules)} if rules else {}
    found = await page.evaluate(RUN, [where, only | {"resultTypes": ["violations"]}])
    return [
        f"{each['id']} at {node['target']}: {node['failureSummary']}"
        for each in found
        if each["impact"] in SEVERE
        for node in each["nodes"]
    ]
