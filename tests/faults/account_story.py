"""What Ada does to environments, users, groups and many keys, in parts that stand by themselves.

Code asks another admin about every change of users and groups: Sam approves each of Ada's.
`user:master_admin` is left out: it is `user:role` with a second vote, and has no effect of its own.
"""

from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from itertools import chain
from typing import Final

from tests.faults.crash_points import CrashPoints
from tests.faults.story import TIMEOUT
from tests.faults.typed_story import LIST, Line, TypedStory
from tests.scenarios.opening import open_link
from tests.scenarios.presses import direct, from_bot
from tests.scenarios.system import ADA, NIA, PLATFORM, Json, link_of, until

AT: Final = "lumen-goods.example"
BESIDE: Final = (
    *("answer", "answered", "asked", "bound", "decided", "draw", "forget", "linked", "moved"),
    *("place", "post", "requested"),
)
"""First words of the steps that are not around an effect; other stories kill at these."""


async def nothing(_: CrashPoints) -> None:
    """Most parts need nothing beside the seed."""


async def nia_has_a_key(setup: CrashPoints) -> None:
    """Nia creates a key and opens its link."""
    typed = Line("key:create", "key create nia-ci --env staging --role reports", NIA)
    await TypedStory(setup, (typed,)).run()

    async def link() -> str | None:
        seen = await setup.system.messages(NIA, PLATFORM)
        found = [it for it in seen if it["ephemeral"] and "/s/" in str(it)]
        return link_of(found[-1]) if found else None

    await open_link(setup.system, await until(link, TIMEOUT))
    await until(setup.idle, TIMEOUT)


def line(action: str, arguments: str, call: str, *, approved: bool = False) -> Line:
    """What Ada types, and its one effect."""
    text = f"{action.replace(':', ' ')} {arguments}"
    return Line(action, text, ADA, approved, ((action, call),))


voted: Final = partial(line, approved=True)
DISABLE_KEY: Final = ("key:disable", "disable key")


@dataclass(frozen=True)
class Part:
    """Some commands, and what differs at Cloudinary at the end."""

    lines: tuple[Line, ...]
    gone: tuple[str, ...] = ()
    new: tuple[str, ...] = ()
    told: int = 0
    """Direct messages about it: a request is approved, and it is done."""
    prepare: Callable[[CrashPoints], Awaitable[None]] = nothing

    @property
    def steps(self) -> list[str]:
        """Each call of Cloudinary, and what is on record before and after it."""
        seen: Counter[str] = Counter()
        steps = []
        for action, call in chain.from_iterable(each.effects or () for each in self.lines):
            for kind in (f"begun {action}", call, f"done {action}"):
                seen[kind] += 1
                steps.append(kind if seen[kind] == 1 else f"{kind} {seen[kind]}")
        return steps


