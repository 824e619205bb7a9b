"""What forms need of the flows: choices, a look at what was filled in, and a look ahead."""

from dataclasses import dataclass
from functools import partial

from bot.domain.names import Looks
from bot.flows.accounts.environment_names import PlaceNames
from bot.flows.accounts.environment_plan import EnvironmentPlanner
from bot.flows.accounts.tiered import TieredAccount
from bot.flows.authorize import Authorizer
from bot.flows.brief import BriefAccount, Kept
from bot.flows.choose import Chooser
from bot.flows.directory import Shared
from bot.flows.group_ports import GroupReader
from bot.flows.identity import People
from bot.flows.keys.deletions import Deletions
from bot.flows.keys.orphans import Departed
from bot.flows.keys.own import OwnKeys
from bot.flows.keys.owning import Owning
from bot.flows.keys.plan import KeyPlanner
from bot.flows.keys.resolve import Resolver
from bot.flows.keys.role_book import RoleBook
from bot.flows.precheck import Precheck
from bot.flows.preview import Previewer
from bot.flows.request_ports import Requests, VoteSignIns
from bot.flows.requests.choose import RequestChooser
from bot.flows.requests.plan import RequestPlanner


@dataclass(frozen=True)
class FormFlows:
    """The flows of forms; none of them decides or changes anything."""

    choices: Chooser
    precheck: Precheck
    previewer: Previewer


def build_forms(
    account: TieredAccount,
    people: People,
    authorizer: Authorizer,
    own: OwnKeys,
    chooser: RequestChooser,
    requests: Requests,
    beside: tuple[Looks, Deletions, RoleBook, Departed, VoteSignIns],
    groups: GroupReader,
) -> FormFlows:
    """Wire them over the account as it was some seconds ago."""
    looks, deletions, roles, departed, sign_ins = beside
    brief = BriefAccount(account, people.clock)
    resolver = Resolver(brief, authorizer)
    owning, kept = Owning(people, authorizer), (requests, own.pending)
    planner = RequestPlanner(owning, brief, authorizer, resolver, *kept, looks, roles)
    keys = KeyPlanner(brief, resolver, own, looks, deletions, roles, owning)
    places = EnvironmentPlanner(resolver, PlaceNames(authorizer, looks))
    return FormFlows(
        Chooser(
            Shared(partial(people.identify, fresh=False)),
            *(brief, authorizer, resolver, own, chooser),
            Kept(roles.offered, brief.clock),
            Kept(groups.user_groups, brief.clock),
            departed.among,
        ),
        Precheck(people, brief, authorizer, resolver, keys, planner, places, sign_ins),
        Previewer(people, authorizer, resolver, roles),
    )
