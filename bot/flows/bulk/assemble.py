"""Puts the flows of bulk acts together."""

from bot.flows.audit import AuditLog
from bot.flows.bulk.adopt import AdoptParts, KeyAdopter
from bot.flows.bulk.busy import BusyKeys
from bot.flows.bulk.choose_keys import KeyChooser
from bot.flows.bulk.choose_orphans import OrphanChooser
from bot.flows.bulk.keys import KeyParts, KeysChanger
from bot.flows.bulk.machine import BulkMachine
from bot.flows.bulk.part_jobs import PartJobs
from bot.flows.bulk_ports import Bulks
from bot.flows.identity import People
from bot.flows.keys.own import OwnKeys
from bot.flows.keys.run import KeyRunner
from bot.flows.ports import Jobs, Locks


def machine_of(bulks: Bulks, jobs: Jobs, locks: Locks, audit_log: AuditLog) -> BulkMachine:
    """Build what runs the parts of any act."""
    return BulkMachine(bulks, PartJobs(jobs, audit_log), locks, audit_log)


def many_of(
    machine: BulkMachine, people: People, keys: KeyRunner, own: OwnKeys
) -> tuple[KeysChanger, KeyAdopter]:
    """Build what changes many keys, and what gives many an owner."""
    planner, filters, records = keys.planner, keys.reader.filters, keys.records
    busy_keys = BusyKeys(own.requests, own.pending, planner.deletions)
    clock = machine.audit_log.clock
    chooser = KeyChooser(planner.resolver, own, clock, filters, busy_keys)
    orphans = OrphanChooser(records.resolver, records.owning, filters)
    adopter = KeyAdopter(machine, orphans, AdoptParts(people, keys))
    return KeysChanger(machine, chooser, KeyParts(people, keys, busy_keys)), adopter
