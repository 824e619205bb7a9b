"""Roles of keys: at birth, later, and what they explain."""

from dataclasses import replace
from pathlib import Path

import pytest

from bot.adapters.cedar.policy import CedarPolicy
from bot.cards.kit import plain
from bot.cards.outcomes import card_of
from bot.domain.commands.completing import completing
from bot.domain.commands.grammar import render
from bot.domain.commands.keys import CreateKey
from bot.domain.commands.requests import RequestKey
from bot.domain.key_roles import MASTER, KeyRole, Use
from bot.domain.outcomes.access import Denied, Introduced
from bot.domain.outcomes.decisions import Voided
from bot.domain.outcomes.keys import KeyCreated, KeyProtected, KeyShown, KeysListed
from bot.domain.outcomes.links import LinkReady
from bot.domain.outcomes.requests import Requested
from bot.domain.outcomes.roles import (
    KeyExplained,
    NoRoles,
    NoSuchRole,
    RoleNotGiven,
    RoleRefused,
    RolesChanged,
    RolesShown,
    RoleUnchanged,
    WhichRole,
)
from bot.domain.outcomes.union import Outcome, Several
from bot.domain.policy import Action
from bot.errors import Forbidden, RateLimited, Unavailable
from tests.fakes.key_roles import UPLOADER
from tests.flows.harness import (
    ADMIN,
    CHIEF,
    COLLEAGUE,
    DEV,
    NEWCOMER,
    PROD,
    TECH,
    Harness,
    ready,
    staffed,
)
from tests.flows.requested import approved, asked, carried_out, kept, looked, under
from tests.flows.with_roles import with_roles

CREATE = 'key create new --env shop-dev --role "upload manager"'
REQUEST = "request shop ci-upload --reason builds --role uploads"
FOLDER = KeyRole("cld::role::folder::viewer", "Viewer", "View.", folder="shop")
REFUSED = Forbidden("missing permissions", status=403)
LOST = Unavailable("no clear answer", status=500, maybe_done=True)


@pytest.fixture
def roles() -> Harness:
    """An account with roles."""
    return with_roles()


def text(outcome: Outcome) -> str:
    """The card as text."""
    return plain(card_of(outcome))


async def held(harness: Harness, name: str = "new") -> list[str]:
    """Ids of the roles that a key has."""
    key = await harness.key(DEV, name)
    return [role.id for role in await harness.account.roles_of_key(DEV.id, key.api_key)]


async def test_a_new_key_has_its_role_before_its_link(roles: Harness) -> None:
    """It is disabled until its owner opens the link"""
    link = ready(await roles.run(TECH, CREATE))

    assert "Role: Upload manager" in text(link)
    assert [UPLOADER.id] == await held(roles)
    assert not (await roles.key(DEV, "new")).enabled
    begun = [entry.target.get("role") for entry in roles.jobs.entries if entry.event == "begun"]
    assert [None, UPLOADER.id] == begun
    assert UPLOADER.id == roles.pending.entries[-1].target["role"]


@pytest.mark.parametrize("name", [UPLOADER.id, "Upload Manager", "master_admin", MASTER])
async def test_a_role_is_named_by_its_id_its_end_or_its_name(roles: Harness, name: str) -> None:
    """Master Admin needs an approval"""
    outcome = await roles.run(TECH, f'key create new --env shop-dev --role "{name}"')

    assert isinstance(outcome, Requested if "aster" in name else LinkReady)


async def test_a_typed_command_without_a_role_is_asked_back(roles: Harness) -> None:
    """The least role first, each with what it allows; one that allows nothing is last"""
    which = await roles.run(TECH, "key create new --env shop-dev")

    assert isinstance(which, WhichRole)
    assert ["billing", "reports", UPLOADER.id, "master_admin", "ml_user"] == [
        role.id.rpartition("::")[2] for role, _ in which.choices
    ]
    assert roles.account.calls["create_key"] == 0
    assert UPLOADER.allows in text(which)
    buttons = [button.command for button in card_of(which).buttons]
    assert f"key create new --env shop-dev --role {UPLOADER.id}" in buttons


