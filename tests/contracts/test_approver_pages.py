"""The pages of an approver's sign-in over HTTP: addresses, cookies, and what each state says."""

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from aiohttp import ClientResponse, ClientSession, DummyCookieJar, web

from bot.adapters.languages import Languages
from bot.domain.languages import ENGLISH
from bot.errors import StoreError
from bot.flows.requests.sign_in import ApproverAddresses
from bot.flows.round_trips import APPROVAL
from handlers.approver_pages import ApproverPages
from handlers.server import Connections, Deadlines, application
from handlers.sign_in import BACK
from sandbox.ports import bind, served, url_of
from tests.flows.approver_signed import SignInSetup
from tests.flows.harness import COLLEAGUE, TECH

PUBLIC = "https://keysmith.example/tools"


@dataclass
class Site:
    """A site, and the browser of one person."""

    setup: SignInSetup
    session: ClientSession
    url: str = ""
    away: bool = False
    cookies: dict[str, str] = field(default_factory=dict)

    async def check(self) -> None:
        """Raise while Redis is away."""
        if self.away:
            raise StoreError("away")

    @property
    def address(self) -> str:
        """The address in the approver's form."""
        made = ApproverAddresses(self.setup.sealer, PUBLIC)(TECH, self.setup.request, ENGLISH)
        assert made.startswith(f"{PUBLIC}/a/")
        return made

    async def get(self, address: str, **query: str) -> tuple[ClientResponse, str]:
        """Open an address as a browser does, without following."""
        cookies = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        url = f"{self.url}{address.removeprefix(PUBLIC)}"
        async with self.session.get(
            url, params=query, headers={"Cookie": cookies}, allow_redirects=False
        ) as answer:
            for header in answer.headers.getall("Set-Cookie", ()):
                for name, cookie in SimpleCookie(header).items():
                    assert (cookie["path"], cookie["secure"], cookie["httponly"]) == (
                        "/",
                        True,
                        True,
                    )
                    if cookie["max-age"] == "0":
                        del self.cookies[name]
                    else:
                        self.cookies[name] = cookie.value
            return answer, await answer.text()

    async def signed_in(self, **query: str) -> tuple[ClientResponse, str]:
        """Press the button, and come back from Slack."""
        _, page = await self.get(self.address)
        await self.get(button(page))
        state = self.setup.slack.asked[-1].state
        self.setup.codes += 1
        given = {"code": f"c{self.setup.codes}", "state": state} | query
        return await self.get(f"{PUBLIC}{BACK}", **given)


def button(page: str) -> str:
    """Find what the page offers to press."""
    (found,) = re.findall(r'<a class="main" href="([^"]+)">', page)
    return str(found)


def heading(page: str) -> str:
    """Read what the page says first."""
    (found,) = re.findall(r"<h1>([^<]*)</h1>", page)
    return str(found)


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    """Serve it below a prefix, behind a proxy with TLS."""
    setup, bound = SignInSetup(tmp_path), bind()
    await setup.ask()
    async with ClientSession(cookie_jar=DummyCookieJar()) as session:
        made = Site(setup, session, url_of(bound))
        pages = ApproverPages(setup.flow, PUBLIC, made.check, Languages().of_header)
        both = [*pages.routes(), web.get(BACK, pages.returned)]  # `Pages` hands its own on
        routes = application(both, Connections(8, Deadlines()), https=True)
        async with served(routes, bound):
            yield made


