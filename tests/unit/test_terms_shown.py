"""What a person approves in one press is on the same screen: the card, App Home, the lists."""

from dataclasses import replace
from datetime import timedelta
from typing import Final

import pytest

from bot.cards.home import home
from bot.cards.kit import Card, plain
from bot.cards.request_details import details
from bot.cards.request_lists import listed
from bot.cards.requests import asked_for, posted
from bot.domain.bulk import Part
from bot.domain.commands.grammar import Incomplete, Misunderstood, read
from bot.domain.commands.registry import COMMANDS, action_of
from bot.domain.home import Home
from bot.domain.key_roles import KeyRole
from bot.domain.outcomes.requests import RequestsListed
from bot.domain.people import Actor
from bot.domain.policy import FOR_ADMINS, LOOKING_AT_USERS, OVERSIGHT, Action
from bot.domain.requests.machine import Request
from bot.domain.requests.rotation_terms import RotationTerms
from bot.domain.requests.terms import Evidence, Terms
from bot.domain.user_groups import GroupTerms, Member
from bot.domain.users import UserTerms
from tests.unit.outcomes_made import AT, person
from tests.unit.requests_made import PENDING, TERMS

MEMBER: Final = Member("u9", "Ben", "ben@lumen.example")
ROLE: Final = KeyRole("r1", "Uploader", "Upload new assets.")
PARTS: Final = (
    Part("user disable u9", "ben@lumen.example"),
    Part("key disable 814 --env shop", "deploy", "Shop"),
    Part("cancel c9", "f09cc6", "key:request ci-web · Staging"),
)
CASES: Final[dict[str, tuple[dict[str, object], list[str]]]] = {
    "request shop ci-bot --reason demo --role r1": ({"role": ROLE}, ["ci-bot", "Shop", "Uploader"]),
    "key create ci-bot --env shop --role r1": ({"role": ROLE}, ["ci-bot", "Shop", "Uploader"]),
    "key roles ci-bot remove r1": (
        {"role": ROLE, "key": "814"},
        ["Removes the role", "Uploader", "814"],
    ),
    "key enable 814": ({"key": "814"}, ["ci-bot", "814"]),
    "key disable 814": ({"key": "814"}, ["ci-bot", "814"]),
    "key delete 814": ({"key": "814"}, ["ci-bot", "814"]),
    "key brownout 814 --for 10m": ({"key": "814"}, ["for a time", "ci-bot", "814", "10 min"]),
    "key restore 814": ({"key": "814"}, ["restore", "ci-bot", "814"]),
    "key rotate 814": (
        {"key": "814", "rotation": RotationTerms("ci-bot-c1", timedelta(hours=24), signs=True)},
        ["rotate", "ci-bot", "814", "ci-bot-c1", "1 day", "signs webhook"],
    ),
    "key webhook 814": ({"key": "814"}, ["signer", "ci-bot", "814"]),
    "key rename 814 deploy": ({"key": "814"}, ["ci-bot", "814", "deploy"]),
    "key owner 814 @U0TOM00001": (
        {"key": "814", "owner": Actor("T1", "U0TOM00001")},
        ["owner", "U0TOM00001", "ci-bot", "814"],
    ),
    "key owner 814 @U0TOM00001 --also": (
        {"key": "814", "owner": Actor("T1", "U0TOM00001")},
        ["co-owner", "U0TOM00001", "ci-bot", "814"],
    ),
    "key tag 814 add builds": ({"key": "814"}, ["tag", "ci-bot", "814", "builds"]),
    "key note 814 builds": ({"key": "814"}, ["ci-bot", "814", "note: builds"]),
    "renew c1r --reason demo": ({"key": "814"}, ["longer access", "ci-bot"]),
    "link @U0TOM00001": ({"name": "u1 → u2"}, ["u1 → u2"]),
    "env tier shop staging": ({}, ["set the tier", "Shop (shop), tier production → staging"]),
    "env create Brand --cloud-name brand --copy-from blog": (
        {"environment_id": "", "environment_name": "Brand", "cloud_name": "brand"},
        ["Brand (brand), tier: production, with the settings of blog"],
    ),
    "env rename shop Sandbox": ({}, ["Shop → Sandbox (shop)", "production → development"]),
    "env disable shop --confirm Shop": (
        {},
        ["Shop (shop)", "with 3 enabled keys", "last changed 1 March"],
    ),
    "env enable shop": ({}, ["Shop (shop)"]),
    "user add ben@lumen.example --role admin --env shop": (
        {"user": UserTerms((), ("Shop",))},
        ["ben@lumen.example", "Admin", "Shop"],
    ),
    "user role u9 reports": (
        {"user": UserTerms(("admin",), ("reports",))},
        ["loses rights, role Admin → Reports"],
    ),
    "user envs u9 shop": (
        {"user": UserTerms(("Blog",), ("Shop",), ("Blog",))},
        ["loses access to Blog, and gets access to Shop: Blog → Shop"],
    ),
    "user disable u9": ({}, ["disable a user", "ben@lumen.example"]),
    "user enable u9": ({}, ["enable a user", "ben@lumen.example"]),
    "user remove u9": ({}, ["remove a user", "ben@lumen.example"]),
    "user offboard u9 --list b1": (
        {"parts": PARTS},
        ["ben@lumen.example", "the key deploy in Shop", "new credentials, ci-web · Staging"],
    ),
    "group create Design": ({"group": GroupTerms("", "Design")}, ["create a user group", "Design"]),
    "group rename g1 Library": (
        {"group": GroupTerms("g1", "Content")},
        ["rename a user group", "Content → Library"],
    ),
    "group remove g1 --confirm Content": (
        {"group": GroupTerms("g1", "Content", size=4)},
        ["Content", "4 members"],
    ),
    "group add g1 u9": (
        {"group": GroupTerms("g1", "Content", roles=("Viewer",), member=MEMBER)},
        ["ben@lumen.example", "Content", "Viewer"],
    ),
    "group drop g1 u9": (
        {"group": GroupTerms("g1", "Content", member=MEMBER)},
        ["ben@lumen.example", "Content"],
    ),
}
"""A command of each that may be requested, with its terms, and what its approvers have to read."""
FOUND: Final = Evidence(siblings=3, changed_at=AT)


