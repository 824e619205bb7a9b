"""A web process without the account key, and a worker without what only a web process needs."""

import re
from pathlib import Path
from typing import Final

from bot.adapters.redis.embedded import embedded_redis
from sandbox.cloudinary.app import ACCOUNT_SECRET
from sandbox.variables import variables
from tests.scenarios.opening import open_link, whose
from tests.scenarios.presses import REQUEST, ask, card, direct, notified, pressed
from tests.scenarios.processes import ROOT
from tests.scenarios.system import (
    MIA,
    PLATFORM,
    TOM,
    Bot,
    Json,
    System,
    link_of,
    running_system,
    until,
)

ACCOUNT: Final = "CLOUDINARY_ACCOUNT_URL"
OF_WEB: Final = ("SLACK_SIGNING_SECRET", "PORT")
OWN_IMPORTS: Final = f"{ROOT}/."
"""A process that shares no memory with the tests, which know the secrets."""


def worker_beside(system: System) -> Bot:
    """Build a worker, which has the account key and lacks what only a web process needs."""
    given = {name: it for name, it in system.bot.environment.items() if name not in OF_WEB}
    given[ACCOUNT] = variables(system.twins.at, system.twins.slack, "")[ACCOUNT]
    directory = system.directory / "worker"
    directory.mkdir()
    return Bot(given | {"ADMIN_PORT": "0"}, directory, ("worker",))


def memory_of(bot: Bot) -> bytes:
    """Read all that a process holds in memory, and its environment."""
    assert bot.process
    place = Path(f"/proc/{bot.process.pid}")
    found = [(place / "environ").read_bytes()]
    with (place / "mem").open("rb", buffering=0) as memory:
        for line in (place / "maps").read_text().splitlines():
            mapped = re.match(r"([0-9a-f]+)-([0-9a-f]+) rw", line)
            if mapped:
                start, end = (int(each, 16) for each in mapped.groups())
                memory.seek(start)
                found.append(memory.read(end - start))
    return b"".join(found)


async def home_of(system: System, user: str) -> Json | None:
    """Give a person's App Home, once it is drawn."""
    view: Json | None = (await system.look("screen", user=user, channel=PLATFORM))["home"]
    return view


async def test_a_web_process_without_the_account_key_serves_a_request_to_its_end(
    tmp_path: Path,
) -> None:
    """Neither the account's secret nor the key's is ever in its memory"""
    async with (
        embedded_redis(tmp_path / "redis") as url,
        running_system(
            tmp_path, arguments=("web",), without=(ACCOUNT,), REDIS_URL=url, PYTHONPATH=OWN_IMPORTS
        ) as system,
    ):
        worker = worker_beside(system)
        await worker.begin()
        try:
            await ask(system, REQUEST.format(name="mia-ci"))
            posted = await card(system, "mia-ci")
            await pressed(system, TOM, posted, "approve")
            ready = await notified(system, MIA, "The key is created")
            link = link_of(await pressed(system, MIA, ready, "claim", direct(MIA)))
            assert (await whose(system, link))[1]["owner"] == "Mia Lindqvist"
            assert not (await system.key("mia-ci", "Staging"))["enabled"]

            await system.act("home", user=MIA)
            assert "mia-ci" in str(await until(lambda: home_of(system, MIA)))

            opened = await open_link(system, link, visit="this page")

            key = await system.key("mia-ci", "Staging")
            assert opened["api_secret"] == key["api_secret"]
            assert await system.works(key, "lumen-staging")
            await notified(system, MIA, "Your link was opened.")
            web = memory_of(system.bot)
            for secret in (key["api_secret"], ACCOUNT_SECRET):
                assert secret.encode() not in web
            assert ACCOUNT_SECRET.encode() in memory_of(worker)
            entries = [it for it in await system.audit() if it["action"] == "link:open"]
            assert [it["detail"] for it in entries] == [
                *("queued", "taken up", "", "to the page that waited")
            ]
        finally:
            await worker.stop()