async def test_a_request_without_a_role_is_asked_back(roles: Harness) -> None:
    """And opens nothing"""
    assert isinstance(await roles.run(NEWCOMER, "request shop --reason builds"), WhichRole)
    assert not await roles.requests.opened_by(NEWCOMER, 9)


@pytest.mark.parametrize("role", ["", " --role uploadr"])
async def test_several_environments_are_asked_about_once(roles: Harness, role: str) -> None:
    """Each button requests all of them"""
    which = await roles.run(NEWCOMER, f"request shop-dev,shop-stag --reason builds{role}")
    assert isinstance(which, NoSuchRole if role else WhichRole)
    opened = await roles.run(NEWCOMER, render(which.choices[0][1]))
    assert isinstance(opened, Several)


async def test_an_unknown_role_creates_nothing(roles: Harness) -> None:
    """The answer offers the roles, as where none is named"""
    outcome = await roles.run(TECH, "key create new --env shop-dev --role uploadr")

    assert isinstance(outcome, NoSuchRole)
    assert UPLOADER.allows in text(outcome)
    buttons = [button.command for button in card_of(outcome).buttons]
    assert f"key create new --env shop-dev --role {UPLOADER.id}" in buttons
    assert roles.account.calls["create_key"] == 0


async def test_a_role_that_is_new_at_cloudinary_is_found(roles: Harness) -> None:
    """Although the list was read a moment ago"""
    await roles.run(TECH, "key create new --env shop-dev")
    roles.account.all_roles.append(replace(UPLOADER, id="fresh", name="Fresh"))

    ready(await roles.run(TECH, "key create new --env shop-dev --role fresh"))


DEFAULTS = """
@id("own")
@default_role("Upload manager")
permit (principal, action in [Action::"key:create", Action::"claim", Action::"whoami"], resource);
@id("look")
permit (principal, action in Action::"look", resource);
"""


async def test_the_policy_may_name_the_role(roles: Harness, tmp_path: Path) -> None:
    """For a command that names none"""
    file = tmp_path / "own.cedar"
    file.write_text(DEFAULTS, encoding="utf-8")
    roles.policy = CedarPolicy.load(file)
    roles.rebuild()
    ready(await roles.run(TECH, "key create new --env shop-dev"))

    assert [UPLOADER.id] == await held(roles)


async def test_an_account_without_roles_refuses_one(harness: Harness) -> None:
    """With the reason; without a role everything is as before"""
    assert isinstance(await harness.run(TECH, CREATE), NoRoles)
    assert isinstance(await harness.run(NEWCOMER, "request shop --reason builds --role x"), NoRoles)
    ready(await harness.run(TECH, "key create new --env shop-dev"))
    assert not harness.account.calls["roles_of_key"]
    assert not harness.account.calls["roles_by_key"]


@pytest.mark.parametrize(
    ("error", "refused"), [(REFUSED, True), (RateLimited("slow", status=429), False), (LOST, False)]
)
async def test_a_key_without_its_role_is_dead(
    roles: Harness, error: Exception, *, refused: bool
) -> None:
    """It stays disabled, nothing is there to claim, and the answer says what to fix"""
    roles.account.fail_next("give_role", error)
    outcome = await roles.run(TECH, CREATE)

    assert isinstance(outcome, RoleNotGiven)
    assert refused is outcome.refused
    assert ("account key has no role" in text(outcome)) is refused
    assert not (await roles.key(DEV, "new")).enabled
    assert not await roles.pending.pending_of(TECH)


async def test_an_answer_that_was_lost_is_looked_for(roles: Harness) -> None:
    """The role is there, so the link follows"""
    roles.account.fail_next("give_role", LOST, after=True)
    ready(await roles.run(TECH, CREATE))


async def test_a_role_that_cannot_be_read_back_is_not_trusted(roles: Harness) -> None:
    """No link leads to a key whose role is not certain"""
    roles.account.fail_next("roles_of_key", LOST, after=True)
    assert isinstance(await roles.run(TECH, CREATE), RoleNotGiven)
    assert not await roles.pending.pending_of(TECH)