def asked(text: str) -> Request:
    """A request of this command."""
    command = read(text)
    assert not isinstance(command, Incomplete | Misunderstood), text
    fields, _ = CASES[text]
    on_user = text.startswith(("user", "group"))
    base = replace(TERMS, command=text, action=action_of(command), lasts=None, reason="leaves")
    place = {"environment_id": "", "environment_name": "", "cloud_name": "", "tier": ""}
    about = {**place, "name": "ben@lumen.example"} if on_user else {}
    group = fields.get("group")
    if isinstance(group, GroupTerms):
        about["name"] = group.name
    terms: Terms = replace(base, **{**about, **fields})  # type: ignore[arg-type]  # by name
    return replace(PENDING, terms=terms, evidence=FOUND)


def rows(request: Request) -> list[Card]:
    """What App Home shows a person who may decide."""
    drawn = home(Home(person("Ann"), (request,), (), ()))
    return [each for each in drawn if any(it.request_id for it in each.buttons)]


def test_each_command_that_may_be_requested_is_among_the_cases() -> None:
    """A new one needs its terms on the screen"""
    reading = {*LOOKING_AT_USERS, Action.ENV_LIST, Action.ENV_SHOW, Action.KEY_LIST}
    reading |= {Action.KEY_SHOW, Action.KEY_REVIEW, *OVERSIGHT}
    changes = {
        spec.name
        for spec in COMMANDS
        if (spec.action in FOR_ADMINS or spec.action.startswith("key:"))
        and spec.action not in reading
    } - {"key why", "key adopt", "leak disown"}
    assert changes | {"renew"} <= {
        name for name in (*changes, "renew") if any(text.startswith(name) for text in CASES)
    }


@pytest.mark.parametrize("text", CASES)
def test_where_a_person_can_approve_they_read_the_terms(text: str) -> None:
    """On the card, in the message to them and in App Home, with what ends and what comes"""
    request = asked(text)
    (row,) = rows(request)
    assert "approve" in [each.command for each in row.buttons]
    for shown in (plain(row), plain(posted(request))):
        for part in CASES[text][1]:
            assert part in shown
        assert "asks to run" not in shown
    said = [each for each in asked_for(request) if each]
    assert [*said] == [*row.lines[: len(said)]]


@pytest.mark.parametrize("text", CASES)
def test_a_list_names_what_a_request_changes(text: str) -> None:
    """And says of no request that a command is run"""
    request = asked(text)
    line = plain(listed(RequestsListed("open", (request,), more=False)))
    assert "run /cld" not in line
    for part in CASES[text][1][:1]:
        if "removes" not in part.casefold():
            assert part.casefold().split(" (")[0] in line.casefold()


def test_what_does_not_fit_is_approved_on_no_row_of_app_home() -> None:
    """The row has Show alone; Details names every environment"""
    names = tuple(f"Place {at}" for at in range(30))
    narrowed = asked("user envs u9 shop")
    wide = replace(narrowed.terms, user=UserTerms((*names, "Shop"), ("Shop",), names))
    ended = asked("user offboard u9 --list b1")
    many = replace(ended.terms, parts=PARTS[:1] * 21)
    for terms in (wide, many):
        cards = home(Home(person("Ann"), (replace(PENDING, terms=terms),), (), ()))
        pressed = [each.command for card in cards for each in card.buttons]
        assert ["requests c1r"] == pressed
    assert names[-1] in plain(details(replace(PENDING, terms=wide)))
