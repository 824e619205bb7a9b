"""An admin invites a person, gives a role, disables a user: each once others have approved it."""

from typing import Final

from tests.scenarios.presses import SAM, ask, from_bot
from tests.scenarios.system import ADA, MIA, SECURITY, Json, System, until

NOA: Final = "U0NOA0001"
"""Another master admin."""
JON: Final = "U0JON0001"
"""An admin of some environments."""
WREN: Final = "wren@lumen-goods.example"


async def user(system: System, email: str) -> Json | None:
    """A user as Cloudinary has them."""
    users = (await system.cloudinary("state"))["users"]
    return next((each for each in users if each["email"] == email), None)


async def carried(system: System, text: str, *voters: str) -> str:
    """Ask as an admin, and let others approve; returns the last answer."""
    answer, id_ = "", await ask(system, text, ADA)
    for voter in voters:
        answer = (await system.send(f"approve {id_}", voter))["text"]
    return answer


async def test_users_are_invited_changed_and_disabled_with_the_approvals_of_others(
    calm: System,
) -> None:
    """A Master admin by two; an admin of some environments approves no access to all of them"""
    invite = f"user add {WREN} --role master_admin --reason succession"
    id_ = await ask(calm, invite, ADA)
    wider = (await calm.send(f"approve {id_}", JON))["text"]
    assert "environments that you can't access" in wider
    assert "1 of 2" in (await calm.send(f"approve {id_}", SAM))["text"]
    assert await user(calm, WREN) is None
    await calm.send(f"approve {id_}", NOA)

    async def invited() -> Json | None:
        return await user(calm, WREN)

    assert (await until(invited))["pending"]
    (sent,) = [each for each in await calm.requests("POST") if each["path"].endswith("/users")]
    assert 200 == sent["status"]

    await carried(calm, f"user role @{MIA} media_library_admin", SAM)
    await carried(calm, f"user disable @{MIA} --confirm mia@lumen-goods.example", SAM)

    async def disabled() -> Json | None:
        found = await user(calm, "mia@lumen-goods.example")
        return None if found is None or found["enabled"] else found

    assert "media_library_admin" == (await until(disabled))["role"]
    listed = (await calm.send("user list --inactive 90d", ADA))["text"]
    assert WREN in listed
    assert "Has not accepted the invitation." in listed

    async def told() -> Json | None:
        notices = [each["text"] for each in await from_bot(calm, ADA, SECURITY)]
        found = [each for each in notices if "Cloudinary user mia@" in each]
        return {"texts": notices} if len(found) > 1 else None

    texts = "\n".join((await until(told))["texts"])
    assert f"Ada Okafor invited {WREN} to Cloudinary as Master admin in all environments." in texts
