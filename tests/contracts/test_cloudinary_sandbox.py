from dataclasses import replace

import pytest

from bot.domain.environments import Environment
from bot.domain.people import KeyRight
from bot.domain.secret import Secret
from bot.errors import RateLimited, Unauthorized, Unavailable
from sandbox import at_cloudinary
from tests.contracts.cloudinary_twin import ACCOUNT, twin

SEEDED = at_cloudinary.ENVIRONMENTS[1]
STAGING = Environment(SEEDED.id, SEEDED.name, SEEDED.cloud_name)
TOM, MIA = (user.id for user in at_cloudinary.USERS[:2])


@pytest.mark.parametrize(
    ("kind", "made"),
    [
        ("status", False),
        ("reset_before", False),
        ("html", False),
        ("status_after", True),
        ("reset_after", True),
        ("truncated", True),
    ],
)
async def test_a_key_with_unknown_result_is_found_by_its_name_or_not_there(
    kind: str, *, made: bool
) -> None:
    """However the answer was lost, the error says "maybe", and there is at most one key"""
    async with twin() as it:
        await it.plan("POST", kind, count=5)

        with pytest.raises(Unavailable) as caught:
            await it.client.create_key(STAGING, "lost-and-found")

        names = [key.name for key in await it.client.keys(STAGING.id)]
    assert caught.value.maybe_done
    assert int(made) == names.count("lost-and-found")


@pytest.mark.parametrize("status", [420, 429])
async def test_a_limit_says_when_to_come_back(status: int) -> None:
    """No key was made, and the wait is Cloudinary's own"""
    async with twin() as it:
        await it.plan("POST", "status", status=status, retry_after=90)

        with pytest.raises(RateLimited) as caught:
            await it.client.create_key(STAGING, "later")

        names = [key.name for key in await it.client.keys(STAGING.id)]
    assert caught.value.retry_after == 90.0
    assert "later" not in names


@pytest.mark.parametrize("kind", ["status", "status_after", "reset_before", "reset_after", "html"])
async def test_a_change_of_a_key_outlives_two_faults(kind: str) -> None:
    """Disabling is repeated until it is known to be done"""
    async with twin() as it:
        keys = await it.client.keys(STAGING.id)
        key = next(key for key in keys if key.enabled and not key.root)
        await it.plan("PUT", kind, count=2)

        changed = await it.client.set_enabled(STAGING.id, key.api_key, enabled=False)

    assert (key.api_key, False) == (changed.api_key, changed.enabled)


async def test_a_secret_that_is_shown_once_is_not_read_again() -> None:
    """The credentials come with the new key and never after"""
    async with twin(secrets_on_read=False) as it:
        made = await it.client.create_key(STAGING, "once")

        assert made.credentials is not None
        assert await it.client.credentials(STAGING, made.key.api_key) is None


@pytest.mark.parametrize("there", [False, True])
async def test_the_permissions_api_is_noticed(*, there: bool) -> None:
    """It is switched on for some accounts only"""
    async with twin(permissions=there) as it:
        assert there is await it.client.has_permissions_api()


@pytest.mark.parametrize(("user_id", "right"), [(TOM, KeyRight.MANAGE), (MIA, KeyRight.NONE)])
async def test_cloudinarys_own_policies_say_who_manages_keys(user_id: str, right: KeyRight) -> None:
    """The policies of a technical admin allow it, those of a library user do not"""
    async with twin(permissions=True) as it:
        assert right is await it.client.key_right(user_id, STAGING.id)
        assert [right] * 2 == await it.client.key_rights(user_id, [STAGING.id] * 2)


async def test_a_wrong_account_key_is_told_from_a_missing_right() -> None:
    """The message is Cloudinary's own"""
    async with twin(replace(ACCOUNT, api_secret=Secret("wrong"))) as it:
        with pytest.raises(Unauthorized, match="Invalid credentials"):
            await it.client.environments()