CRASHES = [
    ("create_key", False),
    ("create_key", True),
    ("roles_of_key", False),
    ("give_role", False),
    ("give_role", True),
    ("roles_of_key", True),
]


class Killed(BaseException):
    """The process died."""


@pytest.mark.parametrize(("method", "after"), CRASHES)
async def test_a_killed_creation_goes_on_once(roles: Harness, method: str, *, after: bool) -> None:
    """At every call: one key, one role, one set of credentials"""
    job = await roles.job(TECH, CREATE)
    roles.account.fail_next(method, Killed(), after=after)  # type: ignore[arg-type]  # the worst
    with pytest.raises(Killed):
        await roles.flows.dispatcher.run(job)

    assert not await roles.pending.pending_of(TECH)
    ready(await roles.again(job.id))
    assert [UPLOADER.id] == await held(roles)
    assert roles.account.calls["create_key"] == (2 if (method, after) == CRASHES[0] else 1)
    assert 1 == len(await roles.pending.pending_of(TECH))


async def test_an_approved_request_gives_its_role(roles: Harness) -> None:
    """It is in the terms, on the card, and is given before the key can be collected"""
    request = await asked(roles, REQUEST.replace("uploads", UPLOADER.id), NEWCOMER)
    assert request.terms.role == UPLOADER
    assert UPLOADER.allows in text(Requested(request))
    assert replace(request.terms, role=None).fingerprint != request.terms.fingerprint
    await roles.run(ADMIN, f"approve {request.id}")
    await carried_out(roles, request)

    made = (await kept(roles, request)).made
    (role,) = await roles.account.roles_of_key(PROD.id, made)
    assert UPLOADER.id == role.id


async def test_a_request_whose_role_is_refused_fails(roles: Harness) -> None:
    """No one can collect it, and the requester hears what to fix"""
    request = await approved(roles, REQUEST.replace("uploads", UPLOADER.id), NEWCOMER, to=ADMIN)
    roles.account.fail_next("give_role", REFUSED)
    assert isinstance(await carried_out(roles, request), RoleNotGiven)

    failed = await kept(roles, request)
    assert ("failed", "role_not_given") == (failed.state, failed.outcome)
    assert not await roles.pending.pending_of(NEWCOMER)


@pytest.mark.parametrize(
    ("command", "quorum"),
    [
        ("key create x --env shop-dev --role master_admin", 1),
        ("key create x --env shop --role master_admin", 2),
        ("request shop-stag x --reason y --role master_admin", 1),
        ("request shop x --reason y --role master_admin", 2),
        ("key roles ci-bot add master_admin", 1),
        ("key roles shop-web add master_admin", 2),
    ],
)
async def test_master_admin_needs_its_own_approvals(
    roles: Harness, command: str, quorum: int
) -> None:
    """However a key gets it"""
    request = await asked(roles, command, TECH)

    assert Action.KEY_MASTER_ADMIN is request.terms.action
    assert (quorum, ("admins",)) == (request.approval.quorum, request.approval.approvers)
    assert isinstance(await roles.run(COLLEAGUE, f"approve {request.id}"), Outcome)
    assert not (await kept(roles, request)).current_votes


async def test_a_role_that_manages_keys_counts_as_master_admin(roles: Harness) -> None:
    """By what its policies allow, whatever its name is"""
    roles.account.all_roles.append(KeyRole("k", "Key keeper", uses=(Use.KEYS,)))
    request = await asked(roles, "key create x --env shop-dev --role k", TECH)

    assert Action.KEY_MASTER_ADMIN is request.terms.action


async def test_who_may_not_request_may_not_by_a_role_either(roles: Harness) -> None:
    """Without a key role, no one asks for Master Admin"""
    command = "request shop-dev x --reason y --role master_admin"
    assert isinstance(await roles.run(NEWCOMER, command), Outcome)
    assert not await roles.requests.opened_by(NEWCOMER, 9)


