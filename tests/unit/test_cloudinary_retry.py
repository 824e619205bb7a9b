import pytest

from bot.adapters.cloudinary.account import AccountCredentials
from bot.adapters.cloudinary.retry import Retries
from bot.domain.secret import Secret
from bot.errors import ConfigurationError

RETRIES = Retries(attempts=4, base=0.5, cap=1.5, budget=10.0)


@pytest.mark.parametrize(
    ("attempt", "elapsed", "asked", "dice", "pause"),
    [
        (1, 0.0, None, 1.0, 0.5),
        (2, 0.5, None, 1.0, 1.0),
        (3, 1.5, None, 1.0, 1.5),  # the cap
        (4, 3.0, None, 1.0, None),  # the last attempt
        (1, 0.0, None, 0.0, 0.0),
        (1, 0.0, None, 0.5, 0.25),
        (1, 0.0, 5.0, 1.0, 5.0),
        (1, 0.0, 0.1, 1.0, 0.5),  # asked for less than the back-off
        (1, 0.0, 10.0, 1.0, None),  # asked for more than the budget
        (2, 9.5, None, 1.0, None),
    ],
)
def test_the_pause_grows_to_a_cap_and_ends_with_the_budget(
    attempt: int, elapsed: float, asked: float | None, dice: float, pause: float | None
) -> None:
    """Exponential, with jitter, never less than asked, never beyond the budget"""
    assert pause == RETRIES.pause(attempt, elapsed, asked, dice)


def test_the_account_url_is_read() -> None:
    """Nothing is percent-decoded, as in Cloudinary's own libraries"""
    account = AccountCredentials.parse(" account://814:a%2Fb:c/d@16a8ff3b-736b-49a6\n")

    assert AccountCredentials("814", Secret("a%2Fb:c/d"), "16a8ff3b-736b-49a6") == account


@pytest.mark.parametrize(
    "url",
    [
        "",
        "cloudinary://814:topsecret@lumen",
        "account://814:topsecret",
        "account://814@lumen",
        "account://:topsecret@lumen",
        "account://814:top secret@lumen",
        "account://814:topsecret@lumen?a=b",
    ],
)
def test_a_wrong_account_url_is_refused_without_repeating_it(url: str) -> None:
    """The message shows the form and never the value"""
    with pytest.raises(ConfigurationError) as caught:
        AccountCredentials.parse(url)

    assert "topsecret" not in f"{caught.value!r}"


def test_the_account_secret_never_prints() -> None:
    """Neither `repr` nor a log of it shows the secret"""
    assert "topsecret" not in repr(AccountCredentials("814", Secret("topsecret"), "lumen"))
