"""One record of each kind that has a MAC, in Redis: how it is written, changed and read."""

import contextlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Final

from redis.asyncio import Redis

from bot.adapters.redis import names
from bot.adapters.redis.names import NOTICES
from bot.adapters.redis.own_acts import RedisOwnActs
from bot.adapters.redis.stores import Stores, open_ledger, open_stores
from bot.adapters.redis.tallies import Tally
from bot.domain.access_reviews import Review, ReviewedKey
from bot.domain.audit import AuditEvent, Entry
from bot.domain.bindings import Binding, slack_name
from bot.domain.bulk import Bulk, begin
from bot.domain.delegations import Delegation
from bot.domain.drift import Drifted, OwnAct
from bot.domain.environments import FixedTier, Tier, UnreadableTier
from bot.domain.incidents import Incident, IncidentState
from bot.domain.jobs import Job, Reply
from bot.domain.key_records import KeyRecord
from bot.domain.keys import LastChange
from bot.domain.links import SealedBundle
from bot.domain.offers import Offer
from bot.domain.pending import OwnKey, PendingCredentials
from bot.domain.people import Actor
from bot.domain.policy import AutoApproval
from bot.domain.report_schedules import ReportSchedule
from bot.domain.requests.machine import Request, State
from bot.domain.rotation_schedules import RotationSchedule
from bot.domain.secret import Secret
from bot.domain.sign_in import SignedVote
from bot.errors import AlteredRecord
from bot.flows.ports import Done
from bot.flows.request_ports import Opening
from tests.fakes.clock import FakeClock
from tests.unit.requests_made import PENDING as REQUEST

__all__ = ["REQUEST"]

KEY: Final = b"k" * 32
SPAN: Final = timedelta(hours=1)
ANN: Final = Actor("T1", "U1", "E1")
BOB: Final = Actor("T1", "U2")
AT: Final = datetime(2026, 3, 1, 12, tzinfo=UTC)
LATER: Final = datetime(2126, 3, 1, 12, tzinfo=UTC)
FIXED: Final = "A tier is fixed."
ENTRY: Final = Entry(AT, AuditEvent.DONE, "key:list", ANN)
JOB: Final = Job("1", ANN, "key list", "key:list", Reply("https://x", "V1", "t"), AT)
WAITING: Final = PendingCredentials("1", BOB, "e1", "Shop", "shop", "814", "ci-bot", AT)


@dataclass
class Storage:
    """The stores of one process, and the ids that the tests gave."""

    redis: Redis
    keys: tuple[bytes, ...] = (KEY,)
    stores: Stores = field(init=False)
    offers: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.stores = open_stores(self.redis, self.keys, link_ttl=SPAN, claim_ttl=SPAN)

    async def told(self) -> list[str]:
        """List what the security channel is told, except of tiers, as each of these is."""
        items = await self.stores.store.stream(NOTICES, "-", "+", 100)
        return [fields["text"] for _, fields in items if fields["text"] != FIXED]


async def rotated(redis: Redis, *keys: bytes) -> bool:
    """Let the newest of these keys sign, as `keys rotate` does."""
    ledger = open_ledger(redis, keys)
    await ledger.signing.look()
    return await ledger.rotate(Entry(AT, AuditEvent.ROLLED_OVER, names.ROLLED_OVER), "A new key.")


async def _add_job(storage: Storage, number: str) -> str:
    await storage.stores.jobs.accept(replace(JOB, id=number), f"d{number}", ENTRY)
    return names.job(number)


async def _begin(storage: Storage, number: str) -> None:
    await storage.stores.jobs.begin(replace(JOB, id=number), "disabled:814", ENTRY)


async def _add_change(storage: Storage, number: str, by: str = "Ann") -> str:
    job = replace(JOB, id=f"{number}{by}")
    await storage.stores.jobs.accept(job, f"d{job.id}", ENTRY)
    change = LastChange("disabled", by, AT, job.id)
    assert await storage.stores.jobs.finish(job, ENTRY, Done(number, change))
    return names.last_change(number)


async def _another_change(storage: Storage, number: str) -> None:
    await _add_change(storage, number, "Bob")


async def _last_change(storage: Storage, number: str) -> object:
    try:
        return await storage.stores.jobs.last_change(number)
    except AlteredRecord:
        return None


def _request(number: str) -> Request:
    return replace(REQUEST, id=number, terms=replace(REQUEST.terms, requester=_delegator(number)))


