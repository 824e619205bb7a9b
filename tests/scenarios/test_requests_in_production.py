"""Requests in production, where a change needs the approval of one or two others."""

from tests.scenarios.opening import open_link
from tests.scenarios.presses import (
    SAM,
    ask,
    card,
    notified,
    pressed,
)
from tests.scenarios.system import ADA, NIA, TOM, System, link_of


async def test_a_member_of_the_channel_has_no_vote_by_that_alone(calm: System) -> None:
    """Nia has no access to production, and Tom no admin role: their votes do not count."""
    await ask(calm, 'request production mia-prod --reason "a release"')
    posted = await card(calm, "mia-prod")
    for user, reason in (
        (NIA, "no access to the keys of that environment"),
        (TOM, "needs approval from"),
    ):
        assert reason in (await pressed(calm, user, posted, "approve"))["text"]
    assert "Needs " in (await card(calm, "mia-prod"))["text"]
    assert "refused" in [entry["deed"] for entry in (await calm.audit())[-8:]]


async def test_a_change_in_production_becomes_a_request_and_runs_when_approved(
    calm: System,
) -> None:
    """The key is enabled after the approval, and Tom gets a notification."""
    await ask(calm, 'key enable old-importer --env production --reason "import"', TOM)
    assert (await calm.key("old-importer"))["enabled"] is False

    await pressed(calm, SAM, await card(calm, "old-importer"), "approve")

    await notified(calm, TOM, "The key is now enabled.")
    assert (await calm.key("old-importer"))["enabled"] is True
    await card(calm, "old-importer", "Done ")


async def test_an_approved_production_key_waits_for_its_requester(calm: System) -> None:
    """`/cld key create` in production leads to pending credentials."""
    await ask(calm, "key create release --env production", TOM)
    await pressed(calm, ADA, await card(calm, "release"), "approve")
    await notified(calm, TOM, "The key is created")
    link = link_of(await calm.send("claim release", TOM))
    assert (await open_link(calm, link))["name"] == "release"
    await card(calm, "release", "Collected ")
    assert (await calm.key("release"))["enabled"] is True


async def test_a_deletion_in_production_needs_two_votes_and_disables_first(calm: System) -> None:
    """The card shows the first vote; the second one disables the key, which is deleted later."""
    await ask(calm, "key delete ci-bot --env production", TOM)
    posted = await card(calm, "ci-bot")
    assert "Your approval counts: 1 of 2." in (await pressed(calm, SAM, posted, "approve"))["text"]
    assert (await calm.key("ci-bot"))["enabled"] is True

    posted = await card(calm, "ci-bot", "Approved by Sam Reyes (1 of 2)")
    assert "Approved." in (await pressed(calm, ADA, posted, "approve"))["text"]

    await notified(calm, TOM, "Deletes on")
    assert (await calm.key("ci-bot"))["enabled"] is False
    assert await calm.requests("DELETE") == []
