"""What a key can't do once a role is removed, and roles that allow a key nothing."""

import pytest

from bot.cards.kit import plain
from bot.cards.outcomes import card_of
from bot.cards.requests import posted
from bot.domain.key_roles import KeyRole
from bot.domain.outcomes.decisions import Voided
from bot.domain.outcomes.requests import Requested
from bot.domain.outcomes.roles import NoSuchRole, RolesChanged, RolesShown, WhichRole
from bot.domain.outcomes.union import Outcome
from bot.errors import Unavailable
from tests.fakes.key_roles import ALL_ROLES, LIBRARY, UPLOADER
from tests.flows.harness import ADMIN, COLLEAGUE, DEV, NEWCOMER, PROD, TECH, Harness, ready
from tests.flows.requested import approved, asked, carried_out
from tests.flows.with_roles import with_roles

REPORTS = ALL_ROLES[2]
BILLING = ALL_ROLES[3]
REMOVE = f"key roles shop-web remove {UPLOADER.id} --env shop"


@pytest.fixture
def roles() -> Harness:
    """An account with roles."""
    return with_roles()


def text(outcome: Outcome) -> str:
    """The card as text."""
    return plain(card_of(outcome))


async def hold(harness: Harness, name: str, *held: KeyRole, place: str = DEV.id) -> str:
    """Give a key roles, as a person in the Console does."""
    keys = await harness.account.keys(place)
    key = next(each for each in keys if each.name == name)
    for role in held:
        harness.account.hold(place, key.api_key, role)
    return key.api_key


async def test_a_removal_without_a_role_asks_which_to_take(roles: Harness) -> None:
    """Not what the key may do; each button says that it removes"""
    await hold(roles, "ci-bot", UPLOADER, REPORTS)
    which = await roles.run(TECH, "key roles ci-bot remove")

    assert isinstance(which, WhichRole)
    assert "Choose the role to remove. Nothing changed yet." in text(which)
    assert "may do" not in text(which)
    labels = [str(button.label) for button in card_of(which).buttons]
    assert ["Remove Upload manager", "Remove Reports"] == labels


async def test_the_only_role_is_told_before_it_is_taken(roles: Harness) -> None:
    """Where a role is chosen, and where the roles are shown"""
    await hold(roles, "ci-bot", UPLOADER)
    which = await roles.run(TECH, "key roles ci-bot remove")
    shown = await roles.run(TECH, "key roles ci-bot")

    assert isinstance(which, WhichRole)
    assert isinstance(shown, RolesShown)
    for outcome in (which, shown):
        assert "the key's only role: without it, the key can do nothing" in text(outcome)


@pytest.mark.parametrize("role", ["", " reports"])
async def test_a_key_without_roles_has_none_to_remove(roles: Harness, role: str) -> None:
    """No role is offered that the key does not have"""
    outcome = await roles.run(TECH, f"key roles ci-bot remove{role}")

    assert isinstance(outcome, NoSuchRole)
    assert "This key has no role to remove. Nothing changed." in text(outcome)
    assert not card_of(outcome).buttons


async def test_a_role_that_the_key_lacks_is_not_removed(roles: Harness) -> None:
    """The answer offers those that it has"""
    await hold(roles, "ci-bot", UPLOADER, REPORTS)
    outcome = await roles.run(TECH, "key roles ci-bot remove billing")

    assert isinstance(outcome, NoSuchRole)
    assert "The key has no role named billing. Nothing changed." in text(outcome)
    assert 2 == len(card_of(outcome).buttons)


async def test_a_removed_role_can_be_added_again(roles: Harness) -> None:
    """The answer has the way back"""
    api_key = await hold(roles, "ci-bot", UPLOADER)
    outcome = await roles.run(TECH, "key roles ci-bot remove 'upload manager'")

    assert isinstance(outcome, RolesChanged)
    buttons = {str(each.label): each.command for each in card_of(outcome).buttons}
    back = f"key roles {api_key} add {UPLOADER.id} --env shop-dev"
    assert back == buttons["Add Upload manager again"]


@pytest.mark.parametrize(
    ("others", "told"),
    [
        ((), "Without it, the key can do nothing."),
        ((REPORTS,), "Without it, the key can't do this: Upload new assets or Change up"),
        ((ALL_ROLES[0],), "The key can do the same without it."),
    ],
)
async def test_approvers_read_what_a_key_loses(
    roles: Harness, others: tuple[KeyRole, ...], told: str
) -> None:
    """So does the requester"""
    await hold(roles, "shop-web", UPLOADER, *others, place=PROD.id)
    outcome = await roles.run(TECH, REMOVE)

    assert isinstance(outcome, Requested)
    for card in (posted(outcome.request), card_of(outcome)):
        assert "Removes the role Upload manager." in plain(card)
        assert told in plain(card)


async def test_a_removal_that_takes_more_than_approvers_saw_is_void(roles: Harness) -> None:
    """Another role was removed since, so this is the last one by now"""
    api_key = await hold(roles, "shop-web", UPLOADER, REPORTS, place=PROD.id)
    request = await approved(roles, REMOVE, TECH, to=COLLEAGUE)
    await roles.account.take_role(PROD.id, api_key, REPORTS)

    assert isinstance(await carried_out(roles, request), Voided)
    assert (UPLOADER,) == await roles.account.roles_of_key(PROD.id, api_key)


async def test_a_removal_that_takes_less_than_approvers_saw_goes_on(roles: Harness) -> None:
    """Another role was added since"""
    api_key = await hold(roles, "shop-web", UPLOADER, place=PROD.id)
    request = await approved(roles, REMOVE, TECH, to=COLLEAGUE)
    roles.account.hold(PROD.id, api_key, REPORTS)

    assert isinstance(await carried_out(roles, request), RolesChanged)
    assert (REPORTS,) == await roles.account.roles_of_key(PROD.id, api_key)


async def test_a_role_is_removed_although_policies_cannot_be_read(roles: Harness) -> None:
    """The card says no more than is known: that it is the last one"""
    await hold(roles, "shop-web", UPLOADER, place=PROD.id)
    roles.account.fail_next("verdicts", Unavailable("away", status=503, maybe_done=False))
    request = await asked(roles, REMOVE, TECH)

    assert "Without it, the key can do nothing." in plain(posted(request))


WISH = f"request shop-dev deploy --reason builds --role {LIBRARY.id}"
NOTHING = "This role allows nothing for an API key."


async def test_a_role_that_allows_nothing_is_marked(roles: Harness) -> None:
    """In the choice, where it comes last, on the request and its answer, and beside the link"""
    which = await roles.run(TECH, "key create new --env shop-dev")
    assert isinstance(which, WhichRole)
    assert LIBRARY == which.choices[-1][0]
    assert 1 == text(which).count(NOTHING)

    requested = await roles.run(NEWCOMER, WISH)
    assert isinstance(requested, Requested)
    assert NOTHING in text(requested)
    assert NOTHING in plain(posted(requested.request))

    link = ready(await roles.run(TECH, f"key create new --env shop-dev --role {LIBRARY.id}"))
    assert NOTHING in text(link)


async def test_a_useful_role_is_not_marked(roles: Harness) -> None:
    """Nor is one of which the key alone is known"""
    link = ready(await roles.run(TECH, "key create new --env shop-dev --role billing"))
    assert NOTHING not in text(link)
    request = await approved(roles, WISH.replace(LIBRARY.id, BILLING.id), NEWCOMER, to=ADMIN)
    assert NOTHING not in plain(posted(request))