@pytest.mark.parametrize("change", ["gone", "grown", "shrunk"])
async def test_a_role_is_looked_at_again_before_it_is_given(roles: Harness, change: str) -> None:
    """One that is gone, or allows more than approvers saw, is not"""
    request = await approved(roles, REQUEST.replace("uploads", UPLOADER.id), NEWCOMER, to=ADMIN)
    uses = {"grown": (*UPLOADER.uses, Use.DELETE), "shrunk": UPLOADER.uses[:1]}
    now = [replace(UPLOADER, uses=uses[change])] if change in uses else []
    roles.account.all_roles[:] = [*roles.account.all_roles[:-1], *now]
    outcome = await carried_out(roles, request)

    assert isinstance(outcome, KeyCreated if change == "shrunk" else Voided)


async def test_a_preview_tells_what_a_role_needs(roles: Harness) -> None:
    """By what it allows, whatever its name is"""
    roles.account.all_roles.append(KeyRole("k", "Key keeper", uses=(Use.KEYS,)))
    previews = roles.flows.forms.previewer
    for role, action in (("k", Action.KEY_MASTER_ADMIN), (UPLOADER.id, Action.KEY_CREATE)):
        form = completing(f"key create x --env shop-dev --role {role}")
        assert form
        assert [action] == [each.action for each in await previews.of(TECH, form)]


async def test_an_explanation_tells_the_approvals_of_master_admin(roles: Harness) -> None:
    """By the rule of its own"""
    command = "explain key create x --env shop --role master_admin"
    told = text(await roles.run(TECH, command))
    assert "2 approvals from an Admin or Master admin" in told
    assert "including a Master admin" in told


async def test_longer_access_to_a_master_admin_key_needs_the_same_approvals(
    roles: Harness,
) -> None:
    """Although the key has the role already"""
    command = "request shop-dev x --reason y --role master_admin --expires 1d"
    request = await approved(roles, command, TECH, to=ADMIN)
    await carried_out(roles, request)
    roles.pending.collect(request.id)
    roles.requests.wake(request.id)
    await looked(roles)
    renewal = await asked(roles, f"renew {request.id} --reason more --expires 1d", TECH)
    assert Action.KEY_MASTER_ADMIN is renewal.terms.action


async def test_a_forbidden_creation_is_forbidden_with_any_role(
    roles: Harness, tmp_path: Path
) -> None:
    """A rule about the command holds beside the one about Master Admin"""
    rules = """
@id("no-new")
forbid (principal, action == Action::"key:create", resource);
@id("all")
permit (principal, action, resource);
"""
    under(roles, tmp_path, rules)
    outcome = await roles.run(TECH, "key create x --env shop-dev --role master_admin")

    assert isinstance(outcome, Denied)


async def test_a_role_is_added_and_removed(roles: Harness) -> None:
    """At once in development; twice changes nothing"""
    added = await roles.run(TECH, f"key roles ci-bot add {UPLOADER.id}")
    assert isinstance(added, RolesChanged)
    again = await roles.run(TECH, f"key roles ci-bot add {UPLOADER.id}")
    assert isinstance(again, RoleUnchanged)
    shown = await roles.run(TECH, "key roles ci-bot")
    assert isinstance(shown, RolesShown)
    assert UPLOADER.allows in text(shown)
    assert shown.may_change
    removed = await roles.run(TECH, "key roles ci-bot remove 'upload manager'")
    assert isinstance(removed, RolesChanged)
    assert "can do nothing" in text(removed)
    assert [] == await held(roles, "ci-bot")


async def test_a_change_that_is_done_is_not_repeated(roles: Harness) -> None:
    """A job that runs again shows the roles as they are"""
    job = await roles.job(TECH, f"key roles ci-bot add {UPLOADER.id}")
    await roles.flows.dispatcher.run(job)
    await roles.run(TECH, f"key roles ci-bot remove {UPLOADER.id}")
    assert isinstance(await roles.again(job.id), RolesShown)
    assert [] == await held(roles, "ci-bot")


