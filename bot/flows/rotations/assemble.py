"""Wires what begins rotations, drives them on and takes the steps of people."""

from dataclasses import dataclass

from bot.flows.accounts.tiered import TieredAccount
from bot.flows.build_ports import Ports
from bot.flows.keys.deletions import Deletions
from bot.flows.keys.own import OwnKeys
from bot.flows.keys.owning import Owning
from bot.flows.keys.resolve import Resolver
from bot.flows.keys.role_book import RoleBook
from bot.flows.request_writer import RequestWriter
from bot.flows.rotations.drive import RotationDriver
from bot.flows.rotations.effects import RotationEffects
from bot.flows.rotations.keep_schedules import ScheduleKeeper
from bot.flows.rotations.plan import RotationPlanner
from bot.flows.rotations.remind import RotationReminder
from bot.flows.rotations.run import Rotator
from bot.flows.rotations.schedules import RotationScheduler
from bot.flows.rotations.steer import RotationSteerer


@dataclass(frozen=True)
class Rotations:
    """The parts of rotations that other flows call."""

    begins: Rotator
    driver: RotationDriver
    steerer: RotationSteerer
    keeper: ScheduleKeeper


def build_rotations(
    ports: Ports,
    account: TieredAccount,
    owning: Owning,
    own: OwnKeys,
    resolver: Resolver,
    deletions: Deletions,
    roles: RoleBook,
    writer: RequestWriter,
) -> Rotations:
    """Build them."""
    planner = RotationPlanner(
        *(owning, account, resolver, ports.requests, ports.pending, deletions, roles),
        *(ports.looks, *ports.rotation, ports.clock),
    )
    effects = RotationEffects(account, ports.pending, ports.jobs, writer, ports.own_acts)
    driver = RotationDriver(
        *(account, ports.locks, writer, effects, ports.clock, ports.rotation_policy),
        ports.pending,
    )
    schedules, policy = ports.rotation_schedules, ports.rotation_policy
    scheduler = RotationScheduler(resolver, own, schedules, policy, ports.audit_log)
    keeper = ScheduleKeeper(
        *(owning.people, account, planner, ports.requests, ports.pending),
        *(schedules, policy, ports.locks, ports.clock),
        RotationReminder(account, ports.pending, ports.sightings, ports.rotations_due),
    )
    return Rotations(
        Rotator(planner, resolver.authorizer, ports.jobs, ports.audit_log, scheduler),
        driver,
        RotationSteerer(account, resolver.authorizer, ports.jobs, writer, driver),
        keeper,
    )
