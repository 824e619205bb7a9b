"""One-time links over real HTTP: opened once, by who holds them, and the key works from then on."""

import asyncio
import json
from collections.abc import AsyncIterator

from tests.scenarios.opening import open_link, press, proof_of
from tests.scenarios.system import ADA, TOM, System, link_of


async def made(system: System, name: str) -> str:
    """Ask for a key and give its link."""
    return link_of(await system.send(f"key create {name} --env staging"))


async def test_a_link_shows_the_credentials_once_and_then_says_when(system: System) -> None:
    """The key works from the first press; the second visit learns when that was."""
    link = await made(system, "once")

    opened = await open_link(system, link)
    key = await system.key("once", "Staging")

    assert opened["cloud_name"] == "lumen-staging"
    assert opened["api_key"] == key["api_key"]
    assert opened["url"] == f"cloudinary://{key['api_key']}:{key['api_secret']}@lumen-staging"
    assert await system.works(key, "lumen-staging")
    assert (await press(system, link))[0] == 410
    async with system.session.get(link) as page:
        assert page.status == 410
        assert "It was opened on" in await page.text()


async def test_two_hundred_presses_at_once_open_it_for_one(system: System) -> None:
    """One gets it; the others are told that it is being opened, or when it was."""
    link = await made(system, "many")

    answers = await asyncio.gather(*(press(system, link) for _ in range(200)))

    statuses = sorted(status for status, _ in answers)
    assert statuses.count(200) == 1
    assert set(statuses) <= {200, 409, 410}
    assert len([r for r in await system.requests("PUT") if r["status"] == 200]) == 1


async def test_cloudinary_failing_leaves_the_link_unopened_and_says_so(system: System) -> None:
    """Nothing is spent; when Cloudinary is back, the same link works."""
    link = await made(system, "later")
    await system.fail("PUT", "*/access_keys/*", "status", status=403)

    status, told = await press(system, link)

    assert status == 503
    assert told["text"] == "Cloudinary refused."
    assert told["id"] in system.bot.log
    assert (await open_link(system, link))["name"] == "later"


async def test_the_path_alone_spends_nothing_and_betrays_nothing(system: System) -> None:
    """A wrong proof, another link's proof, no proof: as if there were nothing."""
    link, other = await made(system, "alone"), await made(system, "other")

    wrong = await press(system, link, "A" * 43)
    nowhere = await press(system, f"{system.twins.at.bot}/s/AAAAAAAAAAAAAAAAAAAAAA#AAAA", "A" * 43)

    assert wrong == nowhere
    assert wrong[0] == 404
    assert (
        await press(system, other, "\ud800".encode("utf-16", "surrogatepass").decode("latin-1"))
    )[0] == 404
    assert (await open_link(system, link))["name"] == "alone"


async def test_another_site_can_not_press(system: System) -> None:
    """Origin, fetch metadata and content type are looked at."""
    link = await made(system, "foreign")
    path = link.partition("#")[0]
    for headers in ({"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}):
        async with system.session.post(path, json={"proof": "x"}, headers=headers) as answer:
            assert answer.status == 403
    async with system.session.post(path, data={"proof": "x"}) as answer:
        assert answer.status == 403


async def test_a_new_link_ends_the_former_one(system: System) -> None:
    """`/cld claim` makes another; the first is gone, as if it had never been."""
    first = await made(system, "twice")
    second = link_of(await system.send("claim twice"))

    assert (await press(system, first))[0] == 404
    assert (await open_link(system, second))["name"] == "twice"
    assert "No credentials wait for you." in (await system.send("claim twice"))["text"]


async def test_disabling_a_key_that_waits_ends_its_link(system: System) -> None:
    """Whoever has the link, a leaked key that somebody disabled stays dead."""
    link = await made(system, "leaky")

    assert "is now disabled" in (await system.send("key disable leaky"))["text"]

    assert (await press(system, link))[0] == 404
    assert (await system.key("leaky", "Staging"))["enabled"] is False
    assert "No credentials wait for you." in (await system.send("claim leaky"))["text"]


async def test_a_key_that_waits_for_its_owner_can_not_be_enabled(system: System) -> None:
    """It works once its owner opens the link, and not before."""
    link = await made(system, "early")

    told = (await system.send("key enable early --env staging", ADA))["text"]

    assert "Its credentials wait for the one who asked for it" in told
    assert (await system.key("early", "Staging"))["enabled"] is False
    assert (await open_link(system, link))["name"] == "early"


async def test_a_proof_in_two_parts_is_read_whole_and_a_strange_one_is_nobodys(
    system: System,
) -> None:
    """However the network cuts it; and no proof makes a fault."""
    link = await made(system, "parts")
    path = link.partition("#")[0]
    for strange in ('{"proof": "\\ud800"}', '{"proof": 1}', "[]", "{"):
        headers = {"Content-Type": "application/json"}
        async with system.session.post(path, data=strange, headers=headers) as answer:
            assert answer.status in {403, 404}

    async def parts() -> AsyncIterator[bytes]:
        body = json.dumps({"proof": proof_of(link)}).encode()
        for cut in (body[:5], body[5:]):
            yield cut
            await asyncio.sleep(0.05)

    headers = {"Content-Type": "application/json"}
    async with system.session.post(path, data=parts(), headers=headers) as answer:
        assert answer.status == 200


async def test_whoever_left_meanwhile_does_not_get_it(system: System) -> None:
    """The person and the policy are read again at the press."""
    link = await made(system, "leaver")
    await system.act("person", id=TOM, deleted=True)

    assert (await press(system, link))[0] == 403
    assert (await system.key("leaver", "Staging"))["enabled"] is False

    await system.act("person", id=TOM, deleted=False)
    assert (await open_link(system, link))["name"] == "leaver"


async def test_every_answer_is_guarded_by_its_headers(system: System) -> None:
    """Nothing is cached, framed, indexed, referred or loaded from elsewhere."""
    for path in ("/s/nothing-here", "/assets/reveal.js", "/assets/reveal.css"):
        async with system.session.get(f"{system.twins.at.bot}{path}") as answer:
            assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
            assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
            assert answer.headers["Cache-Control"] == "no-store"
            assert answer.headers["Referrer-Policy"] == "no-referrer"
            assert answer.headers["X-Robots-Tag"] == "noindex, nofollow"
            assert answer.headers["X-Content-Type-Options"] == "nosniff"
