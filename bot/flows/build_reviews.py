"""Puts the flows of access reviews together."""

from bot.flows.build_ports import Ports
from bot.flows.bulk.keys import KeysChanger
from bot.flows.reports import Reports
from bot.flows.reviews.answer import ReviewAnswers
from bot.flows.reviews.begin import ReviewBeginner
from bot.flows.reviews.changed import ReviewedKeys
from bot.flows.reviews.keep import ReviewKeeper
from bot.flows.reviews.report import ReviewReporter
from bot.flows.reviews.run import ReviewRunner


def build_reviews(ports: Ports, many_keys: KeysChanger, reports: Reports) -> ReviewRunner:
    """Build it over the commands that disable keys, and over reports on keys."""
    reviews, audit_log, needs = ports.oversight.reviews, ports.audit_log, ports.oversight
    planner, machine = many_keys.parts.keys.planner, many_keys.machine
    resolver, reporter = planner.resolver, reports.reporter
    keys = ReviewedKeys(resolver.account, ports.pending, ports.jobs)
    return ReviewRunner(
        ReviewBeginner(reviews, resolver, reporter, keys, audit_log),
        ReviewAnswers(
            *(reviews, keys, ports.requests, resolver.authorizer, many_keys.parts),
            *(machine.part_jobs, ports.locks, audit_log),
        ),
        ReviewReporter(
            *(reviews, resolver, reporter, needs.reports, needs.log, ports.jobs, audit_log)
        ),
        ReviewKeeper(reviews, keys, ports.locks, ports.clock),
    )
