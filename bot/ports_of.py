"""The adapters as ports of the flows: a part of the composition root."""

from dataclasses import replace

from bot.adapters.confusables import looks
from bot.adapters.oversight import open_oversight
from bot.adapters.redis.homes import RedisHomes
from bot.adapters.redis.own_acts import RedisOwnActs
from bot.adapters.redis.stores import Stores
from bot.adapters.vault import sign_in_sealer
from bot.flows.audit import AuditLog
from bot.flows.build import build_flows
from bot.flows.build_ports import Flows, Ports
from bot.flows.correlation import new_id
from bot.flows.links.make import LinkCreator
from bot.flows.requests.sign_in import ApproverAddresses, ApproverSignIns
from bot.flows.round_trips import APPROVAL, RoundTrips
from bot.outside import Outside


def approver_sign_ins(outside: Outside, stores: Stores) -> ApproverSignIns | None:
    """Build what signs approvers in; None where the app's client is not set."""
    provider, sealer = outside.sign_in, sign_in_sealer(stores.ledger.keyring)
    if provider is None:
        return None
    trips = RoundTrips(provider, sealer, outside.clock, outside.team, APPROVAL, APPROVAL)
    kept = stores.requests, stores.vote_sign_ins, stores.strangers
    return ApproverSignIns(trips, *kept, outside.clock)


def approver_addresses(outside: Outside, stores: Stores) -> ApproverAddresses | None:
    """Build what names the addresses in approvers' forms; None where they can't sign in."""
    sealer, url = sign_in_sealer(stores.ledger.keyring), outside.settings.public_url
    return ApproverAddresses(sealer, url) if outside.settings.signs_in else None


def ports_of(outside: Outside, stores: Stores, audit_log: AuditLog) -> Ports:
    """Give the flows what they need from outside."""
    settings, clock = outside.settings, outside.clock
    outside.cloudinary.own = own_acts = RedisOwnActs(stores.store, stores.signed, clock)
    seal, ttl = stores.passphrases.seal_bundle, settings.link_ttl
    links = LinkCreator(stores.links, clock, seal, settings.public_url, ttl)
    return Ports(
        slack=outside.slack,
        hints=stores.hints,
        cloudinary=outside.cloudinary,
        policy=outside.policy,
        clock=clock,
        audit_log=audit_log,
        jobs=stores.jobs,
        requests=stores.requests,
        vote_sign_ins=stores.vote_sign_ins,
        pending=stores.links,
        bindings=stores.bindings,
        delegations=stores.delegations,
        tiers=stores.tiers,
        bulks=stores.bulks,
        incidents=stores.incidents,
        marks=stores.marks,
        leak_rules=outside.policy,
        records=stores.records,
        sightings=stores.sightings,
        own_acts=own_acts,
        looks=looks,
        locks=stores.locks,
        pace=stores.pace,
        links=links,
        live_links=stores.live_links,
        link_rules=outside.policy,
        examiner=outside.examiner,
        oversight=open_oversight(stores, settings.audit_archive, outside.files, clock),
        team_id=outside.team.id,
        permissions=outside.permissions,
        ttl=settings.request_ttl,
        rotation=(settings.rotation_grace, settings.soak),
        rotation_policy=outside.policy,
        rotation_schedules=stores.rotation_schedules,
        new_id=new_id,
        signs_in=settings.signs_in,
    )


def flows_of(outside: Outside, stores: Stores, audit_log: AuditLog) -> Flows:
    """Build the flows over the real adapters."""
    flows = build_flows(ports_of(outside, stores, audit_log))
    if outside.settings.has_account:
        return flows
    return replace(flows, home=replace(flows.home, elsewhere=RedisHomes(stores.store).put))