async def test_production_wants_an_approval_for_a_role(roles: Harness) -> None:
    """Once it is there, the role is given"""
    request = await approved(roles, f"key roles shop-web add {UPLOADER.id}", TECH, to=COLLEAGUE)
    assert Action.KEY_ROLES is request.terms.action
    assert isinstance(await carried_out(roles, request), RolesChanged)
    assert "done" == (await kept(roles, request)).state


async def test_the_last_role_change_is_shown(roles: Harness) -> None:
    """With the person; what is known of a disabling stays"""
    await roles.run(TECH, "key disable ci-bot")
    before = await roles.jobs.last_change((await roles.key(DEV, "ci-bot")).api_key)
    await roles.run(TECH, f"key roles ci-bot add {UPLOADER.id}")
    shown = await roles.run(TECH, "key show ci-bot")

    assert isinstance(shown, KeyShown)
    assert shown.last
    assert before
    assert before.disabled == shown.last.disabled
    assert "Given other roles" in text(shown)


async def test_the_root_key_keeps_its_roles(roles: Harness) -> None:
    """No role is added or removed"""
    root = next(key for key in await roles.account.keys(DEV.id) if key.root)
    outcome = await roles.run(TECH, f"key roles {root.api_key} add {UPLOADER.id}")

    assert isinstance(outcome, KeyProtected)


async def test_a_refused_change_says_what_to_fix(roles: Harness) -> None:
    """And changes nothing"""
    roles.account.fail_next("give_role", REFUSED)
    outcome = await roles.run(TECH, f"key roles ci-bot add {UPLOADER.id}")

    assert isinstance(outcome, RoleRefused)
    assert "account key has no role" in text(outcome)


@pytest.mark.parametrize(("method", "after"), CRASHES[2:])
async def test_a_killed_change_goes_on_once(roles: Harness, method: str, *, after: bool) -> None:
    """At every call: the change is told as its own"""
    job = await roles.job(TECH, f"key roles ci-bot add {UPLOADER.id}")
    roles.account.fail_next(method, Killed(), after=after)  # type: ignore[arg-type]  # the worst
    with pytest.raises(Killed):
        await roles.flows.dispatcher.run(job)

    again = await roles.again(job.id)
    assert isinstance(again, RolesChanged)
    assert [UPLOADER.id] == await held(roles, "ci-bot")


@pytest.mark.parametrize("ref", [UPLOADER.id, f"{FOLDER.id}@shop"])
@pytest.mark.parametrize("after", [False, True])
async def test_a_killed_removal_goes_on_once(roles: Harness, ref: str, *, after: bool) -> None:
    """The role is gone by then, and the next process knows which one this job took"""
    key = await roles.key(DEV, "ci-bot")
    for role in (UPLOADER, FOLDER):
        roles.account.hold(DEV.id, key.api_key, role)
    job = await roles.job(TECH, f"key roles ci-bot remove {ref}")
    roles.account.fail_next("take_role", Killed(), after=after)  # type: ignore[arg-type]  # the worst
    with pytest.raises(Killed):
        await roles.flows.dispatcher.run(job)

    assert isinstance(await roles.again(job.id), RolesChanged)
    assert 1 == len(await held(roles, "ci-bot"))
    assert isinstance(await roles.run(TECH, f"key roles ci-bot remove {ref}"), NoSuchRole)


async def test_a_role_of_a_folder_is_shown_and_removed_there(roles: Harness) -> None:
    """A role of the same name in another folder stays"""
    key = await roles.key(DEV, "ci-bot")
    for folder in ("shop", "press"):
        roles.account.hold(DEV.id, key.api_key, replace(FOLDER, folder=folder))
    shown = await roles.run(TECH, "key roles ci-bot")
    assert "in the folder press" in text(shown)
    assert isinstance(await roles.run(TECH, "key roles ci-bot remove viewer"), WhichRole)
    await roles.run(TECH, f"key roles ci-bot remove {FOLDER.id}@press")

    assert ["shop"] == [it.folder for it in await roles.account.roles_of_key(DEV.id, key.api_key)]


