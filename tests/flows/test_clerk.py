from typing import Final, get_args

import pytest

from bot.domain.audit import Deed
from bot.domain.commands import Command
from bot.domain.decided import Delegated, NoSuchRequest, Requested, RequestsListed
from bot.domain.forms import FORMS, action_of
from bot.domain.grammar import Incomplete, Misunderstood, Planned, read
from bot.domain.outcomes import (
    Denied,
    EnvironmentShown,
    EnvironmentsListed,
    Explained,
    HelpGiven,
    Introduced,
    KeyChanged,
    KeyShown,
    KeysListed,
    LinkReady,
    MenuOffered,
    NothingToClaim,
    Outcome,
    Unknown,
)
from bot.domain.people import Actor, Mismatch, TurnedAway
from bot.domain.policy import EVERYWHERE, Action
from tests.flows.office import BILLING, GUEST, NARROW, NEWCOMER, TECH, Office

ANSWERS: Final[dict[str, type[Outcome]]] = {
    "": MenuOffered,
    "help key": HelpGiven,
    "whoami": Introduced,
    "claim": NothingToClaim,
    "env list": EnvironmentsListed,
    "env show Shop": EnvironmentShown,
    "key list": KeysListed,
    "key show ci-bot": KeyShown,
    "key create new --env shop-dev": LinkReady,
    "key enable preview-bot": KeyChanged,
    "key disable ci-bot": KeyChanged,
    "key rename ci-bot ci": KeyChanged,
    "key delete ci-bot": Requested,
    "key restore preview-bot": KeyChanged,
    "request shop-dev --reason demo": Requested,
    "renew c99r --reason more": NoSuchRequest,
    "review c99r --comment fine": NoSuchRequest,
    "delegate": Delegated,
    "requests": RequestsListed,
    "approve c99r": NoSuchRequest,
    "deny c99r --reason no": NoSuchRequest,
    "withdraw c99r": NoSuchRequest,
    "cancel c99r": NoSuchRequest,
    "ask c99r --question why": NoSuchRequest,
    "explain key list": Explained,
    "key create": Incomplete,
    "key rotate": Planned,
}

OPEN: Final = EVERYWHERE | {Action.KEY_REQUEST}
"""Actions that any confirmed member may ask for, the shipped policy says."""


def action_in(text: str) -> Action | None:
    """What the policy is asked about a text; None for what this version does not do."""
    reading = read(text)
    if isinstance(reading, Misunderstood | Planned):
        return None
    return reading.form.action if isinstance(reading, Incomplete) else action_of(reading)


EVERYBODYS: Final = sorted(text for text in ANSWERS if action_in(text) in OPEN)
KEY_ROLES: Final = sorted(ANSWERS.keys() - set(EVERYBODYS) - {"key rotate"})


def test_every_command_is_dispatched_by_one_of_these_tests() -> None:
    """A new command without an answer here fails"""
    assert set(get_args(Command)) <= {type(read(text)) for text in ANSWERS}
    assert len(FORMS) <= len(ANSWERS)


@pytest.mark.parametrize(("text", "kind"), ANSWERS.items())
async def test_a_command_meets_its_flow(text: str, kind: type[Outcome], office: Office) -> None:
    """And its errand is over, on the record"""
    assert isinstance(await office.says(TECH, text), kind)
    errand = await office.errands.load("c0")
    assert errand
    assert errand.finished
    deed, _ = office.told()[-1]
    assert deed in {Deed.ANSWERED, Deed.DONE, Deed.REFUSED}


@pytest.mark.parametrize("actor", [NARROW, BILLING, NEWCOMER])
@pytest.mark.parametrize("text", EVERYBODYS)
async def test_what_anybody_may_do_is_refused_to_no_member(
    actor: Actor, text: str, office: Office
) -> None:
    """Whether Cloudinary knows them or not"""
    assert not isinstance(await office.says(actor, text), Denied | Unknown | TurnedAway)


@pytest.mark.parametrize("text", [*EVERYBODYS, *KEY_ROLES, "key rotate"])
async def test_a_guest_is_turned_away_from_everything(text: str, office: Office) -> None:
    """Even from help"""
    assert isinstance(await office.says(GUEST, text), TurnedAway)
    assert [("refused", "guest")] == office.told()


@pytest.mark.parametrize("text", KEY_ROLES)
async def test_what_wants_a_key_role_is_refused_without_one(text: str, office: Office) -> None:
    """Before anything is looked up, and on the record"""
    assert isinstance(await office.says(BILLING, text), Denied)
    assert ("refused", "role") == office.told()[-1]
    assert {"environments", "keys"}.isdisjoint(office.account.calls)


@pytest.mark.parametrize("text", KEY_ROLES)
async def test_whom_cloudinary_does_not_know_is_told_so(text: str, office: Office) -> None:
    """And not that they lack a role"""
    expected = Unknown(Mismatch.NOBODY, "new@lumen.example")
    assert expected == await office.says(NEWCOMER, text)


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
async def test_what_changes_something_reads_the_person_anew(
    text: str, readings: int, office: Office
) -> None:
    """What only tells goes by the last minute's reading"""
    await office.flows.people.identify(TECH, fresh=True)
    await office.says(TECH, text)
    assert readings == office.directory.calls[TECH.user_id]


async def test_an_odd_name_is_acted_on_as_it_was_typed(office: Office) -> None:
    """Slack's escaping is undone once, not again when the errand is carried out"""
    office.account.add_key("e-dev", "a <b> &amp; c")
    office.account.add_key("e-dev", "a b & c")
    answer = await office.says(TECH, 'key disable "a &lt;b&gt; &amp;amp; c"')
    assert isinstance(answer, KeyChanged)
    assert answer.located.key.name == "a <b> &amp; c"
