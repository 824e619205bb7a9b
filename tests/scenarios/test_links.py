"""One-time links over real HTTP: a link opens once, and its key works from then on."""

import asyncio
import json
from collections.abc import AsyncIterator

from tests.scenarios.opening import open_link, press, proof_of, whose
from tests.scenarios.system import ADA, TOM, System, link_of, until
from tests.scenarios.test_seeing import metrics


async def create_key(system: System, name: str) -> str:
    """Create a key; gives its link."""
    return link_of(await system.send(f"key create {name} --env staging"))


async def test_a_link_shows_the_credentials_once_and_then_the_time(system: System) -> None:
    """The key works from the first press; later visits show when that was."""
    link = await create_key(system, "once")

    opened = await open_link(system, link)
    key = await system.key("once", "Staging")

    assert opened["cloud_name"] == "lumen-staging"
    assert opened["api_key"] == key["api_key"]
    assert opened["url"] == f"cloudinary://{key['api_key']}:{key['api_secret']}@lumen-staging"
    assert await system.works(key, "lumen-staging")
    assert (await press(system, link))[0] == 410
    async with system.session.get(link) as page:
        assert page.status == 200
    told = await whose(system, link)
    assert (told[0], told[1]["error"]) == (410, "opened")


async def test_of_two_hundred_presses_at_once_one_opens_the_link(system: System) -> None:
    """One press gets the credentials; the others learn that the link is or was opened."""
    link = await create_key(system, "many")

    answers = await asyncio.gather(*(press(system, link) for _ in range(200)))

    statuses = sorted(status for status, _ in answers)
    assert statuses.count(200) == 1
    assert set(statuses) <= {200, 409, 410}
    assert len([r for r in await system.requests("PUT") if r["status"] == 200]) == 1


async def test_a_failure_of_cloudinary_leaves_the_link_unopened(system: System) -> None:
    """The answer names the failure; the same link works when Cloudinary is back."""
    link = await create_key(system, "later")
    await system.fail("PUT", "*/access_keys/*", "status", status=403)

    status, answer = await press(system, link)

    assert status == 503
    assert answer["text"] == "Cloudinary refused this. Nothing changed."
    assert answer["id"] in system.bot.log
    assert (await open_link(system, link))["name"] == "later"


async def test_a_link_without_its_proof_reveals_nothing(system: System) -> None:
    """A wrong proof is answered like an unknown link, and the link stays unopened."""
    link, other = await create_key(system, "alone"), await create_key(system, "other")
    before = await metrics(system)

    wrong = await press(system, link, "A" * 43)
    nowhere = await press(system, f"{system.twins.at.bot}/s/AAAAAAAAAAAAAAAAAAAAAA#AAAA", "A" * 43)

    assert wrong == nowhere
    assert wrong[0] == 404
    assert (
        await press(system, other, "\ud800".encode("utf-16", "surrogatepass").decode("latin-1"))
    )[0] == 404
    after = await metrics(system)
    for kind, count in (("wrong_proof", 2), ("unknown", 1)):
        counted = "keysmith_link_visits_total", kind
        assert after[counted] == before[counted] + count
    assert (await open_link(system, link))["name"] == "alone"


async def test_another_site_cannot_press(system: System) -> None:
    """A foreign origin, foreign fetch metadata or another content type is a 403."""
    link = await create_key(system, "foreign")
    path = link.partition("#")[0]
    for headers in ({"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}):
        async with system.session.post(path, json={"proof": "x"}, headers=headers) as answer:
            assert answer.status == 403
    async with system.session.post(path, data={"proof": "x"}) as answer:
        assert answer.status == 403


async def test_a_new_link_replaces_the_previous_one(system: System) -> None:
    """After `/cld claim` the first link is answered like an unknown one."""
    first = await create_key(system, "twice")
    second = link_of(await system.send("claim twice"))

    assert (await press(system, first))[0] == 404
    assert (await open_link(system, second))["name"] == "twice"
    assert "Nothing to collect." in (await system.send("claim twice"))["text"]


async def test_disabling_a_pending_key_ends_its_link(system: System) -> None:
    """The link no longer opens, so a disabled key stays disabled."""
    link = await create_key(system, "leaky")

    assert "is now disabled" in (await system.send("key disable leaky"))["text"]

    assert (await press(system, link))[0] == 404
    assert (await system.key("leaky", "Staging"))["enabled"] is False
    assert "Nothing to collect." in (await system.send("claim leaky"))["text"]


async def test_a_pending_key_cannot_be_enabled(system: System) -> None:
    """Only opening the link by its owner enables the key."""
    link = await create_key(system, "early")

    answer = (await system.send("key enable early --env staging", ADA))["text"]

    assert "are ready to collect" in answer
    assert (await system.key("early", "Staging"))["enabled"] is False
    assert (await open_link(system, link))["name"] == "early"


async def test_a_split_proof_is_read_and_a_malformed_one_is_refused(system: System) -> None:
    """A body in two network packets is read; a malformed body is a 403 or 404 and no fault."""
    link = await create_key(system, "parts")
    path = link.partition("#")[0]
    for malformed in ('{"proof": "\\ud800"}', '{"proof": 1}', "[]", "{"):
        headers = {"Content-Type": "application/json"}
        async with system.session.post(path, data=malformed, headers=headers) as answer:
            assert answer.status in {403, 404}

    async def parts() -> AsyncIterator[bytes]:
        body = json.dumps({"proof": proof_of(link)}).encode()
        for cut in (body[:5], body[5:]):
            yield cut
            await asyncio.sleep(0.05)

    headers = {"Content-Type": "application/json"}
    async with system.session.post(path, data=parts(), headers=headers) as answer:
        assert answer.status == 200


async def test_a_deactivated_owner_cannot_open_the_link(system: System) -> None:
    """The press reads the person again, and the link ends as soon as Slack reports it."""
    link = await create_key(system, "leaver")
    await system.act("person", id=TOM, deleted=True)

    assert (await press(system, link))[0] in {403, 404}
    assert (await system.key("leaver", "Staging"))["enabled"] is False

    async def gone() -> bool:
        return (await whose(system, link))[0] == 404

    await until(gone)
    await system.act("person", id=TOM, deleted=False)
    assert (await press(system, link))[0] == 404