async def test_a_list_marks_keys_by_their_roles(roles: Harness) -> None:
    """One call for each environment, however many keys"""
    key = await roles.key(DEV, "ci-bot")
    roles.account.hold(DEV.id, key.api_key, roles.account.all_roles[0])
    listed = await roles.run(TECH, "key list")

    assert isinstance(listed, KeysListed)
    assert roles.account.calls["roles_by_key"] == 3
    assert "No role: can do nothing." in text(listed)
    assert "\N{WARNING SIGN} Master Admin" in text(listed)


async def test_a_list_comes_without_roles_that_cannot_be_read(roles: Harness) -> None:
    """The keys are what was asked for"""
    roles.account.fail_next("roles_by_key", REFUSED)
    assert isinstance(await roles.run(TECH, "key list --env shop-dev"), KeysListed)


async def test_a_key_is_explained(roles: Harness) -> None:
    """What allows it, what is missing, and the command for that"""
    key = await roles.key(DEV, "ci-bot")
    roles.account.hold(DEV.id, key.api_key, UPLOADER)
    every = await roles.run(TECH, "key why ci-bot")
    assert isinstance(every, KeyExplained)
    assert "Upload new assets: yes, by Upload manager" in text(every)
    billing = "Read reports: the least role that allows this is Billing."
    assert f"{billing} To add it: /cld key roles ci-bot add Billing" in text(every)
    assert MASTER not in text(every)
    one = await roles.run(TECH, "key why ci-bot delete")
    assert "Delete assets: no. None of its roles allows it." in text(one)
    assert '/cld key roles ci-bot add "Master Admin" --env shop-dev' in text(one)
    assert "only Master Admin allows this, and it allows everything else" in text(one)
    assert "Upload new" not in text(one)


async def test_a_disabled_key_is_explained_as_such(roles: Harness) -> None:
    """It can do nothing, whatever its roles say"""
    await roles.run(TECH, "key disable ci-bot")
    assert "is disabled, so it can do nothing" in text(await roles.run(TECH, "key why ci-bot"))


async def test_whoami_tells_that_keys_have_no_roles(harness: Harness) -> None:
    """On an account without the Permissions API, once"""
    without = await harness.run(TECH, "whoami")
    assert isinstance(without, Introduced)
    assert 1 == text(without).count("have no roles")
    assert "have no roles" not in text(await with_roles().run(CHIEF, "whoami"))


def test_the_harness_has_both_kinds_of_accounts() -> None:
    """So that the tests above mean something"""
    assert staffed(permissions=True).permissions is not staffed().permissions


@pytest.mark.parametrize(
    ("command", "kind"),
    [
        (CreateKey("x", "shop-dev"), WhichRole),
        (CreateKey("x", "shop-dev", "nothing"), NoSuchRole),
        (CreateKey("x", "shop-dev", UPLOADER.id), type(None)),
        (RequestKey("shop", "why"), WhichRole),
        (RequestKey("shop,shop-dev", "why", role="nothing"), NoSuchRole),
        (RequestKey("shop,shop-dev", "why", role=UPLOADER.id), type(None)),
    ],
)
async def test_a_form_without_a_role_is_told_before_it_is_sent(
    roles: Harness, command: CreateKey | RequestKey, kind: type[object]
) -> None:
    """Beside its field, and a wrong one too"""
    assert isinstance(await roles.flows.forms.precheck.problem(TECH, command), kind)


NEEDS_ONE = """
@id("all")
permit (principal, action, resource) when { principal.at_cloudinary };

@id("one")
@approvals("1")
@approvers("key_roles")
permit (principal, action in [Action::"key:create", Action::"key:roles"], resource);
"""


@pytest.mark.parametrize(
    "text",
    [
        "key create new --env shop-dev --role master_admin",
        "key roles ci-bot add master_admin --env shop-dev",
    ],
)
async def test_a_graver_role_needs_no_less_than_another(
    roles: Harness, tmp_path: Path, text: str
) -> None:
    """Where only the command needs an approval, the gravest role is no way around it"""
    under(roles, tmp_path, NEEDS_ONE)
    request = await asked(roles, text, TECH)
    assert (Action.KEY_MASTER_ADMIN, 1) == (request.terms.action, request.approval.quorum)
