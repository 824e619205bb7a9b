"""Signing in over HTTP, with the links in Redis: addresses, cookies, and what a press gets."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from http.cookies import Morsel, SimpleCookie

import pytest
from aiohttp import ClientResponse, ClientSession, DummyCookieJar
from redis.asyncio import Redis

from bot.adapters.languages import Languages
from bot.adapters.vault import decode, proof_of, sign_in_sealer
from bot.domain.audit import AuditEvent
from bot.domain.link_visits import Visit
from bot.domain.people import Workspace
from bot.domain.sign_in import SIGNED_IN_FOR, WRAPPED_FOR
from bot.errors import SlackAway, StoreError
from bot.flows.links.sign_in import SignIns
from bot.flows.round_trips import tag_of
from handlers.pages import Pages
from handlers.server import Connections, Deadlines, application
from handlers.sign_in import BACK, Door
from sandbox.ports import bind, served, url_of
from tests.contracts.link_page import VISITORS, counter_of
from tests.contracts.redis_server import redis, server
from tests.contracts.test_links_opened import LinkSetup
from tests.fakes.sign_in import FakeSignIn
from tests.fakes.strangers import FakeStrangers

__all__ = ["redis", "server"]

PUBLIC = "https://keysmith.example"


@dataclass
class Site:
    """A site with one link of Tom's (U1), whose visitors sign in."""

    setup: LinkSetup
    session: ClientSession
    slack: FakeSignIn
    link: tuple[str, str]
    url: str = ""
    away: bool = False
    cookies: dict[str, str] = field(default_factory=dict)
    seen: list[Visit] = field(default_factory=list)

    async def check(self) -> None:
        """Raise while Redis is away."""
        if self.away:
            raise StoreError("away")

    @property
    def proof(self) -> str:
        """What the page posts."""
        return proof_of(decode(self.link[1])).show()

    async def post(self, link_id: str = "", **body: object) -> tuple[int, dict[str, str]]:
        """Post as the page does, with the cookies of the browser."""
        return await self.send({"proof": self.proof} | body, link_id)

    async def send(
        self, given: dict[str, object], link_id: str = "", **more: str
    ) -> tuple[int, dict[str, str]]:
        """Post this, with the cookies of the browser."""
        url = f"{self.url}/s/{link_id or self.link[0]}"
        async with self.session.post(url, json=given, headers=self.headers | more) as answer:
            self.keep(answer)
            found: dict[str, str] = await answer.json()
            return answer.status, found

    @property
    def headers(self) -> dict[str, str]:
        """The cookies of the browser."""
        return {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}

    def keep(self, answer: ClientResponse) -> dict[str, Morsel[str]]:
        """Keep the cookies of an answer, as a browser does."""
        found = dict[str, Morsel[str]]()
        for header in answer.headers.getall("Set-Cookie", ()):
            found |= dict(SimpleCookie(header).items())
        for name, cookie in found.items():
            if cookie["max-age"] == "0":
                self.cookies.pop(name, None)
            else:
                self.cookies[name] = cookie.value
        return found

    def drop_wrapping(self) -> None:
        """Lose the cookie that only the page's own key needs."""
        name = f"__Host-keysmith-wrapping-{tag_of(self.link[0])}"
        assert self.cookies.pop(name)

    async def back(self, **query: str) -> tuple[ClientResponse, str, dict[str, Morsel[str]]]:
        """Come back from Slack."""
        state = self.slack.asked[-1].state
        given = {"code": "code", "state": state} | query
        url = f"{self.url}{BACK}"
        async with self.session.get(
            url, params=given, headers=self.headers, allow_redirects=False
        ) as answer:
            return answer, await answer.text(), self.keep(answer)


@pytest.fixture
async def site(redis: Redis) -> AsyncIterator[Site]:
    """Serve it as the bot does, behind a proxy with TLS."""
    setup = LinkSetup(redis)
    link, slack, bound = await setup.made(), FakeSignIn(setup.clock), bind()
    async with ClientSession(cookie_jar=DummyCookieJar()) as session:
        made = Site(setup, session, slack, link, url_of(bound))
        sealer = sign_in_sealer(setup.ledger.keyring)
        parts = sealer, setup.kept, FakeStrangers(), setup.clock, Workspace("T1", "Lumen")
        door = Door(SignIns(slack, *parts), PUBLIC)
        revealer = replace(setup.revealer, signs_in=True)
        header = Languages().of_header
        named = "Lumen", made.check, header, "https://c.example", VISITORS
        pages = Pages(revealer, PUBLIC, *named, counter_of(setup, made.seen.append), door)
        routes = application(pages.routes(), Connections(8, Deadlines()), https=True)
        async with served(routes, bound):
            yield made


