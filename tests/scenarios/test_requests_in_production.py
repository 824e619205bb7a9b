"""The stories in production, where a change of one needs another, or two."""

from tests.scenarios.opening import open_link
from tests.scenarios.presses import (
    SAM,
    ask,
    card,
    pressed,
    told,
)
from tests.scenarios.system import ADA, NIA, TOM, System, link_of


async def test_being_in_the_channel_gives_no_word(calm: System) -> None:
    """Nia sees the card, and has no access to production"""
    await ask(calm, 'request production mia-prod --reason "a release"')
    posted = await card(calm, "mia-prod")
    for user, reason in ((NIA, "no access to keys there"), (TOM, "wants the word of")):
        assert reason in (await pressed(calm, user, posted, "approve"))["text"]
    assert "Waiting for approval." in (await card(calm, "mia-prod"))["text"]
    assert "refused" in [entry["deed"] for entry in (await calm.audit())[-8:]]


async def test_production_changes_of_toms_become_requests_and_are_done(calm: System) -> None:
    """Enabled once somebody agreed, on the very key, and told when it is done"""
    await ask(calm, 'key enable old-importer --env production --reason "import"', TOM)
    assert (await calm.key("old-importer"))["enabled"] is False

    await pressed(calm, SAM, await card(calm, "old-importer"), "approve")

    await told(calm, TOM, "Done at Cloudinary.")
    assert (await calm.key("old-importer"))["enabled"] is True
    assert "Done." in (await card(calm, "old-importer", "Done."))["text"]


async def test_a_production_key_made_after_approval_waits_for_who_asked(calm: System) -> None:
    """`/cld key create` in production ends as a claim too"""
    await ask(calm, "key create release --env production", TOM)
    await pressed(calm, ADA, await card(calm, "release"), "approve")
    await told(calm, TOM, "The key is made")
    link = link_of(await calm.send("claim release", TOM))
    assert (await open_link(calm, link))["name"] == "release"
    await card(calm, "release", "Collected.")
    assert (await calm.key("release"))["enabled"] is True


async def test_deleting_in_production_wants_two_and_disables_first(calm: System) -> None:
    """One word is counted and shown; with the second the key is disabled, and soaks"""
    await ask(calm, "key delete ci-bot --env production", TOM)
    posted = await card(calm, "ci-bot")
    assert "1 of 2 agree" in (await pressed(calm, SAM, posted, "approve"))["text"]
    assert (await calm.key("ci-bot"))["enabled"] is True

    posted = await card(calm, "ci-bot", "Sam Reyes agreed")
    assert "Approved." in (await pressed(calm, ADA, posted, "approve"))["text"]

    await told(calm, TOM, "deleted for good")
    assert (await calm.key("ci-bot"))["enabled"] is False
    assert await calm.requests("DELETE") == []
