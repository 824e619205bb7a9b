"""Stories of requests and approvals, over real HTTP."""

from typing import Final

from tests.scenarios.opening import open_link
from tests.scenarios.presses import (
    BEN,
    REQUEST,
    answers,
    ask,
    card,
    cards,
    click,
    direct,
    drained,
    fill_in,
    in_thread,
    modal,
    notified,
    pressed,
    signed_press,
)
from tests.scenarios.system import ADA, MIA, TOM, System, link_of, until

LEA: Final = "U0LEA0001"


async def test_mia_asks_tom_approves_and_mia_alone_collects(calm: System) -> None:
    """The whole way from a request to a working key, whose credentials only Mia gets."""
    await ask(calm, REQUEST.format(name="mia-ci"))
    posted = await card(calm, "mia-ci")
    for words in ("Mia Lindqvist", "builds of the shop", "Staging", "Fingerprint: "):
        assert words in posted["text"]
    assert await calm.find_key("mia-ci", "Staging") is None

    assert "Approved." in (await pressed(calm, TOM, posted, "approve"))["text"]

    ready = await notified(calm, MIA, "The key is created")
    assert (await calm.key("mia-ci", "Staging"))["enabled"] is False
    offered = await pressed(calm, MIA, ready, "claim", direct(MIA))
    assert posted["text"].partition("Fingerprint: ")[2][:9] in offered["text"]
    opened = await open_link(calm, link_of(offered))
    key = await calm.key("mia-ci", "Staging")
    assert opened["api_secret"] == key["api_secret"]
    assert await calm.works(key, "lumen-staging")
    assert "Approved by Tom Berg" in (await card(calm, "mia-ci", "Collected "))["text"]


async def test_an_approver_is_asked_and_decides_in_a_direct_message(calm: System) -> None:
    """The requester hears of it; the message says then that it is decided, and still answers."""
    await ask(calm, REQUEST.format(name="lea-ci"), LEA)
    asked = await notified(calm, TOM, "lea-ci in Staging")
    for words in ("Lea Moreau", "requests new credentials", "Staging", "builds of the shop"):
        assert words in asked["text"]
    await click(calm, TOM, asked, "details", direct(TOM))
    shown = str((await modal(calm, TOM))["blocks"])
    assert "lea@lumen-goods.example" in shown
    assert "by policy " in shown

    assert "Approved." in (await pressed(calm, TOM, asked, "approve", direct(TOM)))["text"]

    await notified(calm, LEA, "La clé est créée")
    over = await notified(calm, TOM, "Approved by Tom Berg")
    assert over["ts"] == asked["ts"]
    again = await signed_press(calm, TOM, asked, "approve")
    assert again[0] == 200


async def test_only_the_owner_collects_the_credentials(calm: System) -> None:
    """Another person who presses Collect gets no link."""
    await ask(calm, REQUEST.format(name="mia-two"))
    await pressed(calm, TOM, await card(calm, "mia-two"), "approve")
    waiting = await card(calm, "mia-two", "Ready to collect")

    answer = await pressed(calm, TOM, waiting, "claim")

    assert "/s/" not in str(answer)
    assert f"Only @{MIA} can collect mia-two" in answer["text"]


async def test_a_denial_needs_a_reason_that_the_requester_gets(calm: System) -> None:
    """The button opens a form for the reason, and the requester's notification shows it."""
    await ask(calm, REQUEST.format(name="mia-no"))
    await click(calm, TOM, await card(calm, "mia-no"), "deny")
    await fill_in(calm, TOM, reason="use the shared one")

    assert "use the shared one" in (await notified(calm, MIA, "denied"))["text"]
    await card(calm, "mia-no", "Denied by Tom Berg")
    assert await calm.find_key("mia-no", "Staging") is None


