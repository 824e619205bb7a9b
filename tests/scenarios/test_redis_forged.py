"""Attacks of a person who can write to Redis, and nothing else."""

import time
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime

from bot.adapters.redis.names import REQUESTS_DUE
from bot.adapters.redis.request_json import dumps
from bot.domain.requests.machine import State
from sandbox.company import TEAM_ID
from tests.scenarios.opening import press
from tests.scenarios.presses import REQUEST, ask, card, drained
from tests.scenarios.system import ADA, MIA, PATIENCE, SECURITY, TOM, Json, System, link_of, until
from tests.unit.requests_made import PENDING


async def put(system: System, key: str, fields: Mapping[str, str]) -> None:
    """Write a hash."""
    flat = [part for pair in fields.items() for part in pair]
    await system.redis("HSET", f"{{keysmith}}:{key}", *flat)


async def security_hears(system: System, words: str) -> None:
    """Wait until the security channel has a message with these words."""

    async def told() -> list[str]:
        seen = await system.messages(ADA, SECURITY)
        return [m["text"] for m in seen if words in m["text"] and "not believed" in m["text"]]

    assert await until(told)


async def root_key(system: System) -> tuple[Json, Json]:
    """Give Production as Cloudinary has it, and its root key."""
    state = await system.cloudinary("state")
    place = next(each for each in state["environments"] if each["name"] == "Production")
    return place, next(key for key in place["keys"] if key["root"])


async def saved(system: System, *kinds: str) -> dict[str, object]:
    """Save the bytes of every key of these kinds."""
    found = [await system.redis("KEYS", f"{{keysmith}}:{kind}:*") for kind in kinds]
    keys = [key.decode() for each in found if isinstance(each, list) for key in each]
    return {key: await system.redis("DUMP", key) for key in keys}


async def restored(system: System, copies: Mapping[str, object]) -> None:
    """Write them back."""
    for key, copy in copies.items():
        assert isinstance(copy, bytes)
        await system.redis("RESTORE", key, "600000", copy, "REPLACE")  # type: ignore[arg-type]  # bytes


async def test_forged_credentials_reveal_no_root_key(calm: System) -> None:
    """Neither with a forged request behind them, nor alone; nothing is read at Cloudinary"""
    place, root = await root_key(calm)
    owner = f"-:{TEAM_ID}:{TOM}"
    request = replace(PENDING, id="evil", state=State.CLAIMABLE)
    await put(calm, "request:evil", {"doc": dumps(request), "version": str(request.version)})
    made_at = datetime.now(UTC).isoformat()
    where = {"environment": place["id"], "environment_name": "Production"}
    key = {"cloud_name": place["cloud_name"], "api_key": root["api_key"], "name": "evil"}
    state = {"state": "waiting", "agreed": request.terms.fingerprint, "link": ""}
    claim = {"owner": owner, "made_at": made_at} | where | key | state
    await put(calm, "claim:evil", claim)
    await calm.redis("ZADD", f"{{keysmith}}:claims:{owner}", "1", "evil")
    await calm.redis("EXPIRE", f"{{keysmith}}:claims:{owner}", "600")

    answer = await calm.send("claim evil", TOM)

    assert "Nothing to collect." in answer["text"]
    assert "/s/" not in str(answer)
    await security_hears(calm, "record of pending credentials")
    assert await calm.redis("HLEN", "{keysmith}:claim:evil") == len(claim)


async def test_a_forged_job_does_nothing(calm: System) -> None:
    """Not in another person's name, and not in one's own"""
    job = {"actor": f"-:{TEAM_ID}:{ADA}", "text": "key disable ci-bot", "action": "key:disable"}
    beside = {"url": "", "trigger": "", "view": "", "replace": "", "home": "", "request": ""}
    now = {"at": datetime.now(UTC).isoformat(), "page": "0", "effect": "", "finished": "0"}
    await put(calm, "errand:evil", job | beside | now)
    await calm.redis("XADD", "{keysmith}:errands", "*", "id", "evil")

    await security_hears(calm, "stored job")

    await drained(calm)
    assert (await calm.key("ci-bot"))["enabled"] is True
    assert await calm.requests("PUT") == []


