"""The whole life of keys, against what must hold whatever happens.

Commands of people, leaks, changes in the Console, faults and time come in any order. What Keysmith
itself did at the fake Cloudinary is judged after each.
"""

import asyncio
import os
from collections import Counter
from collections.abc import Callable, Coroutine
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final, TypeVar

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from bot.adapters.cedar.policy import SHIPPED, CedarPolicy
from bot.domain.commands.rotations import TYPED
from bot.domain.drift import Drifted
from bot.domain.drift_reports import DriftReport
from bot.domain.environments import Environment
from bot.domain.incidents import News
from bot.domain.keys import Key, signer
from bot.domain.outcomes.bulk import BulkPreviewed, OffboardPreviewed
from bot.domain.pending import PendingState
from bot.domain.people import Actor, Role
from bot.domain.requests.machine import Request, State
from bot.domain.requests.notifications import Audience, Topic
from bot.domain.rotation import ACTING, SOAK, By, Phase, Step, allows
from bot.domain.verification import Empty, Intact, verify
from bot.errors import StoreError, Unavailable
from bot.flows.requests.execute import SOAK as DELETION_SOAK
from tests.fakes.audit_log import KEY
from tests.fakes.cloudinary import FakeAccount
from tests.fakes.hasty_loop import HastyLoop
from tests.flows.failing_fakes import Crash
from tests.flows.harness import ADMIN, BILLING, CHIEF, COLLEAGUE, DEV, PROD, TECH
from tests.flows.living import CHANGES, STORES, Act, Living

T = TypeVar("T")

ROLES: Final = {
    TECH: Role.TECHNICAL_ADMIN,
    COLLEAGUE: Role.TECHNICAL_ADMIN,
    ADMIN: Role.ADMIN,
    CHIEF: Role.MASTER_ADMIN,
    BILLING: Role.BILLING,
}
PEOPLE: Final = st.sampled_from(list(ROLES))
VOTERS: Final = (COLLEAGUE, ADMIN, CHIEF, TECH)
PLACES: Final = {DEV.id: DEV, PROD.id: PROD}
PICK: Final = st.integers(0, 11)
"""Which of what there is, counted round."""
CONFIRMED: Final = st.sampled_from([True, True, False])
"""Whether a key's name is typed."""
SPANS: Final = [timedelta(**span) for span in ({"minutes": 1}, {"minutes": 10}, {"hours": 1})] + [
    timedelta(**span) for span in ({"hours": 8}, {"days": 1}, {"days": 7}, {"days": 14})
]
VERBS: Final = (
    *("enable", "disable", "delete", "restore", "webhook", "owner"),
    *("brownout", "rename", "note"),
)
ONCE: Final = frozenset(
    {
        *(Topic.DONE, Topic.FAILED, Topic.READY, Topic.CLAIMED, Topic.LAPSED, Topic.EXPIRED),
        *(Topic.CANCELLED, Topic.SOAKING, Topic.DELETED, Topic.BROWNOUT_BEGUN),
        *(Topic.BROWNOUT_OVER, Topic.VOID),
    }
)
"""What a person hears once of a request."""
FAULTS: Final = {
    "killed": (Crash(), (object,), frozenset[str]()),
    "killed at Cloudinary": (Crash(), (FakeAccount,), CHANGES),
    "cloudinary": (Unavailable("500", maybe_done=True), (FakeAccount,), CHANGES),
    "reads": (Unavailable("500", maybe_done=False), (FakeAccount,), frozenset({"keys", "ping"})),
    "redis": (StoreError("away"), STORES, frozenset[str]()),
}


def _strict() -> CedarPolicy:
    with TemporaryDirectory() as directory:
        rules = Path(directory) / "rules.cedar"
        stops = '@id("key-roles-disable")\n'
        text = (SHIPPED / "keysmith.cedar").read_text(encoding="utf-8")
        assert stops in text
        rules.write_text(text.replace(stops, f'{stops}@leak("disable")\n'), encoding="utf-8")
        return CedarPolicy.load(rules)