async def test_a_question_is_in_the_thread_and_reaches_the_requester(calm: System) -> None:
    """The request still waits for votes afterwards."""
    await ask(calm, REQUEST.format(name="mia-question"))
    await click(calm, TOM, await card(calm, "mia-question"), "ask")
    await fill_in(calm, TOM, question="Which repository?")

    assert "Which repository?" in (await in_thread(calm, "asks:"))["text"]
    assert "Which repository?" in (await notified(calm, MIA, "asks:"))["text"]
    assert "Needs 1 approval" in (await card(calm, "mia-question"))["text"]


async def test_the_requester_cancels_and_a_late_approval_is_answered(calm: System) -> None:
    """The late approval changes nothing; the card is updated in place."""
    id_ = await ask(calm, REQUEST.format(name="mia-oops"))
    former = await card(calm, "mia-oops")

    assert "Cancelled." in (await calm.send(f"cancel {id_}", MIA))["text"]
    late = await calm.send(f"approve {id_}", TOM)

    assert "Nothing changed: this request is already decided." in late["text"]
    await card(calm, "mia-oops", "Cancelled ")
    assert former["ts"] == (await card(calm, "mia-oops"))["ts"]
    assert await calm.find_key("mia-oops", "Staging") is None


async def test_a_requester_cannot_approve(calm: System) -> None:
    """Not even a master admin may vote on their own request, which still waits."""
    await ask(calm, REQUEST.format(name="ada-own"), ADA)
    answer = await pressed(calm, ADA, await card(calm, "ada-own"), "approve")
    assert "you can't decide on your own" in answer["text"]
    assert "Needs 1 approval" in (await card(calm, "ada-own"))["text"]


async def test_lists_show_each_person_their_own_requests(calm: System) -> None:
    """Mia sees her request, Tom sees that it waits for him, Ben sees nothing."""
    id_ = await ask(calm, REQUEST.format(name="mia-list"))
    assert id_[:6] in (await calm.send("requests", MIA))["text"]
    waiting = await calm.send("requests pending", TOM)
    assert id_[:6] in waiting["text"]
    assert id_[:6] not in (await calm.send("requests all", BEN))["text"]
    await calm.send(f"cancel {id_}", MIA)
    assert id_[:6] not in (await calm.send("requests pending", TOM))["text"]


async def test_an_incomplete_request_opens_a_form(calm: System) -> None:
    """`/cld request` without its key and reason opens a form with these fields."""
    await calm.act("command", user=MIA, channel="C0PLATFRM", text="request staging")
    await fill_in(calm, MIA, channel="C0PLATFRM", reason="a form", key="mia-form")
    assert "a form" in (await card(calm, "mia-form"))["text"]


async def test_a_creation_that_fails_after_its_work_makes_one_key(calm: System) -> None:
    """Keysmith finds the created key, and the notification follows."""
    await calm.fail("POST", "*/access_keys", "status_after", status=500)
    await ask(calm, REQUEST.format(name="mia-lost"))
    await pressed(calm, TOM, await card(calm, "mia-lost"), "approve")
    await notified(calm, MIA, "The key is created")
    assert len(await calm.requests("POST")) == 1


async def test_a_hostile_reason_breaks_no_card(calm: System) -> None:
    """The card keeps Slack's rules, is posted once, and renders no markup of the reason."""
    hostile = "<!channel> <https://evil.example|Approve here> *x* `y` & ~z~"
    await calm.send(f'request staging mia-odd --reason "{hostile}"', MIA)
    posted = await card(calm, "mia-odd")
    await pressed(calm, TOM, posted, "approve")
    await notified(calm, MIA, "The key is created")
    await drained(calm)

    assert 1 == len(await cards(calm, "mia-odd"))
    assert (await calm.look("violations"))["violations"] == []
    assert "mrkdwn" not in str(posted["blocks"])


async def test_the_answer_to_a_press_is_private(calm: System) -> None:
    """Only the person who pressed sees the answer."""
    await ask(calm, REQUEST.format(name="mia-hush"))
    before = await answers(calm, ADA)
    await pressed(calm, TOM, await card(calm, "mia-hush"), "approve")

    async def counted() -> bool:
        return any("Approved." in text for text in await answers(calm, TOM))

    await until(counted)
    assert before == await answers(calm, ADA)
