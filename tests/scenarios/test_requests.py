"""The stories of asking and agreeing, told through real HTTP."""

from tests.scenarios.opening import open_link
from tests.scenarios.presses import (
    BEN,
    WISH,
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
    pressed,
    told,
)
from tests.scenarios.system import ADA, MIA, TOM, System, link_of, until


async def test_mia_asks_tom_approves_and_mia_alone_collects(calm: System) -> None:
    """From the wish to a key that works, which nobody but Mia was shown"""
    await ask(calm, WISH.format(name="mia-ci"))
    posted = await card(calm, "mia-ci")
    for words in ("Mia Lindqvist", "builds of the shop", "Staging", "Fingerprint: "):
        assert words in posted["text"]
    assert await calm.find_key("mia-ci", "Staging") is None

    assert "Approved." in (await pressed(calm, TOM, posted, "approve"))["text"]

    ready = await told(calm, MIA, "The key is made")
    assert (await calm.key("mia-ci", "Staging"))["enabled"] is False
    offered = await pressed(calm, MIA, ready, "claim", direct(MIA))
    assert posted["text"].partition("Fingerprint: ")[2][:9] in offered["text"]
    opened = await open_link(calm, link_of(offered))
    key = await calm.key("mia-ci", "Staging")
    assert opened["api_secret"] == key["api_secret"]
    assert await calm.works(key, "lumen-staging")
    assert "Tom Berg agreed" in (await card(calm, "mia-ci", "Collected."))["text"]


async def test_what_was_approved_is_collected_by_nobody_else(calm: System) -> None:
    """Whoever else presses Collect gets words and no link"""
    await ask(calm, WISH.format(name="mia-two"))
    await pressed(calm, TOM, await card(calm, "mia-two"), "approve")
    waiting = await card(calm, "mia-two", "the credentials wait")

    answer = await pressed(calm, TOM, waiting, "claim")

    assert "/s/" not in str(answer)
    assert "No credentials wait for you." in answer["text"]


async def test_a_denial_wants_its_reason_and_tells_it(calm: System) -> None:
    """The button opens a form; the requester reads why"""
    await ask(calm, WISH.format(name="mia-no"))
    await click(calm, TOM, await card(calm, "mia-no"), "deny")
    await fill_in(calm, TOM, reason="use the shared one")

    assert "use the shared one" in (await told(calm, MIA, "denied"))["text"]
    denied = await card(calm, "mia-no", "Denied.")
    assert "Tom Berg objected" in denied["text"]
    assert await calm.find_key("mia-no", "Staging") is None


async def test_a_question_stands_in_the_thread_and_reaches_the_requester(calm: System) -> None:
    """And the request waits on"""
    await ask(calm, WISH.format(name="mia-why"))
    await click(calm, TOM, await card(calm, "mia-why"), "ask")
    await fill_in(calm, TOM, question="Which repository?")

    assert "Which repository?" in (await in_thread(calm, "asks:"))["text"]
    assert "Which repository?" in (await told(calm, MIA, "asks:"))["text"]
    assert "Waiting for approval." in (await card(calm, "mia-why"))["text"]


async def test_a_request_is_taken_back_by_who_asked_and_a_late_press_is_answered(
    calm: System,
) -> None:
    """The former card, still on somebody's screen, is pressed in vain and politely"""
    id_ = await ask(calm, WISH.format(name="mia-oops"))
    former = await card(calm, "mia-oops")

    assert "Taken back." in (await calm.send(f"cancel {id_}", MIA))["text"]
    late = await calm.send(f"approve {id_}", TOM)

    assert "Nothing was changed: this request is taken back." in late["text"]
    await card(calm, "mia-oops", "Taken back.")
    assert former["ts"] == (await card(calm, "mia-oops"))["ts"]
    assert await calm.find_key("mia-oops", "Staging") is None


async def test_who_asked_can_not_approve(calm: System) -> None:
    """A master admin neither; the request waits on"""
    await ask(calm, WISH.format(name="ada-own"), ADA)
    answer = await pressed(calm, ADA, await card(calm, "ada-own"), "approve")
    assert "nobody decides on their own request" in answer["text"]
    assert "Waiting for approval." in (await card(calm, "ada-own"))["text"]


async def test_lists_show_what_concerns_whom(calm: System) -> None:
    """Mia's own, what waits for Tom, nothing for Ben"""
    id_ = await ask(calm, WISH.format(name="mia-list"))
    assert id_ in (await calm.send("requests", MIA))["text"]
    waiting = await calm.send("requests pending", TOM)
    assert id_ in waiting["text"]
    assert id_ not in (await calm.send("requests all", BEN))["text"]
    await calm.send(f"cancel {id_}", MIA)
    assert id_ not in (await calm.send("requests pending", TOM))["text"]


async def test_an_incomplete_wish_opens_a_form(calm: System) -> None:
    """A bare `/cld request` asks for what is missing"""
    await calm.act("command", user=MIA, channel="C0PLATFRM", text="request staging")
    view = await modal(calm, MIA, "C0PLATFRM")
    values = {"field:reason": {"value": "a form"}, "field:key": {"value": "mia-form"}}
    await calm.act("submit", user=MIA, view_id=view["id"], values=values)
    assert "a form" in (await card(calm, "mia-form"))["text"]


async def test_cloudinary_failing_after_the_work_is_done_once_and_told_once(
    calm: System,
) -> None:
    """Nothing is announced before it is known, and no second key is made"""
    await calm.fail("POST", "*/access_keys", "status_after", status=500)
    await ask(calm, WISH.format(name="mia-lost"))
    await pressed(calm, TOM, await card(calm, "mia-lost"), "approve")
    await told(calm, MIA, "The key is made")
    assert len(await calm.requests("POST")) == 1


async def test_every_card_passes_slacks_rules_and_stands_once(calm: System) -> None:
    """Whatever stands in a reason"""
    hostile = "<!channel> <https://evil.example|Approve here> *x* `y` & ~z~"
    await calm.send(f'request staging mia-odd --reason "{hostile}"', MIA)
    posted = await card(calm, "mia-odd")
    await pressed(calm, TOM, posted, "approve")
    await told(calm, MIA, "The key is made")
    await drained(calm)

    assert 1 == len(await cards(calm, "mia-odd"))
    assert (await calm.look("violations"))["violations"] == []
    assert "mrkdwn" not in str(posted["blocks"])


async def test_nobody_hears_another_persons_answers(calm: System) -> None:
    """What a press is answered is for the one who pressed"""
    await ask(calm, WISH.format(name="mia-hush"))
    before = await answers(calm, ADA)
    await pressed(calm, TOM, await card(calm, "mia-hush"), "approve")

    async def counted() -> bool:
        return any("Approved." in text for text in await answers(calm, TOM))

    await until(counted)
    assert before == await answers(calm, ADA)
