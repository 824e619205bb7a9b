"""What became of each act of a soak: pure counting over what was seen."""

import json
import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import parse_qs, urlsplit

from tests.scenarios.system import Json

NAME: Final = re.compile(r"soak-([0-9]{6})")
"""The name of a key, with the number of the command that made it."""
LINK: Final = re.compile(r'http://[^\s"<>|\\]+/s/[^\s"<>|\\]+#[A-Za-z0-9_-]+')
CREATED: Final = "created"
NOT_KEPT: Final = "your command was not accepted"
"""In the ack where Redis is away: the bot acknowledges nothing then."""
CLOSING: Final = frozenset({"answered", "refused", "failed", "done"})
"""Events of the audit log that close a job."""
KINDS: Final = {
    "key:create": "creation",
    "key:request": "request",
    "decide": "approval",
    "claim": "collection",
    "link:open": "opening",
    "key:disable": "disabling",
}
"""What the audit log's actions are called here; all others are reads."""
READ: Final = "read"
AGAIN: Final = "again"
"""How the audit log's detail begins where a page read its answer again."""


@dataclass(frozen=True)
class Answer:
    """What the bot answered: its text, and its one-time link if it has one."""

    text: str
    link: str = ""


def delivery_of(body: bytes) -> tuple[str, str] | None:
    """Read a delivery of Slack: the command's text or the button's id, and where to answer."""
    form = parse_qs(body.decode(errors="replace"))
    if "payload" in form:
        payload = json.loads(form["payload"][0])
        return payload["actions"][0]["action_id"], urlsplit(payload["response_url"]).path
    if "response_url" in form:
        return form.get("text", [""])[0], urlsplit(form["response_url"][0]).path
    return None


@dataclass
class Tally:
    """The acts, as their senders and the services see them.

    An act's mark is what it is known by: a command's text, a button's id, or a link.
    """

    sent: Counter[str] = field(default_factory=Counter)
    """How many acts of each kind were tried, again and again if Slack reported a failure."""
    acks: Counter[str] = field(default_factory=Counter)
    acked: dict[str, str] = field(default_factory=dict)
    """The kind of each acknowledged act, by its mark."""
    answers: dict[str, Answer] = field(default_factory=dict)
    asked: dict[str, str] = field(default_factory=dict)
    """Which act is answered at a path."""
    created: set[int] = field(default_factory=set)
    """The commands whose answer says that the key is created."""
    seconds: list[float] = field(default_factory=list)
    """How long each acknowledged delivery waited for its ack."""
    keys: Counter[int] = field(default_factory=Counter)
    """How many keys Cloudinary has had for each command that creates one."""
    expected: dict[int, bool] = field(default_factory=dict)
    """Whether a key must be enabled, now that its story is over."""
    wrong: dict[int, bool] = field(default_factory=dict)
    """The keys that are not as expected, and whether they are enabled."""
    stuck: dict[str, str] = field(default_factory=dict)
    """The stories that never got further, with the kind of their next act."""

    def p99(self) -> float:
        """Give the 99th percentile of the acks in seconds, by the nearest rank."""
        return sorted(self.seconds)[math.ceil(0.99 * len(self.seconds)) - 1] if self.seconds else 0

    def ack(self, kind: str, mark: str) -> None:
        """Note that an act was taken: from now on it must be answered."""
        self.acks[kind] += 1
        self.acked[mark] = kind

    def answer(self, mark: str, text: str, link: str = "") -> None:
        """Note the answer to an act; a later one counts, but for a link that it lacks."""
        former = self.answers.get(mark, Answer(""))
        self.answers[mark] = Answer(text, link or former.link)
        if CREATED in text:
            self.created |= {int(number) for number in NAME.findall(text)}

    def deliver(self, body: bytes) -> str | None:
        """Note where the answer to a delivery will come; gives its mark."""
        found = delivery_of(body)
        if found:
            self.asked[found[1]] = found[0]
        return found[0] if found else None

    def see(self, path: str, body: bytes) -> None:
        """Note an answer that the bot sent to a response URL."""
        if path in self.asked:
            written = body.decode(errors="replace")
            found = LINK.search(written)
            text = str(json.loads(written).get("text", ""))
            self.answer(self.asked[path], text, found.group() if found else "")

    def not_kept(self, mark: str) -> bool:
        """Whether the answer so far is that the act is not kept."""
        return mark in self.answers and NOT_KEPT in self.answers[mark].text

    def unanswered(self) -> dict[str, str]:
        """List the acknowledged acts without any answer, with their kinds."""
        return {mark: kind for mark, kind in self.acked.items() if mark not in self.answers}

    def doubled(self) -> set[int]:
        """List the commands that created more than one key."""
        return {number for number, count in self.keys.items() if count > 1}

    def without_effect(self) -> set[int]:
        """List the commands whose answer names a key that Cloudinary has never had."""
        return self.created - set(self.keys)

    def found(self, number: int, states: list[bool]) -> None:
        """Note the keys of a command, and for each whether it is enabled."""
        self.keys[number] = max(self.keys[number], len(states))
        expected = self.expected.get(number)
        if expected is not None and any(state is not expected for state in states):
            self.wrong[number] = not expected


def kinds(entries: Iterable[Json]) -> dict[str, str]:
    """Give the kind of each job that the audit log accepted."""
    asked = (entry for entry in entries if entry["deed"] == "asked")
    return {entry["errand"]: KINDS.get(entry["action"], READ) for entry in asked}


def unclosed(entries: Iterable[Json]) -> set[str]:
    """List the jobs that the audit log accepted and never closed."""
    asked, closed = set[str](), set[str]()
    for entry in entries:
        if entry["deed"] == "asked":
            asked.add(entry["errand"])
        elif entry["deed"] in CLOSING:
            closed.add(entry["errand"])
    return asked - closed


def failed(entries: Iterable[Json]) -> set[str]:
    """List the jobs that ended as failed, although Slack and Cloudinary were never away."""
    return {entry["errand"] for entry in entries if entry["deed"] == "failed"}


def done_twice(entries: Iterable[Json]) -> dict[str, str]:
    """List the jobs that made their change twice or opened their link twice, with their kinds."""
    done = Counter(
        (entry["errand"], entry["deed"], KINDS.get(entry["action"], READ))
        for entry in entries
        if entry["deed"] == "done"
        or (entry["deed"] == "revealed" and not entry["detail"].startswith(AGAIN))
    )
    return {job: kind for (job, _, kind), times in done.items() if times > 1}


@dataclass(frozen=True)
class Sample:
    """What the system holds at one moment: bytes in memory by process, and of Redis.

    `redis` is 0 where Redis was away.
    """

    commands: int
    redis: int
    processes: Mapping[str, int]


def growth(samples: list[Sample]) -> dict[str, float]:
    """Compare the last third with the middle one: the greatest memory by process."""
    third = len(samples) // 3
    middle, last = samples[third : 2 * third], samples[2 * third :]
    names = {name for sample in samples for name in sample.processes}
    return {
        name: max(s.processes.get(name, 0) for s in last)
        / max(1, *(s.processes.get(name, 0) for s in middle))
        for name in sorted(names)
        if middle and last
    }


def bytes_per_command(samples: list[Sample]) -> float:
    """Give the bytes that Redis keeps for one command, between the first and the last sample."""
    there = [sample for sample in samples if sample.redis]
    if len(there) < 2:  # a difference needs two
        return 0.0
    first, last = there[0], there[-1]
    return (last.redis - first.redis) / max(1, last.commands - first.commands)
