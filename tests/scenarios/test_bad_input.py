"""Any input gets an answer, changes nothing and breaks nothing."""

import asyncio
import json
import os

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from bot.cards.general import general_card
from bot.cards.kit import render
from bot.domain.outcomes.general import TooFast
from bot.domain.pace import BURST
from tests.scenarios.signed import command, send
from tests.scenarios.system import System, until

TEXTS = 10_000 if "FUZZ_EXAMPLES" in os.environ else 400
AT_ONCE = 50
LONGEST = 8_000
TOO_FAST = render(general_card(TooFast(1))).text.split(".")[0]

_characters = st.characters(exclude_categories=["Cs"])
_pieces = st.one_of(
    st.text(_characters, max_size=40),
    st.sampled_from(
        [
            "key",
            "disable",
            "create",
            "explain",
            "help",
            "--env",
            "--confirm",
            "—env",
            '"',
            "'",
            "<@U0TOM0001>",
            "<!channel>",
            "<http://a.b|a.b>",
            "&lt;",
            "*b*",
            "`c`",
            "\x00",
            "\x07",
            "\u202e",
            "payload",
            "ci-bot\u200b",
            "\\",
            "=",
            "\ud83d\ude00".encode("utf-16", "surrogatepass").decode("utf-16"),
        ]
    ),
)
_texts = st.one_of(
    st.lists(_pieces, max_size=8).map(" ".join),
    st.integers(1_000, LONGEST).map(lambda size: "key disable " + "x" * size),
    st.text(_characters, min_size=1, max_size=300).map(lambda junk: f"key rename {junk}"),
)


def generated(count: int) -> list[str]:
    """Generate texts; the same count gives the same texts."""
    texts: list[str] = []

    @settings(
        max_examples=count,
        derandomize=True,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
        deadline=None,
    )
    @given(_texts)
    def collect(text: str) -> None:
        texts.append(text)

    collect()
    return texts


async def test_odd_texts_are_answered_and_change_nothing(system: System) -> None:
    """Unicode, control characters, long texts, open quotes, mentions and null bytes do no harm."""
    await system.act("tiers", burst=None)  # so many commands in a minute are not what is tested
    before, logged = await system.cloudinary("state"), len(system.bot.log)
    recorded = len(await system.audit())  # of earlier tests, whose jobs may have become requests
    slots = asyncio.Semaphore(AT_ONCE)

    async def ask(number: int, text: str) -> tuple[int, str]:
        async with slots:
            if number % (BURST // 6) == 0:  # fewer than a bucket holds, with those on their way
                await system.refill()
            return await send(system, command(system, text, trigger_id=f"1.2.{number}"))

    texts = enumerate(generated(TEXTS))
    answers = await asyncio.gather(*(ask(number, text) for number, text in texts))

    async def idle() -> bool:
        return await system.redis("XLEN", "{keysmith}:errands") == 0

    await until(idle, seconds=60)
    assert {200} == {status for status, _ in answers}
    assert all(json.loads(body)["text"] for _, body in answers if body)
    assert before["environments"] == (await system.cloudinary("state"))["environments"]
    assert not [line for line in system.bot.log[logged:].splitlines() if "Traceback" in line]
    entries = (await system.audit())[recorded:]
    asked = {e["errand"] for e in entries if e["deed"] == "asked"}
    closed = {e["errand"] for e in entries if e["deed"] in {"answered", "refused", "done"}}
    assert asked <= closed
    slowed = sum(TOO_FAST in body for _, body in answers)  # on the record once a minute
    assert len([e for e in entries if e["deed"] != "asked"]) + slowed >= TEXTS
