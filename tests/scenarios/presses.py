"""Cards of requests, as people find and press them."""

import json
from collections.abc import Awaitable, Callable
from typing import Final
from urllib.parse import urlencode

from sandbox import company
from tests.scenarios.signed import post, sign
from tests.scenarios.system import MIA, TOM, Json, System, until

APPROVALS: Final = "C0APPROVE"
SAM: Final = "U0SAM0001"
BEN: Final = "U0BEN0001"
JOBS: Final = "{keysmith}:errands"
OUTBOX: Final = "{keysmith}:outbox"
WISH: Final = 'request staging {name} --reason "builds of the shop"'


def direct(user: str) -> str:
    """A person's conversation with the bot."""
    return f"D{user[1:]}"


async def from_bot(system: System, user: str, channel: str) -> list[Json]:
    """What the bot said there, as this person sees it."""
    return [each for each in await system.messages(user, channel) if "bot" in each]


async def cards(system: System, name: str, user: str = TOM) -> list[Json]:
    """Every card about a key of that name."""
    said = await from_bot(system, user, APPROVALS)
    posted = [each for each in said if "thread_ts" not in each and not each["ephemeral"]]
    return [each for each in posted if f"Key: {name} " in each["text"]]


async def card(system: System, name: str, words: str = "", user: str = TOM) -> Json:
    """The card about a key of that name, once it says this."""

    async def there() -> Json | None:
        found = await cards(system, name, user)
        return found[0] if found and words in found[0]["text"] else None

    return await until(there)


async def ask(system: System, text: str, user: str = MIA) -> str:
    """Ask for something that others have to agree to; gives the request's id."""
    answer: str = (await system.send(text, user))["text"]
    assert "/cld cancel " in answer, answer
    return answer.partition("/cld cancel ")[2].split()[0]


def button(message: Json, verb: str) -> tuple[str, str]:
    """The ids of a button on a message."""
    found = [
        (block["block_id"], element["action_id"])
        for block in message["blocks"]
        for element in block.get("elements", [])
        if element.get("type") == "button" and f":{verb}" in element["action_id"]
    ]
    assert found, f"no button {verb} on: {message['text']}"
    return found[0]


def request_on(message: Json, verb: str) -> str:
    """The request that a card's button names."""
    return button(message, verb)[1].rpartition(":")[2]


async def click(
    system: System, user: str, message: Json, verb: str, channel: str = APPROVALS
) -> Json:
    """Press a button; gives how Slack fared with it."""
    block_id, action_id = button(message, verb)
    return await system.act(
        "click",
        user=user,
        channel=channel,
        message_ts=message["ts"],
        block_id=block_id,
        action_id=action_id,
    )


async def signed_press(
    system: System,
    user: str,
    message: Json,
    verb: str,
    *,
    at: float | None = None,
    forged: dict[str, str] | None = None,
) -> tuple[int, str]:
    """Send a press as Slack does, signed at a time of one's own; `forged` headers take the place of
    the genuine. Gives the bot's answer.
    """
    block_id, action_id = button(message, verb)
    element = next(
        each
        for block in message["blocks"]
        for each in block.get("elements", [])
        if each.get("action_id") == action_id
    )
    pressed_one = {"type": "button", "block_id": block_id} | {
        name: element[name] for name in ("action_id", "value")
    }
    body = {
        "type": "block_actions",
        "team": {"id": company.TEAM_ID},
        "user": {"id": user, "team_id": company.TEAM_ID},
        "channel": {"id": APPROVALS},
        "trigger_id": f"1.2.{message['ts']}",
        "response_url": f"{system.twins.at.slack}/response/nowhere",
        "actions": [pressed_one],
    }
    form = urlencode({"payload": json.dumps(body)}).encode()
    return await post(system, form, sign(system, form, at) | (forged or {}))


async def answers(system: System, user: str, channel: str = APPROVALS) -> list[str]:
    """What only this person sees there."""
    return [each["text"] for each in await from_bot(system, user, channel) if each["ephemeral"]]


async def pressed(
    system: System, user: str, message: Json, verb: str, channel: str = APPROVALS
) -> Json:
    """Press a button, and wait for the answer to this person."""
    before = {each["ts"] for each in await from_bot(system, user, channel)}
    sent = await click(system, user, message, verb, channel)
    assert sent["delivered"] == "ok", sent

    async def answer() -> Json | None:
        said = await from_bot(system, user, channel)
        return next((m for m in said if m["ephemeral"] and m["ts"] not in before), None)

    return await until(answer)


async def told(system: System, user: str, words: str) -> Json:
    """Wait until a person was told something by the bot in private."""
    return await _heard(words, lambda: from_bot(system, user, direct(user)))


async def in_thread(system: System, words: str, user: str = TOM) -> Json:
    """Wait until something is said under a card."""
    return await _heard(words, lambda: from_bot(system, user, APPROVALS), threads=True)


async def _heard(
    words: str, look: Callable[[], Awaitable[list[Json]]], *, threads: bool = False
) -> Json:
    async def heard() -> Json | None:
        said = [each for each in await look() if ("thread_ts" in each) is threads]
        return next((each for each in said if words in each["text"]), None)

    return await until(heard)


async def modal(system: System, user: str, channel: str = APPROVALS) -> Json:
    """Wait for the form that opened for this person."""

    async def opened() -> Json | None:
        found: Json | None = (await system.look("screen", user=user, channel=channel))["modal"]
        return found or None

    return await until(opened)


async def shown(system: System, user: str, words: str) -> Json:
    """Wait until the form that is open for this person says this."""

    async def found() -> Json | None:
        view = await modal(system, user)
        return view if words in str(view["blocks"]) else None

    return await until(found)


async def fill_in(system: System, user: str, **values: str) -> None:
    """Fill the open form in and submit it."""
    view = await modal(system, user)
    fields = {f"field:{name}": {"value": value} for name, value in values.items()}
    sent = await system.act("submit", user=user, view_id=view["id"], values=fields)
    assert sent["delivered"] == "ok", sent


async def drained(system: System) -> None:
    """Wait until the bot has nothing left to do, and nothing to say of it."""

    async def silent() -> bool:
        return [0, 0] == [await system.redis("XLEN", queue) for queue in (JOBS, OUTBOX)]

    await until(silent)