async def test_an_approver_signs_in_and_reads_what_comes_next(site: Site) -> None:
    """The address has neither code nor state in the end; a reload says the same"""
    answer, page = await site.get(site.address)
    assert (answer.status, heading(page)) == (200, "Sign in to approve")
    assert site.setup.request.terms.fingerprint in page
    assert site.setup.request.short_id in page
    assert "deploy" not in page, "the address alone tells nothing of the request"
    assert site.cookies == {}

    answer, _ = await site.get(button(page))
    state = site.setup.slack.asked[0].state
    assert (answer.status, state.startswith(APPROVAL)) == (303, True)
    assert answer.headers["Location"] == f"https://slack.example/authorize?state={state}"
    (name,) = site.cookies
    assert name.startswith("__Host-keysmith-begun-")
    assert name.rpartition("-")[2] in state

    answer, _ = await site.get(f"{PUBLIC}{BACK}", code="c", state=state)
    assert answer.status == 303
    back = answer.headers["Location"]
    assert site.cookies == {}
    for _ in range(2):
        answer, page = await site.get(back)
        assert (answer.status, heading(page)) == (200, "You&#x27;re signed in")
        assert urlsplit(back).query == ""
        assert '<a class="main"' not in page
    assert await site.setup.harness.requests.sign_ins.find(site.setup.request.id, TECH)


async def test_another_person_reads_that_it_counts_for_no_one(site: Site) -> None:
    """They can sign in again with the right account"""
    site.setup.slack.user = COLLEAGUE.user_id
    answer, _ = await site.signed_in()
    answer, page = await site.get(answer.headers["Location"])
    assert (answer.status, heading(page)) == (403, "This form isn&#x27;t yours")
    site.setup.slack.user = TECH.user_id
    answer, _ = await site.signed_in()
    _, page = await site.get(answer.headers["Location"])
    assert heading(page) == "You&#x27;re signed in"


async def test_a_sign_in_that_fails_says_why_and_offers_another(site: Site) -> None:
    """Cancelled, from another browser, with Slack or Redis away"""
    answer, _ = await site.signed_in(error="access_denied")
    answer, page = await site.get(answer.headers["Location"])
    assert (answer.status, heading(page)) == (403, "You aren&#x27;t signed in")
    assert "You cancelled the sign-in" in page
    assert re.fullmatch(rf"{PUBLIC}/a/[\w.-]+/slack", button(page))

    answer, page = await site.signed_in(state=f"{APPROVAL}0000.x")
    assert (answer.status, len(site.cookies)) == (403, 1), "a sign-in that goes on may be its own"
    assert "another browser" in page

    site.away = True
    for address in (site.address, f"{PUBLIC}{BACK}?state={APPROVAL}x"):
        answer, page = await site.get(address)
        assert (answer.status, heading(page)) == (503, "Something went wrong")
    assert site.setup.harness.requests.sign_ins.entries == []


async def test_an_address_that_is_over_or_none_says_so(site: Site) -> None:
    """And what to do in Slack; no browser goes to Slack from one that is none"""
    address = site.address
    await site.setup.harness.run(COLLEAGUE, f"deny {site.setup.request.id} --reason no")
    answer, page = await site.get(address)
    assert (answer.status, heading(page)) == (410, "This request no longer waits for you")
    for path in ("/a/x", "/a/x/slack", f"/a/{'y' * 300}.z"):
        answer, page = await site.get(f"{PUBLIC}{path}")
        assert (answer.status, heading(page)) == (404, "This address isn&#x27;t valid")
    assert site.setup.slack.asked == []


async def test_what_a_query_says_is_no_text_of_the_page(site: Site) -> None:
    """Only known words choose a sentence"""
    for said in ("<b>", "foreign", ""):
        answer, page = await site.get(site.address, ended=said)
        assert (answer.status, heading(page)) == (200, "Sign in to approve")
        assert "<b>" not in page


async def test_the_page_speaks_the_language_of_the_approvers_slack(site: Site) -> None:
    """The address names it, sealed"""
    english = site.address
    answer, page = await site.get(english)
    assert '<html lang="en" dir="ltr">' in page
    hebrew = Languages().of_header("he")
    named = ApproverAddresses(site.setup.sealer, PUBLIC)(TECH, site.setup.request, hebrew)
    _, page = await site.get(named)
    assert '<html lang="he" dir="rtl">' in page
    assert answer.headers["Vary"] == "Accept-Language"
