"""T25 and T31 to T35: links, the audit log, and the log."""

from dataclasses import replace

import pytest

from bot.domain.audit import AuditEvent, ChainKey, Head, chain
from bot.domain.outcomes.decisions import MayNotDecide
from bot.domain.outcomes.keys import KeyChanged
from bot.domain.people import Role
from bot.domain.verification import Broken, Intact, verify
from bot.errors import Unavailable
from tests.flows.failing_fakes import FailurePoint, failing
from tests.flows.harness import ADMIN, COLLEAGUE, NEWCOMER, PROD, TECH, Harness
from tests.flows.requested import approved, asked, carried_out, give_role, granted, kept
from tests.scenarios.opening import open_link, whose
from tests.scenarios.presses import ask, card, direct, drained, notified, pressed
from tests.scenarios.system import MIA, TOM, System, link_of, until

KEY = ChainKey(b"k" * 32)
NOT_TAKEN = "answer_not_taken"
"""The log event of an answer that Slack did not take."""
ROBOT = {"User-Agent": "Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)"}


async def offered(system: System, name: str) -> str:
    """Request credentials, approve them, and return their link."""
    await ask(system, f"request staging {name} --reason builds")
    await pressed(system, TOM, await card(system, name), "approve")
    ready = await notified(system, MIA, f"{name} in Staging: The key is created")
    return link_of(await pressed(system, MIA, ready, "claim", direct(MIA)))


async def test_t25_a_robot_that_visits_a_link_burns_nothing(system: System) -> None:
    """Guard: a visit shows a page, only a press with the link's own proof opens it; no previews."""
    link = await offered(system, "trap-robot")
    for method in ("GET", "HEAD", "GET"):
        async with system.session.request(method, link, headers=ROBOT) as page:
            assert 200 == page.status
            assert "noindex" in page.headers["X-Robots-Tag"]
    async with system.session.post(link.partition("#")[0], json={"proof": "x"}) as page:
        assert page.status in {403, 404}
    assert (await system.key("trap-robot", "Staging"))["enabled"] is False
    posts = [
        each["body"]
        for each in (await system.look("outbox"))["outbox"]
        if each["via"] == "chat.postMessage"
    ]
    assert posts
    assert not any(
        post.get("unfurl_links", True) or post.get("unfurl_media", True) for post in posts
    )
    assert "trap-robot" == (await open_link(system, link))["name"]
    await card(system, "trap-robot", "Collected ")
    await drained(system)


async def test_t31_the_audit_log_has_refusals_as_well_as_changes(harness: Harness) -> None:
    """Guard: each step is stored together with its entry; disabling a key waits for no message."""
    request = await asked(harness)
    await harness.run(NEWCOMER, f"approve {request.id}")
    await harness.run(TECH, f"approve {request.id}")
    await carried_out(harness, request)
    events = [(event, detail.split(":")[0].strip()) for event, detail in harness.told()]
    for expected in (
        ("requested", "members-request"),
        ("refused", "own_request"),
        ("decided", "approve"),
        ("moved", "begin"),
        ("begun", "members-request, request c0r"),
        ("moved", "hand over"),
    ):
        assert expected in events
    refusals = [entry for entry in harness.jobs.entries if entry.event is AuditEvent.REFUSED]
    assert request.id in {entry.target.get("request") for entry in refusals}
    assert [AuditEvent.DONE] == [entry.event for entry in harness.pending.entries]
    stopped = await harness.run(TECH, "key disable shop-web --env shop")
    assert isinstance(stopped, KeyChanged)
    assert stopped.told_security
    assert harness.jobs.notices  # sent afterwards, by any process


def test_t32_a_chain_proves_its_end_and_cannot_be_forged() -> None:
    """Guard: every record has a MAC and a number, and the head is where the chain ends."""
    records, head = [], Head()
    for body in ("asked", "approved", "done"):
        records.append(chain(head.seq + 1, head.mac, body, KEY))
        head = Head(records[-1].seq, records[-1].mac)
    assert Intact(head) == verify(records, head, [KEY])
    forged = chain(3, records[1].mac, "denied", ChainKey(b"f" * 32))
    renumbered = replace(records[2], seq=4)
    for tampered in (records[:-1], records[1:], [*records[:2], forged], [*records[:2], renumbered]):
        assert isinstance(verify(tampered, head, [KEY]), Broken)


async def test_t33_no_link_is_logged_when_slack_fails(system: System) -> None:
    """Guard: what Slack does not take is logged by its code alone, and the libraries are quiet."""
    await offered(system, "trap-log")
    failures = system.bot.log.count(NOT_TAKEN)
    before = len((await system.look("outbox"))["outbox"])
    await system.act("faults", method="response_url", kind="status", status=500, count=1)
    await system.act("command", user=MIA, channel="C0PLATFRM", text="claim trap-log")

    async def refused() -> bool:
        return system.bot.log.count(NOT_TAKEN) > failures

    await until(refused)
    sent = str((await system.look("outbox"))["outbox"][before:])
    assert "/s/" in sent, "the search itself must be able to find"
    key = sent.partition("/s/")[2].partition("#")[2][:20]
    assert 20 == len(key)
    assert key not in system.bot.log
    assert "/s/" not in system.bot.log
    assert "link_ready" in system.bot.log
    assert "LinkReady" not in system.bot.log
    await drained(system)


async def test_t34_a_person_who_cannot_be_read_is_refused() -> None:
    """Guard: no former answer replaces Cloudinary's, at the vote or at the execution."""
    failure_point = FailurePoint(
        method="users_by_email", error=Unavailable("away", maybe_done=False)
    )
    harness = failing(failure_point)
    await harness.run(TECH, "whoami")
    request = await asked(harness)
    failure_point.arm(1)
    with pytest.raises(Unavailable):
        await harness.run(TECH, f"approve {request.id}")
    assert () == (await kept(harness, request)).votes
    wish = await approved(harness, "request shop y --reason x", to=ADMIN)
    failure_point.arm(1)
    with pytest.raises(Unavailable):
        await carried_out(harness, wish)
    assert harness.account.calls["create_key"] == 0


async def test_t35_a_link_shows_its_owner_before_it_is_opened(system: System) -> None:
    """Guard: only the holder of the whole link sees its person and workspace."""
    link = await offered(system, "trap-person")
    _, told = await whose(system, link)
    by_the_path_alone = await whose(system, link, "A" * 43)
    assert ("Mia Lindqvist", "Lumen Goods") == (told["owner"], told["workspace"])
    assert (404, {"error": "gone"}) == by_the_path_alone
    assert "trap-person" == (await open_link(system, link))["name"]
    status, told = await whose(system, link)
    assert (410, "opened") == (status, told["error"])


async def test_a_refusal_is_no_vote(harness: Harness) -> None:
    """The audit log distinguishes the two."""
    request = await granted(harness)
    give_role(harness, COLLEAGUE, Role.BILLING)
    other = await asked(harness, "request shop-dev z --reason x")
    assert isinstance(await harness.run(COLLEAGUE, f"approve {other.id}"), MayNotDecide)
    assert ("refused", "not_an_approver") in harness.told()
    assert request.terms.environment_id != PROD.id
