"""Every menu of every form that searches: what it offers to whom, and that it always answers."""

import asyncio
from dataclasses import replace
from typing import Any, Final

import pytest

from bot.cards.field_errors import problems_of
from bot.domain.choices import LATER
from bot.domain.commands.completing import completing
from bot.domain.commands.fields import SEARCHED, Ask
from bot.domain.commands.registry import BY_CLASS
from bot.domain.environments import Environment
from bot.domain.key_roles import KeyRole
from bot.domain.languages import ENGLISH
from bot.domain.people import Actor
from bot.errors import CloudinaryError, Forbidden, Unavailable
from sandbox.slack.blockkit.shapes import shape_problems
from sandbox.slack.blockkit.sizes import size_problems
from tests.fakes.hasty_loop import HastyLoop
from tests.flows.harness import (
    ADMIN,
    BILLING,
    DEV,
    GUEST,
    NARROW,
    NEWCOMER,
    PROD,
    STAGING,
    TECH,
    Harness,
)
from tests.flows.menus import Menus
from tests.flows.requested import asked
from tests.flows.with_roles import with_roles

MENUS: Final = {
    (spec.name, field.name): field.kind.ask
    for spec in BY_CLASS.values()
    for field in spec.fields.values()
    if field.kind.ask in SEARCHED and completing(spec.name)
}
EVERY: Final = pytest.mark.parametrize(("text", "name"), sorted(MENUS))
ODD: Final = (
    "x" * 300,
    "ключ 🔑 " * 40,
    "\u202egpj.exe\u2066",
    "two\nlines\x00",
    " ",
    "\u200b",
    "*bold* <!channel> & `code`",
    "👩‍👩‍👧‍👦" * 40,
)
"""Names that a person in the Console may give."""


@pytest.fixture
def menus(harness: Harness) -> Menus:
    """Menus over an account with roles and a group."""
    it = with_roles(harness)
    it.account.add_group("Content")
    return Menus(it)


def offered(options: list[Any]) -> set[str]:
    """Leave out what is typed, and the way on."""
    return {each["value"] for each in options} - {LATER, "typed"}


def wait(menus: Menus, seconds: float) -> None:
    """Let menus wait so long."""
    forms = menus.harness.flows.forms
    quick = replace(forms, choices=replace(forms.choices, within=seconds))
    menus.harness.flows = replace(menus.harness.flows, forms=quick)


def test_every_kind_of_menu_is_here() -> None:
    """The list is not empty by mistake"""
    assert set(MENUS.values()) == SEARCHED
    assert len(MENUS) >= 30


@EVERY
async def test_a_person_is_offered_only_what_they_may_see(
    text: str, name: str, menus: Menus
) -> None:
    """A guest nothing; without a role nothing but a request; with one environment only that"""
    await asked(menus.harness, "request shop-dev deploy --reason builds --role ml_user")
    account = menus.harness.account
    other = {it.api_key for place in (STAGING, PROD) for it in await account.keys(place.id)}
    assert set() == offered(await menus.options(GUEST, text, name))
    if text != "request":
        for by in (BILLING, NEWCOMER):
            seen = offered(await menus.options(by, text, name))
            own = MENUS[text, name] is Ask.REQUEST and by == NEWCOMER
            assert own or MENUS[text, name] is Ask.ROLE or not seen
        narrow = offered(await menus.options(NARROW, text, name))
        assert not narrow & {STAGING.id, PROD.id, *(f"key:{each}" for each in other)}


@EVERY
@pytest.mark.parametrize("method", ["users_by_email", "environments", "keys", "groups_of"])
def test_a_menu_answers_where_cloudinary_does_not(
    method: str, text: str, name: str, menus: Menus
) -> None:
    """With the typed text, or with how to go on; and with everything as soon as it is there"""
    with asyncio.Runner(loop_factory=HastyLoop) as runner:
        runner.run(answers_while_stuck(method, text, name, menus))


async def answers_while_stuck(method: str, text: str, name: str, menus: Menus) -> None:
    """Ask a menu while calls do not come back, and again when they do."""
    account = menus.harness.account
    account.stuck.add(method)
    needed = method != "keys" or MENUS[text, name] is Ask.KEY
    for typed in ("typed", ""):
        for by in (TECH, ADMIN):
            options = await menus.options(by, text, name, typed)
            assert options or not needed
    account.go_on.set()
    every = await menus.options(ADMIN, text, name)
    assert LATER not in {each["value"] for each in every}


@EVERY
@pytest.mark.parametrize(
    "error",
    [Unavailable("down", maybe_done=False), Forbidden("no rights", status=403)],
    ids=["down", "forbidden"],
)
async def test_a_menu_answers_where_cloudinary_fails(
    error: CloudinaryError, text: str, name: str, menus: Menus
) -> None:
    """With the typed text, or with how to go on"""
    for method in ("users_by_email", "environments", "keys", "assignable_roles", "user_groups"):
        menus.harness.account.fail_next(method, error, times=50)
    assert "typed" in {each["value"] for each in await menus.options(ADMIN, text, name, "typed")}
    (only,) = await menus.options(ADMIN, text, name)
    assert only["value"] == LATER