async def test_the_owner_signs_in_and_opens_the_link(site: Site) -> None:
    """By a press before and after; the audit entry says who signed in"""
    status, told = await site.post(whose=True)
    assert (status, told["owner"], told["signs_in"]) == (200, "Tom", "slack")
    assert await site.post(visit="v") == (403, {"error": "sign_in"})
    assert site.setup.enabler.calls == []

    status, begun = await site.post(sign_in=True)
    assert (status, begun["location"]) == (
        200,
        f"https://slack.example/authorize?state={site.slack.asked[0].state}",
    )
    answer, _, _ = await site.back()
    assert (answer.status, answer.headers["Location"]) == (303, f"{PUBLIC}/s/{site.link[0]}#")
    _, told = await site.post(whose=True)
    assert "signs_in" not in told

    assert (await site.post(visit="v"))[0] == HTTPStatus.OK
    assert site.setup.enabler.calls == [True]
    entries = [json.loads(record.body) async for record in site.setup.ledger.records()]
    actors = [each["actor"] for each in entries if each["deed"] == AuditEvent.REVEALED]
    assert actors == ["-:T1:U1"]


async def test_the_cookies_are_bound_to_the_host_and_hidden_from_scripts(site: Site) -> None:
    """The first one comes along from Slack's site; the other does not, and neither lasts"""
    url = f"{site.url}/s/{site.link[0]}"
    async with site.session.post(url, json={"proof": site.proof, "sign_in": True}) as answer:
        first, wrapping = sorted(site.keep(answer).items())
    _, _, after = await site.back()
    last = next((name, it) for name, it in after.items() if "signed-in" in name)
    rules = (first, "600", "Lax"), (wrapping, "900", "Strict"), (last, "300", "Strict")
    for (name, cookie), seconds, site_rule in rules:
        assert name.startswith("__Host-keysmith-")
        assert site.link[0] not in name
        assert (cookie["path"], cookie["domain"], cookie["secure"]) == ("/", "", True)
        assert (cookie["httponly"], cookie["max-age"]) == (True, seconds)
        assert cookie["samesite"] == site_rule
    assert {*site.cookies} == {wrapping[0], last[0]}, "the first one is over"


async def test_no_one_signs_in_without_the_proof(site: Site) -> None:
    """Nothing of the link is told, and no cookie is set"""
    assert await site.post(proof="another", sign_in=True) == (404, {"error": "gone"})
    assert await site.post("unknown", sign_in=True) == (404, {"error": "gone"})
    assert site.slack.asked == []
    assert site.cookies == {}


async def test_another_person_spends_nothing_and_stays_out(site: Site) -> None:
    """The page says so; no cookie lets them in"""
    site.slack.user = "U2"
    await site.post(sign_in=True)
    answer, text, _ = await site.back()
    site.drop_wrapping()

    assert answer.status == HTTPStatus.FORBIDDEN
    assert 'data-state="foreign"' in text
    assert "This link isn&#x27;t for you" in text
    assert site.cookies == {}
    assert site.seen == [Visit.FOREIGN]
    assert await site.post(visit="v") == (403, {"error": "sign_in"})
    assert site.setup.enabler.calls == []


async def test_a_sign_in_for_one_link_opens_no_other(site: Site) -> None:
    """Not under the name of the other one's cookie either"""
    await site.post(sign_in=True)
    await site.back()
    site.drop_wrapping()
    (name, sealed), former = *site.cookies.items(), site.link
    site.link = await site.setup.made()
    assert former != site.link

    assert await site.post(visit="v") == (403, {"error": "sign_in"})
    await site.post(sign_in=True)
    site.drop_wrapping()
    other = next(each for each in site.cookies if each != name)
    site.cookies[other.replace("begun", "signed-in")] = sealed
    assert await site.post(visit="v") == (403, {"error": "sign_in"})


async def test_a_session_of_another_person_opens_nothing(site: Site) -> None:
    """Even one that this server sealed: the reveal itself compares the person"""
    ends = (site.setup.clock.now() + SIGNED_IN_FOR).isoformat()
    sealer = sign_in_sealer(site.setup.ledger.keyring)
    name = f"__Host-keysmith-signed-in-{tag_of(site.link[0])}"
    site.cookies[name] = sealer.seal(json.dumps(["session", site.link[0], "-:T1:U2", ends]))
    assert await site.post(visit="v") == (403, {"error": "sign_in"})
    site.cookies[name] = sealer.seal(json.dumps(["session", site.link[0], "-:T1:U1", ends]))
    assert (await site.post(visit="v"))[0] == HTTPStatus.OK


