"""A delegate, from the appointment to the export of the audit log."""

from tests.scenarios.presses import ask, card, from_bot, in_thread, notified
from tests.scenarios.system import ADA, MIA, SECURITY, TOM, System, until


async def security_hears(system: System, words: str) -> None:
    """Wait for a message in the security channel."""

    async def found() -> bool:
        return any(words in each["text"] for each in await from_bot(system, ADA, SECURITY))

    await until(found)


async def test_a_delegate_decides_for_the_principal_and_all_can_see_it(calm: System) -> None:
    """Card, thread, requester, security channel and export name both"""
    id_ = await ask(calm, 'request production mia-away --reason "a release"', TOM)
    await card(calm, "mia-away")
    assert "wasn't counted" in (await calm.send(f"approve {id_}", MIA))["text"]
    answer = await calm.send("delegate @mia --expires 1d", ADA)
    assert "decides on requests for you" in answer["text"]
    await security_hears(calm, "Mia Lindqvist (U0MIA0001) decides for Ada Okafor until")

    assert "Approved." in (await calm.send(f"approve {id_}", MIA))["text"]

    await notified(calm, TOM, "The key is created")
    assert (
        "Approved by Mia Lindqvist, for Ada Okafor"
        in (await card(calm, "mia-away", ", for "))["text"]
    )
    assert f"@{MIA}, for @{ADA} approved" in (await in_thread(calm, ", for "))["text"]
    await calm.send("delegate --end", ADA)
    await security_hears(calm, "Mia Lindqvist (U0MIA0001) no longer decides for Ada")

    entries = await calm.audit()
    (vote,) = [it for it in entries if it["deed"] == "decided" and it["target"]["request"] == id_]
    appointed, ended = [it["target"] for it in entries if it["detail"] == "delegate"][-2:]
    ada, mia = vote["target"]["principal_cloudinary"], vote["cloudinary"]
    assert (MIA, ADA) == (
        vote["actor"].rpartition(":")[2],
        vote["target"]["principal"].rpartition(":")[2],
    )
    assert ada != mia
    assert (vote["actor"], mia, "") == (
        appointed["to"],
        appointed["to_cloudinary"],
        appointed["before"],
    )
    assert (vote["actor"], "") == (ended["before"], ended["to"])
    assert appointed["until"] > ended["until"]
