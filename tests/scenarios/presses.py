"""Finds the cards of requests and presses their buttons, as people do."""

import json
import re
from collections.abc import Awaitable, Callable
from typing import Final
from urllib.parse import urlencode

from sandbox import company
from tests.scenarios.signed import post, sign
from tests.scenarios.system import MIA, PATIENCE, TOM, Json, System, until

APPROVALS: Final = "C0APPROVE"
SAM: Final = "U0SAM0001"
BEN: Final = "U0BEN0001"
JOBS: Final = "{keysmith}:errands"
OUTBOX: Final = "{keysmith}:outbox"
QUEUES: Final = (
    JOBS,
    "{keysmith}:jobs-reserved",
    OUTBOX,
    "{keysmith}:outbox-security",
    "{keysmith}:notices",
    "{keysmith}:answers",
)
INDEXES: Final = ("{keysmith}:requests-pending", "{keysmith}:requests-closed")
REQUEST: Final = 'request staging {name} --reason "builds of the shop"'


def direct(user: str) -> str:
    """Give the id of a person's direct conversation with the bot."""
    return f"D{user[1:]}"


async def from_bot(system: System, user: str, channel: str) -> list[Json]:
    """List the bot's messages in a channel, as this person sees them."""
    return [each for each in await system.messages(user, channel) if "bot" in each]


async def cards(system: System, name: str, user: str = TOM) -> list[Json]:
    """List the cards about a key of this name."""
    messages = await from_bot(system, user, APPROVALS)
    posted = [each for each in messages if "thread_ts" not in each and not each["ephemeral"]]
    named = re.compile(rf"(^|: ){re.escape(name)} (in|\()", re.MULTILINE)
    return [each for each in posted if named.search(each["text"])]


async def card(system: System, name: str, words: str = "", user: str = TOM) -> Json:
    """Wait for the card about a key of this name to contain this text."""

    async def found() -> Json | None:
        posted = await cards(system, name, user)
        return posted[0] if posted and words in posted[0]["text"] else None

    return await until(found)


async def ask(system: System, text: str, user: str = MIA) -> str:
    """Send a command that needs approval; gives the request's id."""
    answer: str = (await system.send(text, user))["text"]
    assert "/cld cancel " in answer, answer
    return await whole_id(system, answer.partition("/cld cancel ")[2].split()[0])


async def whole_id(system: System, shown: str) -> str:
    """Find the id whose beginning a person reads, as the store has it."""
    stored = [await system.redis("ZRANGE", each, "0", "-1") for each in INDEXES]
    ids: list[str] = [id_.decode() for each in stored if isinstance(each, list) for id_ in each]
    (found,) = [each for each in ids if each.startswith(shown)]
    return str(found)


def button(message: Json, verb: str) -> tuple[str, str]:
    """Give the block and action ids of a button on a message."""
    found = [
        (block["block_id"], element["action_id"])
        for block in message["blocks"]
        for element in block.get("elements", [])
        if element.get("type") == "button" and f":{verb}" in element["action_id"]
    ]
    assert found, f"no button {verb} on: {message['text']}"
    return found[0]


def request_on(message: Json, verb: str) -> str:
    """Give the id of the request that a card's button names."""
    return button(message, verb)[1].rpartition(":")[2]


async def click(
    system: System, user: str, message: Json, verb: str, channel: str = APPROVALS
) -> Json:
    """Press a button of the card as it is then; gives the result of Slack's delivery.

    The bot may draw the card again between the look and the press: then the person presses again.
    """

    async def press() -> Json | None:
        seen = await from_bot(system, user, channel)
        current = next((each for each in seen if each["ts"] == message["ts"]), message)
        block_id, action_id = button(current, verb)
        where = {"channel": channel, "message_ts": message["ts"]}
        try:
            return await system.act(
                "click", user=user, block_id=block_id, action_id=action_id, **where
            )
        except AssertionError as error:
            if "no element" not in str(error):
                raise
            return None

    return await until(press)