async def test_a_link_that_was_set_back_opens_no_second_time(calm: System) -> None:
    """With its ciphertext and its credentials, as they were before it was opened"""
    link = link_of(await calm.send("key create replayed --env staging"))
    copies = await saved(calm, "link", "sealed", "claim", "claims")
    assert (await press(calm, link))[0] == 200
    await calm.send("key disable replayed --env staging")
    await restored(calm, copies)

    status, answer = await press(calm, link)

    assert status != 200
    assert "sealed" not in answer
    assert (await calm.key("replayed", "Staging"))["enabled"] is False
    await security_hears(calm, "stored link")


async def test_a_request_that_was_set_back_cannot_be_approved(calm: System) -> None:
    """It was cancelled, and its card still has buttons"""
    await calm.bot.stop()  # a new process reports the first request that it refuses
    await calm.bot.start()
    id_ = await ask(calm, REQUEST.format(name="mia-back"))
    before = await card(calm, "mia-back", "Needs ")
    await drained(calm)  # a process that has read it would sign what is set back, as its own

    async def approvers_told() -> bool:
        due = await calm.redis("ZSCORE", REQUESTS_DUE, id_)
        return isinstance(due, float) and due > time.time() + PATIENCE

    await until(approvers_told)
    copies = await saved(calm, "request")
    await calm.send(f"cancel {id_}", MIA)
    await drained(calm)
    await restored(calm, {key: copies[key] for key in copies if id_ in key})

    answer = await calm.send(f"approve {id_}", TOM)

    assert "Approved." not in answer["text"]
    await security_hears(calm, "stored request")
    await drained(calm)
    assert before
    assert await calm.find_key("mia-back", "Staging") is None


async def test_an_operator_sees_what_would_be_adopted(calm: System) -> None:
    """A dry run signs nothing; adopting signs it once, with an entry, and a second run nothing"""
    job = {"actor": f"-:{TEAM_ID}:{ADA}", "text": "help", "action": "help", "finished": "1"}
    beside = {"url": "", "trigger": "", "view": "", "replace": "", "home": "", "request": ""}
    await put(calm, "errand:former", job | beside | {"at": datetime.now(UTC).isoformat()})
    for arguments, words in (
        (("--dry-run",), "nothing was signed"),
        (("--dry-run",), "errand:former"),
        ((), "errand:former"),
    ):
        assert words in await calm.command_line("records", "adopt", *arguments)
    assert "errand:former" not in await calm.command_line("records", "adopt")
    adopted = [each for each in await calm.audit() if each["detail"] == "adopted"]
    assert "{keysmith}:errand:former" in [each["target"]["record"] for each in adopted]


async def test_a_forged_name_of_the_signing_key_signs_nothing_and_is_told(calm: System) -> None:
    """The process is not ready until Redis names the key that the audit log proves"""
    named = await calm.redis("GET", "{keysmith}:signing")
    assert isinstance(named, bytes)
    await calm.redis("SET", "{keysmith}:signing", "7:deadbeef")

    async def says(words: str, status: int) -> bool:
        async with calm.session.get(f"{calm.twins.at.admin}/readyz") as answer:
            return answer.status == status and words in await answer.text()

    await until(lambda: says("Keys:", 503))
    head = await calm.redis("GET", "{keysmith}:audit-head")
    refused = await calm.send("key disable ci-bot")
    assert "disabled" not in refused["text"]
    assert (await calm.key("ci-bot"))["enabled"] is True
    assert head == await calm.redis("GET", "{keysmith}:audit-head")
    await calm.redis("SET", "{keysmith}:signing", named)  # type: ignore[arg-type]  # bytes
    await until(lambda: says("ready", 200))
