"""The walks of docs/walks.md, step by step in a browser, with their clicks counted."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from playwright.async_api import Browser, Locator, Page, expect

from tests.browser.test_main_job import enter
from tests.scenarios.system import System

WALKS: Final = Path(__file__).parents[2] / "docs/walks.md"
MOST: Final = 3
"""Clicks of a walk."""
ROLES: Final = ("combobox", "option", "button", "link")
COUNT: Final = "addEventListener('pointerdown', () => globalThis.clicked(), true)"


@dataclass(frozen=True)
class Walk:
    """One section of the document."""

    title: str
    person: str
    clicks: int
    steps: list[str]
    read: str


def walks() -> list[Walk]:
    """Read the document."""
    found = []
    for section in WALKS.read_text().split("\n## ")[1:]:
        title, _, text = section.partition("\n")
        (clicks,) = re.findall(r"\*\*(\d) clicks\.\*\*", text)
        ((person, read),) = re.findall(r"^(\w+) reads: “(.*?)”", text, re.MULTILINE)
        steps = re.findall(r"^\d\. (.*)$", text, re.MULTILINE)
        found.append(Walk(title, person.casefold(), int(clicks), steps, read))
    return found


def named(page: Page, name: str) -> Locator:
    """Find what can be clicked, by the beginning of its name."""
    begins = re.compile(rf"^{re.escape(name)}\b")
    first, *others = (page.get_by_role(role, name=begins) for role in ROLES)
    for other in others:
        first = first.or_(other)
    return first.filter(visible=True).first


async def take(page: Page, step: str) -> None:
    """Take one step; what a step is, its first word tells."""
    verb, bold, code = (
        step.partition(" ")[0],
        re.findall(r"\*\*(.+?)\*\*", step),
        step.split("`")[1::2],
    )
    if verb == "Click":
        for name in bold:
            await named(page, name).click()
    elif verb == "Type":
        before = await page.get_by_test_id("message").count()
        await page.get_by_test_id("composer").fill(code[0])
        await page.get_by_test_id("composer").press("Enter")
        answer = page.get_by_test_id("message").nth(before)
        modal = page.get_by_test_id("modal")
        await expect(answer.or_(modal).filter(visible=True)).to_be_visible()
    else:
        assert verb == "Fill"
        await page.get_by_label(bold[0], exact=True).fill(code[0])


async def test_each_walk_ends_where_its_document_says_within_its_clicks(
    home: System, browser: Browser
) -> None:
    """One after the other: Ada approves what Mia has requested"""
    assert len(walks()) == 4
    for walk in walks():
        context, clicks = await browser.new_context(), list[str]()
        await context.expose_function("clicked", lambda seen=clicks: seen.append("click"))
        await context.add_init_script(COUNT)
        page = await context.new_page()
        await enter(page, home, walk.person)
        for step in walk.steps:
            await take(page, step)
        told = page.get_by_test_id("modal").or_(page.get_by_test_id("message"))
        await expect(told.filter(has_text=walk.read).last).to_be_visible()
        assert (walk.title, len(clicks)) == (walk.title, walk.clicks)
        assert walk.clicks <= MOST
        await context.close()
    assert (await home.key("ci-bot"))["enabled"] is False