async def signed_press(
    system: System,
    user: str,
    message: Json,
    verb: str,
    *,
    at: float | None = None,
    forged: dict[str, str] | None = None,
) -> tuple[int, str]:
    """Send a press as Slack does, signed at a chosen time; `forged` replaces headers.

    Gives the status and text of the bot's answer.
    """
    block_id, action_id = button(message, verb)
    element = next(
        each
        for block in message["blocks"]
        for each in block.get("elements", [])
        if each.get("action_id") == action_id
    )
    action = {"type": "button", "block_id": block_id} | {
        name: element[name] for name in ("action_id", "value")
    }
    body = {
        "type": "block_actions",
        "team": {"id": company.TEAM_ID},
        "user": {"id": user, "team_id": company.TEAM_ID},
        "channel": {"id": APPROVALS},
        "trigger_id": f"1.2.{message['ts']}",
        "response_url": f"{system.twins.at.slack}/response/nowhere",
        "actions": [action],
    }
    form = urlencode({"payload": json.dumps(body)}).encode()
    return await post(system, form, sign(system, form, at) | (forged or {}))


async def answers(system: System, user: str, channel: str = APPROVALS) -> list[str]:
    """List the texts of ephemeral messages to this person in a channel."""
    return [each["text"] for each in await from_bot(system, user, channel) if each["ephemeral"]]


async def pressed(
    system: System, user: str, message: Json, verb: str, channel: str = APPROVALS
) -> Json:
    """Press a button, and wait for the answer to this person."""
    return await system.answer(await click(system, user, message, verb, channel), user, channel)


async def notified(system: System, user: str, words: str) -> Json:
    """Wait for a direct message of the bot with this text."""
    return await _message_with(words, lambda: from_bot(system, user, direct(user)))


async def in_thread(system: System, words: str, user: str = TOM) -> Json:
    """Wait for a message with this text in a card's thread."""
    return await _message_with(words, lambda: from_bot(system, user, APPROVALS), threads=True)


async def _message_with(
    words: str, look: Callable[[], Awaitable[list[Json]]], *, threads: bool = False
) -> Json:
    async def found() -> Json | None:
        messages = [each for each in await look() if ("thread_ts" in each) is threads]
        return next((each for each in messages if words in each["text"]), None)

    return await until(found)


async def modal(system: System, user: str, channel: str = APPROVALS) -> Json:
    """Wait for the modal that is open for this person."""

    async def opened() -> Json | None:
        found: Json | None = (await system.look("screen", user=user, channel=channel))["modal"]
        return found or None

    return await until(opened)


async def shown(system: System, user: str, words: str, channel: str = APPROVALS) -> Json:
    """Wait until the modal that is open for this person contains this text."""

    async def found() -> Json | None:
        view = await modal(system, user, channel)
        return view if words in str(view["blocks"]) else None

    return await until(found)


async def filled(system: System, user: str, view: Json, **values: str) -> Json:
    """Give what a person fills in; they search a menu for a text and choose what it offers first.

    A menu of people or times takes the value itself.
    """
    elements = {it["block_id"]: it["element"] for it in view["blocks"] if it["type"] == "input"}
    chosen: Json = {}
    for name, value in values.items():
        block, kind = f"field:{name}", elements[f"field:{name}"]["type"]
        at = {"user": user, "view_id": view["id"], "block_id": block, "action_id": "value"}
        text = value
        if kind.endswith("external_select"):
            text = (await system.act("suggest", **at, value=value))["options"][0]["value"]
        chosen[block] = {"value": [text] if kind.startswith("multi_") else text}
    return chosen


async def fill_in(system: System, user: str, *, channel: str = APPROVALS, **values: str) -> Json:
    """Fill in the open modal and submit it; gives the result of Slack's delivery."""
    view = await modal(system, user, channel)
    chosen = await filled(system, user, view, **values)
    sent = await system.act("submit", user=user, view_id=view["id"], values=chosen)
    assert sent["delivered"] == "ok", sent
    return sent


async def drained(system: System) -> None:
    """Wait until nothing is on its way to Slack or Cloudinary, so that nothing comes late."""
    async with system.connected() as redis:

        async def empty() -> bool:
            return not any([await redis.xlen(queue) for queue in QUEUES])

        await until(empty, 3 * PATIENCE)


COMPARED_NEXT: Final = "{keysmith}:keys-next"
NEVER: Final = "99999999999"
"""Seconds: no comparison of keys falls into a test that is about something else."""


async def fresh(system: System) -> None:
    """Reset a system that earlier tests used to its seed, once what they began is over."""
    await drained(system)
    await system.redis("SET", COMPARED_NEXT, NEVER)  # what a reset changes would be told as drift
    await system.act("reset")
    await system.cloudinary("reset", "POST")
    await system.refill()
