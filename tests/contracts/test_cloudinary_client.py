from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from bot.adapters.cloudinary.client import Cloudinary
from bot.domain.environments import Environment
from bot.domain.keys import Key
from bot.domain.people import CloudinaryUser, Role
from bot.domain.secret import Secret
from bot.errors import Conflict, Forbidden, NotFound
from bot.flows.ports import Account, Users
from sandbox import at_cloudinary, company
from tests.contracts.cloudinary_twin import twin
from tests.fakes.cloudinary import FakeAccount

PRODUCTION, STAGING = (
    Environment(place.id, place.name, place.cloud_name) for place in at_cloudinary.ENVIRONMENTS[:2]
)
DOMAIN = company.DOMAIN
Either = FakeAccount | Cloudinary


def fake() -> FakeAccount:
    """Seed the fake with the same company as the server."""
    account = FakeAccount()
    for place in at_cloudinary.ENVIRONMENTS:
        account.add_environment(Environment(place.id, place.name, place.cloud_name))
    for key in at_cloudinary.KEYS:
        account.add_key(key.environment, key.name or "", enabled=key.enabled, root=key.root)
    for user in at_cloudinary.USERS:
        account.add_user(
            cloudinary_user(user), environments=user.environments or (), groups=user.groups
        )
    return account


def cloudinary_user(user: at_cloudinary.User) -> CloudinaryUser:
    """Convert it to the domain's value."""
    return CloudinaryUser(
        user.id,
        user.name,
        user.email,
        Role(user.role),
        enabled=user.enabled,
        pending=user.pending,
        all_environments=user.environments is None,
    )


@pytest.fixture(params=["fake", "client"])
async def account(request: pytest.FixtureRequest) -> AsyncIterator[Either]:
    """The fake, then the client of the sandbox: both keep the same contract."""
    if request.param == "fake":
        yield fake()
        return
    async with twin() as running:
        yield running.client


async def named(account: Account, place: Environment, name: str) -> Key:
    """Find one key by its name."""
    (key,) = [key for key in await account.keys(place.id) if key.name == name]
    return key


def user_id(name: str) -> str:
    """Find a user of the company by the name."""
    return next(user.id for user in at_cloudinary.USERS if user.name == name)


async def test_every_environment_is_listed(account: Account) -> None:
    """All of the account's, by name and cloud name"""
    listed = await account.environments()

    assert [(place.id, place.cloud_name) for place in at_cloudinary.ENVIRONMENTS] == [
        (place.id, place.cloud_name) for place in listed
    ]


async def test_every_key_is_listed_without_its_secret(account: Account) -> None:
    """A nameless root key too"""
    listed = await account.keys(PRODUCTION.id)

    seeded = [key for key in at_cloudinary.KEYS if key.environment == PRODUCTION.id]
    assert {(key.name or "", key.enabled, key.root) for key in seeded} == {
        (key.name, key.enabled, key.root) for key in listed
    }
    assert "Secret" not in repr(listed)


async def test_an_unknown_environment_has_no_keys(account: Account) -> None:
    """It is an error, not an empty list"""
    with pytest.raises(NotFound):
        await account.keys("e0")


async def test_a_pair_is_accepted_while_its_key_is_enabled(account: Account) -> None:
    """With its own secret, and no other"""
    made = (await account.create_key(STAGING, "pinged")).credentials
    assert made
    assert not await account.ping(made)
    await account.set_enabled(STAGING.id, made.api_key, enabled=True)
    assert await account.ping(made)
    assert not await account.ping(replace(made, api_secret=Secret("anotherMadeUpSecret")))


@pytest.mark.parametrize("name", ["ci-bot-2", "Zoë's <key> / ?#&%00 🔑", "キー", '"; --'])
async def test_a_new_key_is_disabled_and_its_secret_readable(account: Account, name: str) -> None:
    """It is listed under its name, and reading the secret again gives the same"""
    made = await account.create_key(STAGING, name)

    assert not made.key.enabled
    assert made.key == await named(account, STAGING, name)
    assert made.credentials is not None
    assert made.credentials.cloud_name == STAGING.cloud_name
    assert made.credentials == await account.credentials(STAGING, made.key.api_key)