async def _add_request(storage: Storage, number: str) -> str:
    await storage.stores.requests.open(_request(number), ENTRY, ())
    return names.request(number)


async def _deny(storage: Storage, number: str) -> None:
    before = _request(number)
    after = replace(before, state=State.DENIED, version=before.version + 1)
    assert await storage.stores.requests.replace(before, after, ENTRY)


async def _add_pending(storage: Storage, number: str) -> str:
    await storage.stores.links.add_pending(replace(WAITING, id=number, api_key=number), ENTRY)
    return names.pending_credentials(number)


async def _revoke(storage: Storage, number: str) -> None:
    await storage.stores.links.revoke(replace(WAITING, id=number, api_key=number), ENTRY)


async def _add_link(storage: Storage, number: str) -> str:
    await _add_pending(storage, number)
    pending = replace(WAITING, id=number, api_key=number)
    bundle = SealedBundle(number, f"ciphertext {number}", "proof", Secret("key"))
    assert await storage.stores.links.put(bundle, pending, AT, ENTRY)
    return names.link(number)


async def _start(storage: Storage, number: str) -> None:
    link = await storage.stores.links.find(number)
    assert link
    assert await storage.stores.links.start(link, AT, ENTRY)


async def _add_owner(storage: Storage, number: str) -> str:
    await _add_pending(storage, number)
    return names.owner(number)


async def _owned(storage: Storage, number: str) -> object:
    found = await storage.stores.links.owner_of(number)
    if found:
        assert found in await storage.stores.links.keys_of(found.owner)
    return found


async def _assign(storage: Storage, number: str) -> None:
    record = KeyRecord(number, "e1", "ci-bot", enabled=True, first_seen_at=AT, seen_at=AT)
    own = OwnKey(ANN, "e1", number, (BOB,))
    assert await storage.stores.records.replace(None, record, ENTRY, own=own)


async def _add_record(storage: Storage, number: str) -> str:
    record = KeyRecord(number, "e1", "ci-bot", enabled=True, first_seen_at=AT, seen_at=AT)
    assert await storage.stores.records.replace(None, record, ENTRY)
    return names.key_record(number)


def _begun(number: str) -> Review:
    key = ReviewedKey("814", "ci-bot", "e1", "Shop", "shop", owner=ANN, asked=ANN)
    return Review(number, ANN, "Ann", AT, (f"e{number}",), (key,))


async def _review(storage: Storage, number: str) -> str:
    assert await storage.stores.reviews.add(_begun(number), ENTRY, [])
    return names.access_review(number)


async def _remind(storage: Storage, number: str) -> None:
    before = _begun(number)
    after = replace(before, reminded=1, version=2)
    assert await storage.stores.reviews.replace(before, after, ENTRY)


async def _schedule(storage: Storage, number: str) -> str:
    first = ReportSchedule(number, ANN, AT, AT, "j1")
    assert await storage.stores.schedules.replace(number, None, first, ENTRY)
    return names.report_schedule(number)


async def _move_on(storage: Storage, number: str) -> None:
    schedules = storage.stores.schedules
    before = await schedules.find(number)
    assert before
    assert await schedules.replace(number, before, before.later(AT), ENTRY)


async def _every(storage: Storage, number: str) -> str:
    first = RotationSchedule(number, "e1", timedelta(days=90), ANN, AT, AT, "j1")
    assert await storage.stores.rotation_schedules.replace(number, None, first, ENTRY)
    return names.rotation_schedule(number)


async def _put_off(storage: Storage, number: str) -> None:
    schedules = storage.stores.rotation_schedules
    before = await schedules.find(number)
    assert before
    assert await schedules.replace(number, before, before.later("j2", AT), ENTRY)


async def _note(storage: Storage, number: str) -> None:
    before = await storage.stores.records.find(number)
    assert before
    assert await storage.stores.records.replace(before, replace(before, purpose="CI"), ENTRY)


async def _record(storage: Storage, number: str) -> object:
    found = await storage.stores.records.find(number)
    assert (await storage.stores.records.find_many([number, "0"])).get(number) == found
    assert found in {None, *await storage.stores.records.listed(0, 100)}
    return found


def _delegator(number: str) -> Actor:
    return Actor("T1", f"U{number}")


async def _add_delegation(storage: Storage, number: str) -> str:
    delegation = Delegation(_delegator(number), BOB, LATER, "Bob", "j1", AT)
    assert await storage.stores.delegations.replace(None, delegation, ENTRY, FIXED)
    return names.delegation(delegation.by)


