import pytest

from bot.domain.environments import Environment
from bot.errors import Unavailable
from tests.fakes.cloudinary import FakeAccount

PLACE = Environment("e1", "Staging", "lumen-staging")
GONE = Unavailable("gone", maybe_done=True)


@pytest.fixture
def account() -> FakeAccount:
    """An account with one empty environment."""
    account = FakeAccount()
    account.add_environment(PLACE)
    return account


@pytest.mark.parametrize("after", [False, True])
async def test_a_failure_falls_before_or_after_the_work(
    account: FakeAccount, *, after: bool
) -> None:
    """Once; the next call works"""
    account.fail_next("create_key", GONE, after=after)

    with pytest.raises(Unavailable):
        await account.create_key(PLACE, "ci-bot")

    assert after is bool(await account.keys("e1"))
    await account.create_key(PLACE, "other")
    assert account.calls["create_key"] == 2


async def test_an_account_may_show_a_secret_only_once(account: FakeAccount) -> None:
    """Reading it again returns nothing"""
    account.shows_secrets = False

    made = await account.create_key(PLACE, "ci-bot")

    assert made.credentials is not None
    assert await account.credentials(PLACE, made.key.api_key) is None
