"""The page where people agree to sign in."""

import re
import time
from collections.abc import AsyncIterator
from http import HTTPStatus

import pytest

from sandbox.company import PEOPLE
from sandbox.slack.web.authorize import may_sign_in
from tests.contracts.slack_lab import OTTO, TOM, ZOE, Lab, lab
from tests.contracts.slack_sign_in import APP, OFFICIAL, Visit, returned

pytestmark = OFFICIAL


@pytest.fixture
async def visit() -> AsyncIterator[Visit]:
    """One attempt to sign in."""
    async with lab(redirect_urls=(APP,)) as running:
        running.clock.now = time.time()
        yield Visit(running)


async def page(visit: Visit) -> tuple[str, str]:
    """The page's one-time ticket, and its HTML."""
    async with visit.it.session.get(visit.authorize_url()) as answer:
        html = await answer.text()
    found = re.search(r'name="ticket" value="(\w+)"', html)
    assert found
    return found[1], html


async def answer(it: Lab, origin: str | None = None, **form: str) -> tuple[int, str]:
    """Send the form; gives the status and the redirect."""
    url = f"{it.url}/openid/connect/authorize"
    headers = {"Origin": origin} if origin else {}
    async with it.session.post(url, data=form, headers=headers, allow_redirects=False) as found:
        return found.status, found.headers.get("Location", "")


async def test_the_page_offers_those_who_can_sign_in(visit: Visit) -> None:
    """All active members and guests of the workspace, and no others."""
    _, html = await page(visit)

    offered = re.findall(r'name="user" value="(\w+)"', html)
    assert [person.id for person in PEOPLE if may_sign_in(person)] == offered
    assert not {OTTO, ZOE, "U0KEYSMITH"} & set(offered)


async def test_the_page_runs_no_script_and_leads_to_the_app_only(visit: Visit) -> None:
    """Its policy says so, and keeps it out of frames and caches."""
    async with visit.it.session.get(visit.authorize_url()) as found:
        policy, cached = found.headers["Content-Security-Policy"], found.headers["Cache-Control"]
        html = await found.text()

    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "form-action 'self' https://app.example;" in policy
    assert "frame-ancestors 'none'" in policy
    assert ("no-store", False) == (cached, "<script" in html)


async def test_choosing_a_person_signs_them_in(visit: Visit) -> None:
    """The form redirects to the app with a valid code."""
    ticket, _ = await page(visit)
    status, location = await answer(visit.it, visit.it.url, ticket=ticket, user=TOM)

    assert HTTPStatus.FOUND == status
    assert await visit.trusted(await visit.exchange(returned(location)["code"]))


async def test_cancel_is_a_choice(visit: Visit) -> None:
    """The app gets the error."""
    ticket, _ = await page(visit)
    _, location = await answer(visit.it, ticket=ticket, deny="1")

    assert {"error": "access_denied", "state": visit.state} == returned(location)


async def test_a_page_is_answered_once(visit: Visit) -> None:
    """A repeated or forged form does not sign in."""
    ticket, _ = await page(visit)
    await answer(visit.it, ticket=ticket, user=TOM)

    again = await answer(visit.it, ticket=ticket, user=TOM)
    made_up = await answer(visit.it, ticket="guessed", user=TOM)
    without = await answer(visit.it, user=TOM)
    assert [(HTTPStatus.BAD_REQUEST, "")] * 3 == [again, made_up, without]


@pytest.mark.parametrize("user", [ZOE, OTTO, "U0KEYSMITH", "U0NOBODY0"])
async def test_a_form_cannot_name_an_ineligible_person(visit: Visit, user: str) -> None:
    """Only people whom the page offers."""
    ticket, _ = await page(visit)

    assert (HTTPStatus.BAD_REQUEST, "") == await answer(visit.it, ticket=ticket, user=user)


async def test_another_site_cannot_send_the_form(visit: Visit) -> None:
    """A page of another origin is refused, and the ticket stays valid."""
    ticket, _ = await page(visit)
    status, _ = await answer(visit.it, "https://evil.example", ticket=ticket, user=TOM)

    assert HTTPStatus.FORBIDDEN == status
    assert HTTPStatus.FOUND == (await answer(visit.it, ticket=ticket, user=TOM))[0]