async def test_a_taken_name_is_a_conflict(account: Account) -> None:
    """Within an environment; two environments may each have it"""
    with pytest.raises(Conflict):
        await account.create_key(PRODUCTION, "ci-bot")

    made = await account.create_key(STAGING, "ci-bot")

    assert made.key.name == "ci-bot"


@pytest.mark.parametrize("enabled", [True, False])
async def test_enabling_and_disabling_may_be_repeated(account: Account, *, enabled: bool) -> None:
    """The second time changes nothing"""
    key = await named(account, PRODUCTION, "ci-bot")

    for _ in range(2):
        changed = await account.set_enabled(PRODUCTION.id, key.api_key, enabled=enabled)

        assert (key.api_key, enabled) == (changed.api_key, changed.enabled)
    assert enabled is (await named(account, PRODUCTION, "ci-bot")).enabled


async def test_the_root_key_is_not_disabled(account: Account) -> None:
    """Keysmith refuses it first; the account refuses it too"""
    root = await named(account, PRODUCTION, "")

    with pytest.raises(Forbidden):
        await account.set_enabled(PRODUCTION.id, root.api_key, enabled=False)


async def test_renaming_changes_the_name_alone(account: Account) -> None:
    """Same API key, same state; its present name is no conflict"""
    key = await named(account, PRODUCTION, "old-importer")

    for _ in range(2):
        changed = await account.rename(PRODUCTION.id, key.api_key, "older-importer")

        assert (key.api_key, "older-importer", False) == (
            changed.api_key,
            changed.name,
            changed.enabled,
        )


async def test_a_key_is_not_renamed_to_a_taken_name(account: Account) -> None:
    """The name belongs to the other key"""
    key = await named(account, PRODUCTION, "old-importer")

    with pytest.raises(Conflict):
        await account.rename(PRODUCTION.id, key.api_key, "ci-bot")


async def test_an_unknown_key_is_not_changed(account: Account) -> None:
    """Enabling and renaming raise, revealing gives None"""
    with pytest.raises(NotFound):
        await account.set_enabled(STAGING.id, "000", enabled=True)
    with pytest.raises(NotFound):
        await account.rename(STAGING.id, "000", "nobody")
    assert await account.credentials(STAGING, "000") is None


@pytest.mark.parametrize(
    ("email", "names"),
    [
        (f"tom@{DOMAIN}", ["Tom Berg"]),
        (f"Ada@{DOMAIN}", ["Ada Okafor"]),
        (f"MAX@{DOMAIN}", ["Max Weber", "Max Weber"]),
        (f"nobody@{DOMAIN}", []),
        ("tom+x&emails=ada@%40", []),
    ],
)
async def test_users_are_found_by_address(account: Users, email: str, names: list[str]) -> None:
    """In any capitalisation"""
    assert names == [user.name for user in await account.users_by_email(email)]


@pytest.mark.parametrize("user", at_cloudinary.USERS, ids=lambda user: user.id[-2:])
async def test_a_user_is_read_in_full(account: Users, user: at_cloudinary.User) -> None:
    """Role, flags and access are complete"""
    assert cloudinary_user(user) in await account.users_by_email(user.email)


async def test_environments_of_a_user_are_listed(account: Users) -> None:
    """Some, or all"""
    assert frozenset(place.id for place in at_cloudinary.ENVIRONMENTS[1:3]) == (
        await account.environments_of(user_id("Nia Patel"))
    )
    assert frozenset(place.id for place in at_cloudinary.ENVIRONMENTS) == (
        await account.environments_of(user_id("Tom Berg"))
    )


async def test_groups_of_a_user_are_listed_by_name(account: Users) -> None:
    """None for most"""
    assert frozenset({"Security"}) == await account.groups_of(user_id("Ada Okafor"))
    assert frozenset() == await account.groups_of(user_id("Tom Berg"))


async def test_an_unknown_user_has_neither_groups_nor_environments(account: Users) -> None:
    """It is an error, not an empty set"""
    with pytest.raises(NotFound):
        await account.groups_of("u0")
    with pytest.raises(NotFound):
        await account.environments_of("u0")
