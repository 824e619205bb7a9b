"""What opens links: in this process where it holds the account key, else in a worker."""

from bot.adapters.redis.stores import Stores
from bot.adapters.vault import hash_proof
from bot.flows.build_ports import Flows
from bot.flows.links.access import NamesAtSlack
from bot.flows.links.open import LinkOpener
from bot.flows.links.queue import PressRunner, QueuedOpening
from bot.flows.links.reveal import Revealer
from bot.outside import Outside


def opener_of(outside: Outside, flows: Flows, stores: Stores) -> LinkOpener:
    """Build what opens links with the account key."""
    own, signs_in = (outside.cloudinary, flows.access, outside.clock), outside.settings.signs_in
    return LinkOpener(stores.links, *own, stores.jobs, stores.locks, signs_in=signs_in)


def presses_of(outside: Outside, flows: Flows, stores: Stores) -> PressRunner:
    """Build what opens links for processes without the account key."""
    return PressRunner(stores.links, opener_of(outside, flows, stores), outside.clock)


def revealer_of(outside: Outside, flows: Flows, stores: Stores) -> Revealer:
    """Build what the page of a link asks."""
    links, signs_in = stores.links, outside.settings.signs_in
    behind = outside.clock, hash_proof, stores.jobs
    if outside.settings.has_account:
        opener = opener_of(outside, flows, stores)
        return Revealer(links, opener, flows.access, *behind, signs_in=signs_in)
    queue, owners = QueuedOpening(links, outside.clock), NamesAtSlack(flows.people)
    return Revealer(links, queue, owners, *behind, signs_in=signs_in)
