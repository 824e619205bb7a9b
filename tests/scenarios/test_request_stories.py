"""Less common requests: for a teammate, in several environments, withdrawn, in an emergency."""

from tests.scenarios.opening import open_link
from tests.scenarios.presses import (
    APPROVALS,
    REQUEST,
    SAM,
    ask,
    button,
    card,
    cards,
    direct,
    from_bot,
    in_thread,
    notified,
    pressed,
    request_on,
    shown,
)
from tests.scenarios.system import (
    ADA,
    MIA,
    NIA,
    PLATFORM,
    SECURITY,
    TOM,
    Json,
    System,
    link_of,
    until,
)


async def test_a_teammate_collects_and_neither_of_the_two_approves(calm: System) -> None:
    """Mia requests a key for Nia; neither may vote, and only Nia gets the link."""
    id_ = await ask(calm, f"{REQUEST.format(name='nia-ci')} --for @nia")
    assert "credentials for @" in (await card(calm, "nia-ci"))["text"]
    for user, reason in ((MIA, "You sent this request"), (NIA, "The credentials are for you")):
        assert reason in (await calm.send(f"approve {id_}", user))["text"]

    await pressed(calm, TOM, await card(calm, "nia-ci"), "approve")

    ready = await notified(calm, NIA, "The key is created")
    assert "/s/" not in str(await calm.send(f"claim {id_}", MIA))
    offered = await pressed(calm, NIA, ready, "claim", direct(NIA))
    assert (await open_link(calm, link_of(offered)))["name"] == "nia-ci"


async def test_each_environment_of_a_request_is_decided_separately(calm: System) -> None:
    """One environment is approved and gets a key, the other one is denied."""
    answer = await calm.send('request staging,lumen-dev two --reason "both"', MIA)
    assert answer["text"].count("It needs approval before") == 2

    async def both() -> list[Json] | None:
        found = await cards(calm, "two")
        return found if len(found) == 2 else None

    first, second = await until(both)

    await pressed(calm, TOM, first, "approve")
    denied = await calm.send(f'deny {request_on(second, "deny")} --reason "one is enough"', ADA)

    assert "Denied." in denied["text"]
    await notified(calm, MIA, "The key is created")
    keys = [await calm.find_key("two", name) for name in ("Staging", "Development")]
    assert 1 == len([key for key in keys if key])


async def test_a_vote_can_be_withdrawn_until_the_request_settles(calm: System) -> None:
    """After a withdrawal, one more of two votes is not enough."""
    id_ = await ask(calm, "key delete ci-bot --env production", TOM)
    await pressed(calm, SAM, await card(calm, "ci-bot"), "approve")
    assert (
        "You withdrew your decision."
        in (await calm.send(f"withdraw {id_}", SAM, APPROVALS))["text"]
    )
    assert "withdrew their decision" in (await in_thread(calm, "withdrew their"))["text"]

    posted = await card(calm, "ci-bot")
    assert "Your approval counts: 1 of 2." in (await pressed(calm, ADA, posted, "approve"))["text"]

    assert (await calm.key("ci-bot"))["enabled"] is True


async def test_an_emergency_runs_without_votes_and_is_reviewed_afterwards(calm: System) -> None:
    """The security channel is notified; the person who acted cannot review it."""
    command = 'key enable old-importer --env production --emergency --reason "site is down"'
    answer = await calm.send(command, TOM)
    assert "old-importer in Production is now enabled." in answer["text"]
    assert "no approval was needed" in answer["text"]
    assert (await calm.key("old-importer"))["enabled"] is True
    notices = [each["text"] for each in await from_bot(calm, ADA, SECURITY)]
    words = ("used emergency access (no approval): enable a key", "site is down")
    assert any(all(each in text for each in words) for text in notices)

    done = await card(calm, "old-importer", "Done ")
    id_ = request_on(done, "review")
    refused = await calm.send(f'review {id_} --comment "fine"', TOM)
    assert "wasn't counted" in refused["text"]
    assert "Reviewed" in (await calm.send(f'review {id_} --comment "was right"', ADA))["text"]
    assert "was right" in (await card(calm, "old-importer", "reviewed it"))["text"]


async def test_an_emergency_is_answered_with_the_key_to_collect(calm: System) -> None:
    """At the place of the command, within three seconds"""
    command = 'request production tom-now --emergency --reason "site is down"'
    answer = await calm.send(command, TOM)
    assert "tom-now in Production is created (disabled until collected)." in answer["text"]
    link = link_of(await pressed(calm, TOM, answer, "claim", PLATFORM))
    assert (await open_link(calm, link))["name"] == "tom-now"


async def test_an_emergency_needs_a_key_role(calm: System) -> None:
    """Mia has no key role: she is refused, no card is posted, and no key is created."""
    answer = await calm.send(f"{REQUEST.format(name='mia-now')} --emergency", MIA)
    assert "Nothing changed." in answer["text"]
    assert [] == await cards(calm, "mia-now")
    assert await calm.find_key("mia-now", "Staging") is None


async def test_a_delegate_votes_for_another_person(calm: System) -> None:
    """Tom's vote does not count in production; as Ada's delegate it does."""
    await ask(calm, 'request production mia-away --reason "a release"')
    posted = await card(calm, "mia-away")
    assert "wasn't counted" in (await pressed(calm, TOM, posted, "approve"))["text"]
    answer = await calm.send("delegate @tom --expires 7d", ADA)
    assert "decides on requests for you" in answer["text"]

    assert "Approved." in (await pressed(calm, TOM, posted, "approve"))["text"]

    await notified(calm, MIA, "The key is created")
    assert "You don't have a delegate" in (await calm.send("delegate --end", ADA))["text"]


async def test_a_request_is_opened_and_approved_from_the_message_menu(calm: System) -> None:
    """The message shortcut opens the card with its buttons in a modal."""
    await ask(calm, REQUEST.format(name="mia-menu"))
    posted = await card(calm, "mia-menu")
    opening = {"callback_id": "open", "channel": APPROVALS, "message_ts": posted["ts"]}
    await calm.act("shortcut", user=TOM, **opening)
    view = await shown(calm, TOM, "Needs ")
    _, action_id = button(view, "approve")

    await calm.act("click", user=TOM, view_id=view["id"], action_id=action_id)

    await shown(calm, TOM, "Approved.")
    await notified(calm, MIA, "The key is created")