BEGUN: Final = [
    *((), ("extend",), ("deployed",), ("deployed", "signer"), ("deployed", "signer", "rollback"))
]
"""Steps that a rotation has taken at the start."""
ANSWERS: Final = (
    *("cancel {id}", "deny {id} --reason no", "withdraw {id}", "result {id} broke"),
    *("result {id} fine", "renew {id} --reason more --expires 7d", "review {id} --comment seen"),
)
STRICT: Final = _strict()
"""The shipped policy, except that Keysmith disables what leaks by itself."""


class Life(RuleBasedStateMachine):
    """Two environments without a root key, people, and all that may happen to their keys."""

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner(loop_factory=HastyLoop)
        self.world = Living()
        self.judged = 0
        self.names = 0
        self.reports = 0
        for place in PLACES.values():
            self.world.account.add_environment(place)
        for name in ("ci-bot", "uploader"):
            self.world.account.add_key(DEV.id, name)
            self.world.clock.go_on(minutes=1)
        self.world.account.add_key(PROD.id, "shop-web")
        for actor, role in ROLES.items():
            self.world.add_member(actor, role)
        self.world.clock.go_on(days=1)

    def teardown(self) -> None:
        """Let everything answer at the end: nothing stays half done."""
        try:
            self.settle()
            self.judge()
        finally:
            self.runner.close()

    def run(self, work: Coroutine[object, object, T]) -> T:
        """Run what is asynchronous, without its pauses."""
        return self.runner.run(work)

    def say(self, who: Actor, text: str) -> None:
        """Type a command."""
        self.run(self.world.typed(who, text))

    @property
    def keys(self) -> list[tuple[str, Key]]:
        """Every key, with its environment."""
        return [(place, key) for place in PLACES for key in self.world.watched.there(place)]

    def new_name(self) -> str:
        """A name that nothing has."""
        self.names += 1
        return f"key-{self.names}"

    @initialize(
        strict=st.booleans(),
        pinned=st.booleans(),
        soaked=st.booleans(),
        younger=st.sampled_from([False, False, True]),
        which=st.integers(0, 1),
        begun=st.sampled_from(BEGUN),
    )
    def begin(
        self,
        which: int,
        begun: tuple[str, ...],
        *,
        strict: bool,
        pinned: bool,
        soaked: bool,
        younger: bool,
    ) -> None:
        """Compare the keys once; perhaps a rotation or a key is on its way already.

        A `younger` key of the Console signs webhooks while the owner of an older one collects it.
        """
        self.world.policy = STRICT if strict else self.world.policy
        self.world.rebuild()
        old = self.world.watched.there(DEV.id)[which]
        if pinned:
            self.world.watched.edit(DEV.id, Drifted.PINNED, old)
        self.run(self.world.compared())
        self.world.clock.go_on(hours=1)
        if begun:
            self.say(TECH, f"key rotate key:{old.api_key} --env shop-dev")
            self.collect(0)
        for step in begun:
            self.step(0, Step(step), TECH, confirmed=True)
        if soaked and begun and begun[-1] in {"deployed", "signer"}:
            self.wait(SOAK)
        if younger:
            self.create(TECH, DEV, ends=False)
            former = [key for key in self.world.watched.there(DEV.id) if key.enabled]
            self.edit(Drifted.CREATED, 0)
            for key in former:
                self.world.watched.edit(DEV.id, Drifted.DISABLED, key)
            self.collect(0)

    @rule(verb=st.sampled_from(VERBS), which=PICK, who=PEOPLE, confirmed=CONFIRMED)
    def change(self, verb: str, which: int, who: Actor, *, confirmed: bool) -> None:
        """Change a key, with its name typed or not."""
        if not self.keys:
            return
        place, key = self.keys[which % len(self.keys)]
        more = {"brownout": "--for 10m", "note": '"builds"', "rename": self.new_name()}
        more |= {"owner": f"<@{COLLEAGUE.user_id}>"}
        text = f"key {verb} key:{key.api_key} {more.get(verb, '')} --env {PLACES[place].cloud_name}"
        typed = confirmed and verb not in {"owner", "note", "rename"}
        self.say(who, f"{text} --confirm {key.label}" if typed else text)

    @rule(who=PEOPLE, place=st.sampled_from(list(PLACES.values())), ends=st.booleans())
    def create(self, who: Actor, place: Environment, *, ends: bool) -> None:
        """Create a key, or request one where that is needed."""
        name, expires = self.new_name(), "--expires 7d" if ends else ""
        if who == BILLING:
            self.say(who, f"request {place.cloud_name} {name} --reason builds {expires}")
        else:
            self.say(who, f"key create {name} --env {place.cloud_name} {expires}")

    @rule(which=PICK, who=PEOPLE, leaked=st.booleans(), confirmed=CONFIRMED)
    def rotate(self, which: int, who: Actor, *, leaked: bool, confirmed: bool) -> None:
        """Begin a rotation."""
        if not self.keys:
            return
        place, key = self.keys[which % len(self.keys)]
        text = f"key rotate key:{key.api_key} --env {PLACES[place].cloud_name}"
        text += " --compromised" if leaked else ""
        self.say(who, f"{text} --confirm {key.label}" if confirmed else text)

    @rule(verb=st.sampled_from(["rotate", "delete", "disable"]), who=PEOPLE)
    def change_many(self, verb: str, who: Actor) -> None:
        """Change every key of an environment that is a day old."""
        self.say(who, f"key {verb} --env shop-dev --stale 1d")
        if isinstance(self.world.last, BulkPreviewed):
            self.say(who, f"key {verb} --resume {self.world.last.bulk.id}")

    @rule(who=PEOPLE, leaves=st.sampled_from([TECH, COLLEAGUE, BILLING]))
    def offboard(self, who: Actor, leaves: Actor) -> None:
        """Ask to end everything that a person has, and let others approve that."""
        text = f"user offboard @{leaves.user_id}"
        self.say(who, text)
        if isinstance(self.world.last, OffboardPreviewed):
            self.say(who, f"{text} --list {self.world.last.bulk.id} --reason left")
            self.approve(0, 3)

    @rule(which=PICK, votes=st.integers(1, 3))
    def approve(self, which: int, votes: int) -> None:
        """Let some people approve a request."""
        waiting = [it for it in self.world.every if it.state is State.PENDING]
        for who in VOTERS[: votes + 1] if waiting else ():
            self.say(who, f"approve {waiting[which % len(waiting)].id}")

    @rule(which=PICK, act=st.sampled_from(ANSWERS), who=PEOPLE)
    def answer(self, which: int, act: str, who: Actor) -> None:
        """Press another button of a request's card."""
        every = self.world.every
        if every:
            self.say(who, act.format(id=every[which % len(every)].id))

    @rule(which=PICK)
    def collect(self, which: int) -> None:
        """Let an owner take their link and open it."""
        waiting = [it for it in self.world.credentials if it.state is PendingState.WAITING]
        if waiting:
            mine = waiting[which % len(waiting)]
            self.say(mine.owner, f"claim {mine.id}")
            self.reveal(0)
            for _ in range(2):
                self.run(self.world.looked())

    @rule(which=PICK)
    def reveal(self, which: int) -> None:
        """Open a link, the newest first."""
        urls = self.world.urls[::-1]
        if urls:
            self.run(self.world.revealed(urls[which % len(urls)]))

    @rule(which=PICK, number=PICK, who=PEOPLE, confirmed=CONFIRMED)
    def steer(self, which: int, number: int, who: Actor, *, confirmed: bool) -> None:
        """Take a step that a rotation has, most of the time."""
        running = [it for it in self.world.every if it.rotates]
        if running:
            rotation = running[which % len(running)].rotation
            open_ = [it for it in TYPED if rotation and allows(rotation, it, By.PERSON)]
            steps = open_ if open_ and number else TYPED
            self.step(which, steps[number % len(steps)], who, confirmed=confirmed)

    def step(self, which: int, step: Step, who: Actor, *, confirmed: bool) -> None:
        """Take this step of a rotation."""
        running = [it for it in self.world.every if it.rotates]
        if running:
            one = running[which % len(running)]
            more = f"--confirm {one.terms.name}" if confirmed else ""
            self.say(who, f"rotation {one.id} {step} {more}")

    @rule(which=PICK, who=st.sampled_from(["", *ROLES]))
    def leak(self, which: int, who: Actor | str) -> None:
        """Let a scanner report a key's real secret; a person settles it, perhaps."""
        if not self.keys:
            return
        place, key = self.keys[which % len(self.keys)]
        if isinstance(who, Actor):
            settle = "review" if which % 2 else "dismiss"
            self.say(who, f"leak {settle} {key.api_key} --env {PLACES[place].cloud_name}")
            return
        self.reports += 1
        self.run(self.world.survived(self.world.leaks(PLACES[place], key, f"{self.reports}.txt")))

    @rule(what=st.sampled_from(list(Drifted)), which=PICK)
    def edit(self, what: Drifted, which: int) -> None:
        """Change a key in the Console."""
        if self.keys:
            place, key = self.keys[which % len(self.keys)]
            self.world.clock.go_on(minutes=1)
            self.world.watched.edit(place, what, key, self.new_name())
            self.world.clock.go_on(minutes=1)

    @rule(span=st.sampled_from(SPANS))
    def wait(self, span: timedelta) -> None:
        """Let time pass; the timers look."""
        self.world.clock.at += span
        self.run(self.world.looked())

    @rule()
    def compare(self) -> None:
        """Compare the keys with their records."""
        self.run(self.world.compared())

    @rule(kind=st.sampled_from(sorted(FAULTS)), at=st.integers(1, 25), after=st.booleans())
    def fail(self, kind: str, at: int, *, after: bool) -> None:
        """Let one of the next calls fail."""
        faults = self.world.faults
        faults.error, faults.of, faults.only = FAULTS[kind]
        faults.arm(1 + at % 3 if faults.only else at, after=after)

    @rule()
    def take_over(self) -> None:
        """Let another process run what those left that died."""
        self.run(self.world.taken_over())

    @rule(who=st.sampled_from([TECH, COLLEAGUE]), down=st.booleans())
    def demote(self, who: Actor, *, down: bool) -> None:
        """Take a person's role, or give it back."""
        self.world.add_member(who, Role.BILLING if down else ROLES[who])

    @rule()
    def settle(self) -> None:
        """Let everything answer, and the timers look: no rotation stays in the middle of a step."""
        self.run(self.world.settled())
        acting = [it for it in self.world.every if it.rotates and _phase(it) in ACTING]
        assert not acting, acting
        assert not self.run(self.world.store.half_open(self.world.clock.now()))
        log = self.world.log
        head = self.run(log.head())
        records = self.run(log.newest(head.seq, head.seq))[::-1]
        assert isinstance(verify(records, head, [KEY]), Intact if records else Empty)

    @invariant()
    def judge(self) -> None:
        """What Keysmith did since the last time, each by itself; then what there is."""
        acts = self.world.watched.acts
        for act in acts[self.judged :]:
            self._leaves_an_enabled_key(act)
            self._moves_no_signer_untold(act)
            self._deletes_after_the_soak(act)
        self.judged = len(acts)
        self._only_what_was_claimed_works()

    def _leaves_an_enabled_key(self, act: Act) -> None:
        had = [key for key in act.before if key.enabled]
        if had and not any(key.enabled for key in act.after):
            assert _confirmed(act) or self._takes_back(act), act

    def _moves_no_signer_untold(self, act: Act) -> None:
        old, new = signer(act.before), signer(act.after)
        if old is None or (new and new.api_key == old.api_key):
            return
        moved = (old.api_key, new.api_key if new else "")
        said = [it.terms.signer for it in self.world.every if it.id == act.job]
        told = any(it and (it.old, it.new) == moved for it in said)
        assert _confirmed(act) or told or self._takes_back(act) or self._hands_on(act, moved), act

    def _takes_back(self, act: Act) -> bool:
        """Whether it disables what was enabled for a page, which did not get the credentials."""
        waits = [it for it in self.world.credentials if it.api_key == act.api_key]
        return act.what == "disable" and any(it.state is not PendingState.CLAIMED for it in waits)

    def _hands_on(self, act: Act, moved: tuple[str, str]) -> bool:
        """Whether a rotation moves the signer between its two keys, or a brown-out gives it back.

        Both said so before: the rotation when a person confirmed it, the brown-out on its card.
        """
        for each in self.world.every:
            pair = (each.terms.key, each.made)
            if each.rotation and each.rotation.moved and moved in {pair, pair[::-1]}:
                return True
            dark = each.brownout and each.terms.signer
            if dark and dark.old == act.api_key == moved[1] and act.what == "enable":
                return True
        return False

    def _deletes_after_the_soak(self, act: Act) -> None:
        if act.what != "delete":
            return
        rotations = [it for it in self.world.every if it.rotation]
        successors = [it for it in rotations if it.terms.rotation and act.api_key == it.made]
        if any(_phase(it) in {Phase.ABORTING, Phase.ABORTED} for it in successors):
            old = {it.terms.key for it in successors}
            works = any(key.enabled for key in act.after if key.api_key in old)
            assert works or not self._was_claimed(act.api_key), act
            return
        over = {Phase.DELETING, Phase.NAMING, Phase.DONE}
        rotated = any(it.terms.key == act.api_key and _phase(it) in over for it in rotations)
        soak = SOAK if rotated else DELETION_SOAK
        assert act.dark_since is not None, act
        assert act.at - act.dark_since >= soak, act

    def _was_claimed(self, api_key: str) -> bool:
        found = [it for it in self.world.credentials if it.api_key == api_key]
        return any(it.state is PendingState.CLAIMED for it in found)

    def _only_what_was_claimed_works(self) -> None:
        account = self.world.watched
        for _, key in self.keys:
            if key.api_key in account.made and key.enabled:
                elsewhere = account.edits[Drifted.ENABLED, key.api_key]
                opening = key.api_key in self.world.store.opening
                assert elsewhere or opening or self._was_claimed(key.api_key), key

    @invariant()
    def nothing_is_told_twice(self) -> None:
        """Of a request to a person, of an incident, or of a change in the Console."""
        said = Counter(
            (it.request_id, it.audience, it.topic, it.to)
            for it in self.world.requests.notifications
            if it.topic in ONCE and it.audience is not Audience.CARD
        )
        assert all(count == 1 for count in said.values()), said.most_common(1)
        leaks = Counter(
            (it.text, it.audience, it.to)
            for it in self.world.incidents.notifications
            if it.text.split()[1] not in {News.REMINDER, News.REVIEW}
        )
        assert all(count <= self.reports for count in leaks.values()), leaks.most_common(1)
        seen = Counter(
            (drift.what, drift.api_key)
            for it in self.world.records.told
            if it.topic is Topic.DRIFT and it.audience is Audience.SECURITY
            for drift in DriftReport.read(it.text).drifts
        )
        edits = self.world.watched.edits
        assert all(count <= edits[each] for each, count in seen.items()), (seen, edits)


def _phase(request: Request) -> Phase | None:
    return request.rotation.phase if request.rotation else None


def _confirmed(act: Act) -> bool:
    return "--confirm" in act.text


TestLife: Callable[[], object] = Life.TestCase
EXAMPLES: Final = int(os.environ.get("FUZZ_EXAMPLES", "0")) * 10 or 25
Life.TestCase.settings = settings(max_examples=EXAMPLES, stateful_step_count=30)
