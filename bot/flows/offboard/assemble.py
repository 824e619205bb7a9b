"""Puts the flows of offboarding together."""

from bot.flows.accounts.find_user import UserSearch
from bot.flows.accounts.group_change import GroupChanger
from bot.flows.accounts.user_change import UserChanger
from bot.flows.bulk.machine import BulkMachine
from bot.flows.keys.change import KeyChanger
from bot.flows.keys.own import OwnKeys
from bot.flows.keys.record_change import KeyRecorder
from bot.flows.keys.resolve import Resolver
from bot.flows.offboard.apply import OffboardApplier
from bot.flows.offboard.ends import Ends
from bot.flows.offboard.gather import Gatherer
from bot.flows.offboard.gather_keys import KeyGatherer
from bot.flows.offboard.parts import Steps
from bot.flows.offboard.run import Offboarder, StillApproved
from bot.flows.offboard.subject import Subjects
from bot.flows.ports import PendingStore
from bot.flows.request_ports import Delegations
from bot.flows.request_writer import RequestWriter


def applier_of(
    machine: BulkMachine,
    search: UserSearch,
    changers: tuple[UserChanger, KeyChanger, GroupChanger, KeyRecorder],
    writer: RequestWriter,
    delegations: Delegations,
) -> OffboardApplier:
    """Build what runs the parts of an approved offboarding."""
    users, keys, groups, records = changers
    steps = Steps(users, keys, groups, Ends(writer, delegations), records)
    return OffboardApplier(Subjects(search, users.guard, users.locks), machine, steps)


def offboarder_of(
    applier: OffboardApplier,
    own: OwnKeys,
    pending: PendingStore,
    resolver: Resolver,
    approvals: StillApproved,
) -> Offboarder:
    """Build what runs the command."""
    ends, facts = applier.steps.ends, applier.steps.groups.facts
    requests, clock = ends.writer.requests, ends.writer.audit_log.clock
    keys = KeyGatherer(own, pending, resolver)
    gatherer = Gatherer(keys, requests, ends.delegations, facts, clock)
    return Offboarder(gatherer, applier, resolver.authorizer, requests, approvals)
