from typing import Final, get_args

import pytest

from bot.domain.audit import AuditEvent
from bot.domain.commands.grammar import Incomplete, Misunderstood, read
from bot.domain.commands.leaks import ReportLeak
from bot.domain.commands.registry import COMMANDS as FORMS
from bot.domain.commands.registry import Command, action_of
from bot.domain.outcomes.access import Denied, Explained, Introduced, Unknown
from bot.domain.outcomes.access_reviews import ReviewListed, ReviewRefused
from bot.domain.outcomes.bulk import BulkPreviewed, NoSuchBulk
from bot.domain.outcomes.delegations import DelegatesShown
from bot.domain.outcomes.environments import EnvironmentShown, EnvironmentsListed
from bot.domain.outcomes.general import HelpGiven, MenuOffered
from bot.domain.outcomes.key_records import (
    CoOwnerRefused,
    KeyNoted,
    KeyTagged,
    OwnerAssigned,
    OwnerShown,
)
from bot.domain.outcomes.keys import KeyChanged, KeyProtected, KeyShown, KeysListed, NothingToChange
from bot.domain.outcomes.leaks import LeakSettled, NoSuchLeak
from bot.domain.outcomes.links import LinkReady, LinksListed, NoLiveLink, NothingToClaim
from bot.domain.outcomes.requests import NoSuchRequest, Requested, RequestsListed
from bot.domain.outcomes.roles import NoRoles
from bot.domain.outcomes.rotations import RotationsListed
from bot.domain.outcomes.union import Outcome
from bot.domain.people import Actor, Mismatch, TurnedAway
from bot.domain.policy import EVERYWHERE, FOR_ADMINS, Action
from tests.flows.harness import BILLING, GUEST, NARROW, NEWCOMER, TECH, Harness

ANSWERS: Final[dict[str, type[Outcome]]] = {
    "": MenuOffered,
    "help key": HelpGiven,
    "whoami": Introduced,
    "claim": NothingToClaim,
    "env list": EnvironmentsListed,
    "env show Shop": EnvironmentShown,
    "env tier shop staging": Denied,
    "env create Preview": Denied,
    'env rename shop-dev "Shop test"': Denied,
    'env disable shop-dev --confirm "Shop dev"': Denied,
    "env enable shop-dev": Denied,
    "key list": KeysListed,
    "key show ci-bot": KeyShown,
    "key create new --env shop-dev": LinkReady,
    "key owner ci-bot": OwnerShown,
    "key owner ci-bot @U0COLLEAGUE": OwnerAssigned,
    "key note ci-bot builds": KeyNoted,
    "key tag ci-bot add ci": KeyTagged,
    "key owner ci-bot @U0COLLEAGUE --also": CoOwnerRefused,
    "key adopt ci-bot --env shop-dev": BulkPreviewed,
    "key adopt --resume none": NoSuchBulk,
    "key roles ci-bot": NoRoles,
    "key roles ci-bot add uploader": NoRoles,
    "key why ci-bot": NoRoles,
    "key enable preview-bot": KeyChanged,
    "key disable ci-bot": KeyChanged,
    "key disable --resume none": NoSuchBulk,
    "key rotate --resume none": NoSuchBulk,
    "key delete --resume none": NoSuchBulk,
    "key rename ci-bot ci": KeyChanged,
    "key delete ci-bot": Requested,
    "key restore preview-bot": NothingToChange,
    "key webhook ci-bot": KeyProtected,
    "key brownout ci-bot --for 10m": Requested,
    "request shop-dev --reason demo": Requested,
    "renew c99r --reason more": NoSuchRequest,
    "review c99r --comment fine": NoSuchRequest,
    "delegate": DelegatesShown,
    "requests": RequestsListed,
    "approve c99r": NoSuchRequest,
    "deny c99r --reason no": NoSuchRequest,
    "withdraw c99r": NoSuchRequest,
    "cancel c99r": NoSuchRequest,
    "ask c99r --question why": NoSuchRequest,
    "result c99r broke": NoSuchRequest,
    "explain key list": Explained,
    "link @U0NEW": Denied,
    "user list": Denied,
    "user show @U0NEW": Denied,
    "user add lea@lumen.example --role reports": Denied,
    "user role @U0NEW reports": Denied,
    "user envs @U0NEW all": Denied,
    "user enable @U0NEW": Denied,
    "user disable @U0NEW": Denied,
    "user remove @U0NEW": Denied,
    "user offboard @U0NEW": Denied,
    "group list": Denied,
    "group show Content": Denied,
    "group create Content": Denied,
    "group rename Content Library": Denied,
    "group remove Content": Denied,
    "group add Content @U0NEW": Denied,
    "group drop Content @U0NEW": Denied,
    "doctor": Denied,
    "audit": Denied,
    "report": Denied,
    "review keys": Denied,
    "review report": Denied,
    "review mine": ReviewListed,
    "review answer c99 814 keep": ReviewRefused,
    "leak dismiss ci-bot": NoSuchLeak,
    "leak review ci-bot": NoSuchLeak,
    "leak disown ci-bot": LeakSettled,
    "links": LinksListed,
    "links revoke ci-bot": NoLiveLink,
    "key create": Incomplete,
    "key rotate": Incomplete,
    "key rotate ci-bot": Requested,
    "rotation": RotationsListed,
    "rotation c9 deployed": NoSuchRequest,
}