PARTS: Final = {
    "environments": Part(
        (
            line("env:create", '"Shop preview"', "create environment"),
            line("env:rename", '"Shop preview" "Shop staging"', "change environment"),
        ),
        new=("environment Shop staging True", "key Shop staging None True"),
    ),
    "environments switched": Part(
        (
            line("env:disable", "Development --confirm Development", "change environment"),
            line("env:enable", "Development", "change environment"),
        ),
    ),
    "users": Part(
        (
            voted("user:add", f"new@{AT} --role reports --env Staging", "invite user"),
            voted("user:remove", f"lea@{AT} --confirm lea@{AT}", "remove user"),
        ),
        gone=(f"user lea@{AT} media_library_admin True all []",),
        new=(f"user new@{AT} reports True ['Staging'] []",),
        told=4,
    ),
    "users' rights": Part(
        (
            voted("user:role", f"rui@{AT} admin", "change user"),
            voted("user:envs", f"mia@{AT} Staging", "change user"),
        ),
        gone=(
            f"user mia@{AT} media_library_user True all []",
            f"user rui@{AT} reports True all []",
        ),
        new=(
            f"user mia@{AT} media_library_user True ['Staging'] []",
            f"user rui@{AT} admin True all []",
        ),
        told=4,
    ),
    "users switched": Part(
        (
            voted("user:disable", f"ben@{AT} --confirm ben@{AT}", "change user"),
            voted("user:enable", f"eli@{AT}", "change user"),
        ),
        gone=(
            f"user ben@{AT} billing True all []",
            f"user eli@{AT} technical_admin False all []",
        ),
        new=(
            f"user ben@{AT} billing False all []",
            f"user eli@{AT} technical_admin True all []",
        ),
        told=4,
    ),
    "members": Part(
        (
            voted("group:add", f"Content mia@{AT}", "add member"),
            voted("group:drop", f"Content mia@{AT}", "drop member"),
        ),
        told=4,
    ),
    "groups": Part(
        (
            voted("group:create", "Design", "create group"),
            voted("group:rename", "Design Designers", "rename group"),
            voted("group:remove", "Content --confirm Content", "remove group"),
        ),
        gone=("group Content",),
        new=("group Designers",),
        told=6,
    ),
    "keys": Part(
        (
            Line("key:disable", "key disable --env staging --stale 180d", ADA, effects=()),
            Line("key:disable", f"key disable --resume {LIST}", ADA, effects=(DISABLE_KEY,) * 2),
        ),
        gone=("key Staging e2e-tests True", "key Staging storefront-web True"),
        new=("key Staging e2e-tests False", "key Staging storefront-web False"),
        told=1,
    ),
    "offboarding": Part(
        (
            Line("user:offboard", f"user offboard nia@{AT}", ADA, effects=()),
            Line(
                "user:offboard",
                f"user offboard nia@{AT} --list {LIST} --reason left",
                ADA,
                approved=True,
                effects=(
                    ("user:disable", "change user"),
                    DISABLE_KEY,
                    ("group:drop", "drop member"),
                ),
            ),
        ),
        gone=(
            "key Staging nia-ci True",
            f"user nia@{AT} technical_admin True ['Staging', 'Development'] ['On call']",
        ),
        new=(
            "key Staging nia-ci False",
            f"user nia@{AT} technical_admin False ['Staging', 'Development'] []",
        ),
        told=3,
        prepare=nia_has_a_key,
    ),
}


def lines_of(state: Json) -> Counter[str]:
    """What Cloudinary has, one line each."""
    places = {it["id"]: it["name"] for it in state["environments"]}
    groups = {it["id"]: it["name"] for it in state["groups"]}
    emails = {it["id"]: it["email"] for it in state["users"]}
    found = Counter(f"group {it}" for it in groups.values())
    for place in state["environments"]:
        found[f"environment {place['name']} {place['enabled']}"] += 1
        for key in place["keys"]:
            found[f"key {place['name']} {key['name']} {key['enabled']}"] += 1
    for user in state["users"]:
        reached = user["environments"]
        where = "all" if reached is None else [places[it] for it in reached]
        member = [groups[it] for it in user["groups"]]
        found[f"user {user['email']} {user['role']} {user['enabled']} {where} {member}"] += 1
    for held in state["assignments"]:
        if held["principal_id"] in emails:
            found[f"role {emails[held['principal_id']]} {held['role_id']}"] += 1
    return found


async def has(setup: CrashPoints) -> Counter[str]:
    """What Cloudinary has now."""
    return lines_of(await setup.system.cloudinary("state"))


async def check(setup: CrashPoints, part: Part, before: Counter[str]) -> None:
    """Check the end: what differs at Cloudinary, what is on record, and what Ada was told."""
    await TypedStory(setup, part.lines).each_is_on_record_once()
    after = await has(setup)
    assert (Counter(part.gone), Counter(part.new)) == (before - after, after - before)
    told = [it for it in await from_bot(setup.system, ADA, direct(ADA)) if not it["ephemeral"]]
    assert part.told == len(told), told
    shown = [it for it in await from_bot(setup.system, ADA, PLATFORM) if it["ephemeral"]]
    answers = [it for it in shown if "your command was not accepted" not in it["text"]]
    changing = [it for it in part.lines if it.effects]  # a list may be shown in a form instead
    assert len(changing) <= len(answers) <= len(part.lines), answers