async def _end_delegation(storage: Storage, number: str) -> None:
    before = await storage.stores.delegations.find(_delegator(number))
    assert before
    ended = replace(before, to=None, job="j2")
    assert await storage.stores.delegations.replace(before, ended, ENTRY, FIXED)


async def _delegators(storage: Storage, number: str) -> object:
    by = _delegator(number)
    found = await storage.stores.delegations.current(AT)
    return next((each.by for each in found if each.by == by), None)


async def _add_offer(storage: Storage, number: str) -> str:
    (storage.offers[number],) = await storage.stores.offers.make([Offer(ANN, f"key show {number}")])
    return names.offer(storage.offers[number])


def _binding(number: str, at: datetime = AT) -> Binding:
    return Binding(slack_name(_delegator(number)), f"c{number}", at)


async def _bind(storage: Storage, number: str) -> str:
    assert await storage.stores.bindings.bind(_binding(number), ENTRY)
    return names.binding(_binding(number).slack)


async def _bind_of(storage: Storage, number: str) -> str:
    await _bind(storage, number)
    return names.binding_of(f"c{number}")


async def _link(storage: Storage, number: str) -> None:
    before = await storage.stores.bindings.bound(_delegator(number), f"c{number}")
    assert await storage.stores.bindings.link(_binding(number, LATER), before, ENTRY)


async def _own(storage: Storage, number: str) -> object:
    return (await storage.stores.bindings.bound(_delegator(number), "")).own


async def _holder(storage: Storage, number: str) -> object:
    other = Actor("T1", "UOTHER")
    return (await storage.stores.bindings.bound(other, f"c{number}")).holder


async def _fix_tier(storage: Storage, number: str) -> str:
    tier = FixedTier(Tier.PRODUCTION, ANN, "Ann", AT, "j1")
    assert await storage.stores.tiers.fix(number, None, tier, ENTRY, FIXED)
    return names.tier(number)


async def _fix_again(storage: Storage, number: str) -> None:
    before = (await storage.stores.tiers.stored([number]))[number]
    assert isinstance(before, FixedTier)
    after = replace(before, tier=Tier.STAGING, version=before.version + 1)
    assert await storage.stores.tiers.fix(number, before, after, ENTRY, FIXED)


async def _tier(storage: Storage, number: str) -> object:
    found = (await storage.stores.tiers.stored([number])).get(number)
    return None if isinstance(found, UnreadableTier) else found


async def _add_bulk(storage: Storage, number: str) -> str:
    assert await storage.stores.bulks.add(Bulk(number, ANN, "", AT, ()), ENTRY)
    return names.bulk(number)


async def _begin_bulk(storage: Storage, number: str) -> None:
    before = await storage.stores.bulks.load(number)
    assert before
    assert await storage.stores.bulks.replace(before, begin(before, "j1"), ENTRY, told=False)


def _requested(number: str, id_: str, state: State = State.PENDING) -> Request:
    approval = replace(REQUEST.approval, auto=AutoApproval(9, date(2999, 1, 1)))
    return replace(_request(number), id=id_, state=state, approval=approval)


async def _wait(storage: Storage, number: str, more: str = "") -> str:
    request = _requested(number, f"{number}{more}")
    assert Opening.OPENED is await storage.stores.requests.open(request, ENTRY, ())
    return names.waiting_of(_delegator(number))


async def _wait_again(storage: Storage, number: str) -> None:
    await _wait(storage, number, "again")


async def _spend(storage: Storage, number: str, more: str = "") -> str:
    request = _requested(number, f"{number}{more}", State.APPROVED)
    opened = await storage.stores.requests.open(request, ENTRY, (), None, ["rule"])
    assert Opening.OPENED is opened
    return names.budget(_delegator(number), "rule")


async def _spend_again(storage: Storage, number: str) -> None:
    await _spend(storage, number, "again")


def _until(found: Tally | None) -> object:
    return found and found.until


async def _waiting(storage: Storage, number: str) -> object:
    key = names.waiting_of(_delegator(number))
    return _until(await storage.stores.requests.tallies.read(key, REQUEST.asked_at))


async def _spent(storage: Storage, number: str) -> object:
    key = names.budget(_delegator(number), "rule")
    return _until(await storage.stores.requests.tallies.read(key, REQUEST.asked_at))