OPEN: Final = EVERYWHERE - FOR_ADMINS | {Action.KEY_REQUEST}
"""Actions that the shipped policy allows every confirmed member."""


def action_in(text: str) -> Action | None:
    """The action of a text; None if this version has no such command."""
    reading = read(text)
    if isinstance(reading, Misunderstood):
        return None
    return reading.spec.action if isinstance(reading, Incomplete) else action_of(reading)


EVERYBODYS: Final = sorted(text for text in ANSWERS if action_in(text) in OPEN)
KEY_ROLES: Final = sorted(ANSWERS.keys() - set(EVERYBODYS))


def test_every_command_is_dispatched_by_one_of_these_tests() -> None:
    """A new command without an answer in this table fails"""
    written_by_keysmith = {ReportLeak}  # tests/flows/test_leaks.py
    assert set(get_args(Command)) - written_by_keysmith <= {type(read(it)) for it in ANSWERS}
    assert len(FORMS) <= len(ANSWERS)


@pytest.mark.parametrize(("text", "kind"), ANSWERS.items())
async def test_a_command_meets_its_flow(text: str, kind: type[Outcome], harness: Harness) -> None:
    """And its job is finished, with an audit entry"""
    assert isinstance(await harness.run(TECH, text), kind)
    job = await harness.jobs.load("c0")
    assert job
    assert job.finished
    event, _ = harness.told()[-1]
    assert event in {AuditEvent.ANSWERED, AuditEvent.DONE, AuditEvent.REFUSED}


@pytest.mark.parametrize("actor", [NARROW, BILLING, NEWCOMER])
@pytest.mark.parametrize("text", EVERYBODYS)
async def test_commands_for_every_member_are_refused_to_none(
    actor: Actor, text: str, harness: Harness
) -> None:
    """Whether Cloudinary knows them or not"""
    assert not isinstance(await harness.run(actor, text), Denied | Unknown | TurnedAway)


@pytest.mark.parametrize("text", [*EVERYBODYS, *KEY_ROLES])
async def test_a_guest_is_turned_away_from_everything(text: str, harness: Harness) -> None:
    """Even from help"""
    assert isinstance(await harness.run(GUEST, text), TurnedAway)
    assert [("refused", "guest")] == harness.told()


@pytest.mark.parametrize("text", KEY_ROLES)
async def test_what_wants_a_key_role_is_refused_without_one(text: str, harness: Harness) -> None:
    """Before any lookup, and with an audit entry"""
    assert isinstance(await harness.run(BILLING, text), Denied)
    assert ("refused", "role") == harness.told()[-1]
    assert {"environments", "keys"}.isdisjoint(harness.account.calls)


@pytest.mark.parametrize("text", KEY_ROLES)
async def test_whom_cloudinary_does_not_know_is_told_so(text: str, harness: Harness) -> None:
    """Instead of a missing role"""
    expected = Unknown(Mismatch.NO_USER, "new@lumen.example", requests=True)
    assert expected == await harness.run(NEWCOMER, text)


HARMLESS: Final = [
    "",
    "help",
    "whoami",
    "env list",
    "key list",
    "key show ci-bot",
    "explain whoami",
    "requests",
]
CHANGING: Final = [
    "key disable ci-bot",
    "key create new --env shop-dev",
    "claim",
    "key delete a",
    "approve c99r",
    "cancel c99r",
    "delegate",
]


@pytest.mark.parametrize(
    ("text", "readings"), [*((text, 1) for text in HARMLESS), *((text, 2) for text in CHANGING)]
)
async def test_a_command_that_changes_something_reads_the_person_again(
    text: str, readings: int, harness: Harness
) -> None:
    """For reading, an identity from the last minute is enough"""
    await harness.flows.people.identify(TECH, fresh=True)
    await harness.run(TECH, text)
    assert readings == harness.directory.calls[TECH.user_id]


async def test_an_odd_name_is_acted_on_as_it_was_typed(harness: Harness) -> None:
    """Slack's escaping is undone once, not again when the job runs"""
    harness.account.add_key("e-dev", "a <b> &amp; c")
    harness.account.add_key("e-dev", "a b & c")
    answer = await harness.run(TECH, 'key disable "a &lt;b&gt; &amp;amp; c"')
    assert isinstance(answer, KeyChanged)
    assert answer.located.key.name == "a <b> &amp; c"