async def test_a_sign_in_that_ends_after_the_opening_leads_to_the_page(site: Site) -> None:
    """It says when the link was opened; nothing is told of who came late"""
    await site.post(sign_in=True)
    await site.back()
    await site.post(sign_in=True)
    assert (await site.post(visit="v"))[0] == HTTPStatus.OK
    site.slack.user = "U2"
    answer, _, _ = await site.back(code="another")
    assert (answer.status, answer.headers["Location"]) == (303, f"{PUBLIC}/s/{site.link[0]}#")


async def test_an_answer_of_slack_that_fails_says_what_to_do(site: Site) -> None:
    """Cancelled, from elsewhere, with Slack or Redis away: no one is signed in, nothing is spent"""
    await site.post(sign_in=True)
    site.drop_wrapping()
    answer, text, _ = await site.back(state=f"{tag_of(site.link[0])}.of-another")
    assert (answer.status, len(site.cookies)) == (403, 1), "the real one goes on"
    assert "another browser" in text

    site.slack.failure = SlackAway("timeout")
    answer, text, _ = await site.back()
    assert (answer.status, len(site.cookies)) == (503, 1)
    assert "Try again in a minute" in text
    site.slack.failure, site.away = None, True
    assert (await site.back())[0].status == HTTPStatus.SERVICE_UNAVAILABLE
    site.away = False

    answer, text, _ = await site.back(error="access_denied")
    assert (answer.status, site.cookies) == (403, {})
    assert "You cancelled the sign-in" in text
    assert 'data-state="unsigned"' in text
    assert await site.post(visit="v") == (403, {"error": "sign_in"})


async def test_a_robot_that_follows_the_address_signs_no_one_in(site: Site) -> None:
    """Without the browser's cookie, by whatever method"""
    await site.post(sign_in=True)
    robot = replace(site, cookies={})
    url, state = f"{site.url}{BACK}", site.slack.asked[-1].state
    for method in ("HEAD", "GET", "POST"):
        query = {"code": "code", "state": state}
        async with site.session.request(method, url, params=query) as answer:
            assert answer.status in {403, 405}
            assert "Set-Cookie" not in answer.headers
    assert site.slack.exchanged == []
    assert await robot.post(visit="v") == (403, {"error": "sign_in"})


async def test_the_page_that_comes_back_gets_what_it_wrapped_its_key_with(site: Site) -> None:
    """At each end of a sign-in, with Redis away too; the next sign-in has the same"""
    refused = (403, {"error": "refused"})
    assert await site.send({"unwrap": True}) == refused
    _, begun = await site.post(sign_in=True)
    given = 200, {"wrapping": begun["wrapping"]}
    assert len(decode(begun["wrapping"])) == 32
    assert begun["wrapping"] not in str([site.cookies, site.slack.asked])
    site.away = True
    assert await site.send({"unwrap": True}) == given, "the person went back"
    site.away = False
    await site.back(error="access_denied")
    assert await site.send({"unwrap": True}) == given
    assert (await site.post(sign_in=True))[1]["wrapping"] == begun["wrapping"], "in another tab"
    await site.back()
    assert await site.send({"unwrap": True}) == given
    site.setup.clock.go_on(seconds=WRAPPED_FOR.total_seconds())
    assert await site.send({"unwrap": True}) == refused


async def test_only_the_pages_own_request_gets_that(site: Site) -> None:
    """No other site, link, browser or cookie, and nothing beside the word"""
    _, begun = await site.post(sign_in=True)
    refused = (403, {"error": "refused"})
    for name, value in (("Sec-Fetch-Site", "cross-site"), ("Origin", "https://else.example")):
        assert await site.send({"unwrap": True}, "", **{name: value}) == refused
    odds: list[dict[str, object]] = [{"unwrap": 2}, {"unwrap": True, "whose": True}, {}]
    for odd in odds:
        assert await site.send(odd) == refused
    assert await replace(site, cookies={}).send({"unwrap": True}) == refused
    (name, sealed) = next(each for each in site.cookies.items() if "wrapping" in each[0])
    begun_name = name.replace("wrapping", "begun")
    swapped = {name: site.cookies[begun_name], begun_name: sealed}
    assert await replace(site, cookies=swapped).send({"unwrap": True}) == refused
    other = {name.replace(tag_of(site.link[0]), tag_of("other")): sealed}
    assert await replace(site, cookies=other).send({"unwrap": True}, "other") == refused
    assert await site.send({"unwrap": True}) == (200, {"wrapping": begun["wrapping"]})
    assert site.seen == []
