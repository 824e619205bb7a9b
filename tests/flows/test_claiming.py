import pytest

from bot.domain.outcomes import NothingToClaim, SecretWithheld, WhichClaim
from bot.errors import StoreError
from tests.flows.office import CREATE, DEV, NARROW, STAGING, TECH, Office, ready


async def test_a_missed_link_is_made_again(office: Office) -> None:
    """By the claim's id, the key's name, or by nothing where only one waits"""
    first = ready(await office.says(TECH, CREATE))
    for text in ("claim", "claim c0", "claim new"):
        again = ready(await office.says(TECH, text))
        assert first.claim == again.claim
        assert office.links.sealed[first.url] == office.links.sealed[again.url]
    assert len(office.links.sealed) == 4


async def test_several_that_wait_are_asked_about(office: Office) -> None:
    """Newest first; no link is made before it is clear to which"""
    await office.says(TECH, CREATE)
    await office.says(TECH, f"key create newer --env {STAGING.cloud_name}")
    answer = await office.says(TECH, "claim")
    assert isinstance(answer, WhichClaim)
    assert ["newer", "new"] == [claim.name for claim in answer.claims]
    assert "newer" == ready(await office.says(TECH, "claim newer")).claim.name


@pytest.mark.parametrize("text", ["claim", "claim c0", "claim new"])
async def test_what_waits_for_others_cannot_be_claimed(text: str, office: Office) -> None:
    """Nor is it betrayed that it waits"""
    await office.says(TECH, CREATE)
    assert isinstance(await office.says(NARROW, text), NothingToClaim)


async def test_a_secret_that_is_not_shown_again_is_withheld(office: Office) -> None:
    """The first link holds it; another cannot be made"""
    office.account.shows_secrets = False
    claim = ready(await office.says(TECH, CREATE)).claim
    assert SecretWithheld(claim) == await office.says(TECH, "claim")


async def test_a_key_that_was_found_again_has_its_secret_read(office: Office) -> None:
    """Where Cloudinary shows none, the key stays disabled and no link is made"""
    errand = await office.errand(TECH, CREATE)
    office.claims.failures = 1
    with pytest.raises(StoreError):
        await office.flows.dispatcher.run(errand)
    office.account.shows_secrets = False
    assert isinstance(await office.again(errand.id), SecretWithheld)
    assert not (await office.key(DEV, "new")).enabled