def _incident(number: str) -> Incident:
    return Incident(f"814{number}", AT, AT, marks=("m",), version=1)


async def _report(storage: Storage, number: str) -> str:
    assert await storage.stores.incidents.write(None, _incident(number), ENTRY)
    return names.incident(_incident(number).api_key)


async def _dismiss(storage: Storage, number: str) -> None:
    before = _incident(number)
    after = replace(before, state=IncidentState.DISMISSED, version=2)
    assert await storage.stores.incidents.write(before, after, ENTRY)


async def _reported(storage: Storage, number: str) -> object:
    with contextlib.suppress(AlteredRecord):
        return await storage.stores.incidents.load(_incident(number).api_key)
    return None


async def _sign_in(storage: Storage, number: str, until: datetime = AT) -> str:
    signed = SignedVote(number, "print", ANN, until)
    await storage.stores.vote_sign_ins.add(signed, ENTRY)
    return names.vote_sign_in(number, ANN.forms[-1])


async def _sign_in_again(storage: Storage, number: str) -> None:
    await _sign_in(storage, number, LATER)


@dataclass(frozen=True)
class Kind:
    """How records of one kind are written (which gives the key), changed, and read.

    `change` is None for one that never changes, so that there is no older one of it.
    """

    write: Callable[[Storage, str], Awaitable[str]]
    change: Callable[[Storage, str], Awaitable[None]] | None
    read: Callable[[Storage, str], Awaitable[object]]


async def _begin_act(storage: Storage, number: str) -> str:
    async with _acts(storage).doing(OwnAct("e1", number, Drifted.DISABLED)):
        keys = await storage.redis.keys(names.own_act("*"))
    done = set(storage.offers.values())
    (key,) = [str(each) for each in keys if str(each) not in done]
    storage.offers[number] = key
    return key


async def _began(storage: Storage, number: str) -> object:
    return await _acts(storage).begun([OwnAct("e1", number, Drifted.DISABLED)])


def _acts(storage: Storage) -> RedisOwnActs:
    return RedisOwnActs(storage.stores.store, storage.stores.signed, FakeClock())


async def _compare(storage: Storage, number: str, at: datetime = AT) -> str:
    before = await storage.stores.sightings.noted(number)
    assert await storage.stores.sightings.note(number, before, replace(ENTRY, at=at))
    return names.reconciled(number)


async def _compare_again(storage: Storage, number: str) -> None:
    await _compare(storage, number, LATER)


RECORDS: Final[dict[str, Kind]] = {
    "errand": Kind(_add_job, _begin, lambda storage, it: storage.stores.jobs.load(it)),
    "change": Kind(_add_change, _another_change, _last_change),
    "request": Kind(_add_request, _deny, lambda storage, it: storage.stores.requests.load(it)),
    "claim": Kind(_add_pending, _revoke, lambda storage, it: storage.stores.links.pending(it)),
    "link": Kind(_add_link, _start, lambda storage, it: storage.stores.links.find(it)),
    "delegation": Kind(_add_delegation, _end_delegation, _delegators),
    "offer": Kind(
        _add_offer, None, lambda storage, it: storage.stores.offers.find(storage.offers[it])
    ),
    "bulk": Kind(_add_bulk, _begin_bulk, lambda storage, it: storage.stores.bulks.load(it)),
    "tier": Kind(_fix_tier, _fix_again, _tier),
    "binding": Kind(_bind, _link, _own),
    "owner": Kind(_add_owner, _assign, _owned),
    "key-record": Kind(_add_record, _note, _record),
    "review": Kind(_review, _remind, lambda storage, it: storage.stores.reviews.load(it)),
    "report": Kind(_schedule, _move_on, lambda storage, it: storage.stores.schedules.find(it)),
    "rotation-schedule": Kind(
        _every, _put_off, lambda storage, it: storage.stores.rotation_schedules.find(it)
    ),
    "own-act": Kind(_begin_act, None, _began),
    "reconciled": Kind(
        _compare, _compare_again, lambda storage, it: storage.stores.sightings.noted(it)
    ),
    "binding-of": Kind(_bind_of, _link, _holder),
    "requests-waiting": Kind(_wait, _wait_again, _waiting),
    "budget": Kind(_spend, _spend_again, _spent),
    "vote-sign-in": Kind(
        _sign_in, _sign_in_again, lambda storage, it: storage.stores.vote_sign_ins.find(it, ANN)
    ),
    "incident": Kind(_report, _dismiss, _reported),
}