@EVERY
async def test_a_menu_answers_without_redis(text: str, name: str, menus: Menus) -> None:
    """Likewise; a person is offered nothing that they may not see"""
    menus.slack.gone = True
    (only,) = await menus.options(GUEST, text, name, "typed")
    assert only["value"] == "typed"
    (only,) = await menus.options(GUEST, text, name)
    assert only["value"] == LATER


@EVERY
async def test_a_menu_keeps_slacks_limits_for_odd_names(text: str, name: str, menus: Menus) -> None:
    """An answer that Slack refuses would show nothing at all"""
    account = menus.harness.account
    for number, odd in enumerate(ODD):
        account.add_environment(Environment(f"e-odd{number}", odd, f"odd-{number}"))
        account.add_key(DEV.id, odd)
        account.add_group(odd)
        account.all_roles.append(KeyRole(odd, odd, odd))
    for number in range(120):
        account.add_key(DEV.id, f"many-{number}")
        account.add_environment(Environment(f"e-many{number}", f"many {number}", f"many-{number}"))
        account.add_group(f"many {number}")
    for by in (TECH, ADMIN):
        for typed in ("", "x", *ODD):
            options = await menus.options(by, text, name, typed)
            menu = {"type": "static_select", "action_id": "menu", "options": options}
            found = [*shape_problems(menu, "StaticSelect"), *size_problems(menu)] if options else []
            assert not found
            assert all(each["text"]["text"] for each in options)
            assert len({each["value"] for each in options}) == len(options)


async def test_keys_that_are_read_in_time_are_offered(menus: Menus) -> None:
    """With the typed text, and the words that some may be missing"""
    await menus.options(TECH, "key disable --env shop-dev", "name")
    wait(menus, 0.4)
    menus.harness.account.stuck.add("keys")
    options = await menus.options(TECH, "key disable", "name")
    assert {"ci-bot · Shop dev", "shared · Shop dev", "uploader · Shop dev"} == {
        each["text"]["text"] for each in options
    }
    assert "Some may be missing. Type a name, or open this menu again." == menus.heading
    typed = await menus.options(TECH, "key disable", "name", "ci")
    assert ["ci-bot · Shop dev", "Use “ci”"] == [each["text"]["text"] for each in typed]


async def test_a_form_reads_what_its_menus_offer_while_it_opens(menus: Menus) -> None:
    """Then the first look into a menu reads nothing"""
    form = completing("key disable")
    assert form
    await menus.harness.flows.forms.choices.warm(TECH, form)
    calls = menus.harness.account.calls.copy()
    assert calls["keys"]
    assert await menus.options(TECH, "key disable", "name")
    assert calls == menus.harness.account.calls


@pytest.mark.parametrize("by", [GUEST, BILLING])
async def test_nothing_is_read_for_a_person_who_may_not_see_it(by: Actor, menus: Menus) -> None:
    """Not while a form opens, either"""
    form = completing("key disable")
    assert form
    await menus.harness.flows.forms.choices.warm(by, form)
    assert 0 == menus.harness.account.calls["keys"]


async def test_typing_reads_groups_and_roles_once(menus: Menus) -> None:
    """Each keystroke asks again"""
    for typed in ("", "c", "co", "con"):
        await menus.options(ADMIN, "group add", "group", typed)
        await menus.options(TECH, "key create", "role", typed)
    calls = menus.harness.account.calls
    assert (1, 1) == (calls["user_groups"], calls["assignable_roles"])


def test_a_menu_that_was_not_loaded_is_no_choice() -> None:
    """The form says so at its field"""
    form = completing("key disable")
    assert form
    found = problems_of(form.spec, {"name": LATER}, {"field:name"}, ENGLISH)
    assert {
        "field:name": "This menu was not loaded yet. Open it again and choose, or type a name."
    } == found


@pytest.mark.parametrize(("enough", "waits"), [(100, False), (1_000, True), (0, True)])
async def test_an_untouched_menu_waits_for_no_more_keys_than_it_takes(
    enough: int, menus: Menus, *, waits: bool
) -> None:
    """An environment that is read slowly delays only those who search"""
    account, brief = menus.harness.account, menus.harness.flows.forms.choices.brief
    for number in range(120):
        account.add_key(DEV.id, f"many-{number}")
    await brief.keys(DEV.id)
    account.stuck.add("keys")
    asyncio.get_running_loop().call_later(0.2, account.go_on.set)
    found = await brief.keys_soon([DEV.id, PROD.id], 0.3 if not waits else 30, enough=enough)
    assert 120 < len(found[DEV.id] or ())
    assert waits is (found[PROD.id] is not None)
