"""Reports of those who know an API key, and not its secret; and what a scanner writes beside it."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.domain.incidents import MOST_MARKS, IncidentState, Report, Source
from bot.domain.key_records import KeyRecord
from bot.domain.leak_texts import LONGEST_PLACE, MAX_PLACE, place_of, whole_text
from bot.domain.leaks import MOST, find_pairs
from bot.domain.people import Actor
from tests.flows.harness import BILLING, DEV, GUEST, NARROW, NEWCOMER, PROD, Harness
from tests.flows.requested import under
from tests.flows.test_leaks import LEAKED, answered, kept, leaked, looked, people, reported

AT = datetime(2026, 3, 1, tzinfo=UTC)
FORGED = "Hx7pQ2-vLm9_TzR4wKc8NbYdA3e"


@pytest.mark.parametrize("by", ["scanner", "member"])
async def test_what_is_not_proven_disables_no_key_by_itself(
    harness: Harness, tmp_path: Path, by: str
) -> None:
    """An API key is no secret: where none can be compared, people decide"""
    under(harness, tmp_path, LEAKED)
    harness.account.shows_secrets = False
    key = await harness.key(DEV, "ci-bot")
    if by == "member":
        await answered(harness, BILLING, f"{key.api_key} {FORGED}")
    else:
        await reported(harness, f"{key.api_key} {FORGED}")
    await looked(harness)
    incident = await kept(harness, key.api_key)
    assert (IncidentState.ASKED, True) == (incident.state, incident.unproven)
    assert (await harness.key(DEV, "ci-bot")).enabled
    assert people(harness)


@pytest.mark.parametrize(
    "place",
    [
        f"https://ci.example/{'x' * (MAX_PLACE - 45)}/{FORGED}",
        f"https://github.com/lumen/shop/blob/main/{FORGED}",
        f"https://github.com/lumen/shop?q=cloudinary%3A%2F%2F123456789012345%3A{FORGED}%40x",
    ],
)
def test_a_place_with_the_secret_in_it_is_left_out(place: str) -> None:
    """Also where it is cut, or in a link whose ids open nothing"""
    document = {"link": place, "Raw": f"cloudinary://123456789012345:{FORGED}@lumen"}
    assert FORGED[:8] not in place_of(document, find_pairs(whole_text(document)))


def test_a_place_with_a_secret_of_words_is_left_out() -> None:
    """It looks like a name, and stands as a secret elsewhere in the report"""
    secret = "nightly-upload-of-thumbnail"
    document = {"url": f"https://ci.example/{secret}", "Raw": f"cloudinary://{'1' * 15}:{secret}@a"}
    assert place_of(document, ())
    assert not place_of(document, find_pairs(whole_text(document)))


def test_a_place_that_no_browser_opens_is_left_out() -> None:
    """It is not read for secrets either"""
    url = "https://ci.example/".ljust(LONGEST_PLACE, "x")
    assert place_of({"url": url}, ())
    assert not place_of({"url": f"{url}x"}, ())


async def test_an_incident_that_a_person_may_not_see_is_like_none(harness: Harness) -> None:
    """What they may not see has no other answer with an incident than without"""
    key = await harness.key(PROD, "shop-web")
    before = await harness.run(NARROW, f"leak dismiss {key.api_key}")
    named = await harness.run(NARROW, f"leak dismiss {key.api_key} --env shop-dev")
    await reported(harness, await leaked(harness, PROD, "shop-web"))
    await looked(harness)
    assert before == await harness.run(NARROW, f"leak dismiss {key.api_key}")
    assert named == await harness.run(NARROW, f"leak dismiss {key.api_key} --env shop-dev")


@pytest.mark.parametrize("by", [BILLING, NEWCOMER, GUEST])
async def test_the_time_of_an_answer_does_not_tell_whether_a_key_exists(
    harness: Harness, by: Actor
) -> None:
    """For who can see no key, nothing is compared before the answer, which is the next look's"""
    ours = await leaked(harness, PROD, "shop-web")
    key = await harness.key(PROD, "shop-web")
    wrong, foreign = f"{key.api_key} {FORGED}", ours.replace("7000", "9000")
    for number in range(2):
        asked = list[object]()
        for text in (ours, wrong, foreign):
            harness.account.calls.clear()
            await answered(harness, by, text, f"{text} {number}")
            asked.append(harness.account.calls.copy())
        assert asked[0] == asked[1] == asked[2], asked
        await looked(harness)
    assert (await kept(harness, key.api_key)).state is IncidentState.ASKED


FILLING = [f"9{number:014} {FORGED[:-3]}{number:03}" for number in range(300)]
"""Pairs of keys that are not of the account."""


def texts(api_key: str, leak: str) -> dict[str, str]:
    """Texts with a leaked pair at their end, behind many others."""
    wrong = [f"cloudinary://{api_key}:{FORGED[:-3]}{number:03}" for number in range(300)]
    return {"foreign keys": " ".join([*FILLING, leak]), "the key itself": " ".join([*wrong, leak])}


@pytest.mark.parametrize("what", ["foreign keys", "the key itself"])
async def test_no_number_of_pairs_before_it_hides_a_leaked_one(harness: Harness, what: str) -> None:
    """In one text; the work stays within a limit"""
    key = await harness.key(DEV, "ci-bot")
    harness.records.kept[key.api_key] = KeyRecord(
        key.api_key, DEV.id, "ci-bot", enabled=True, first_seen_at=AT, seen_at=AT
    )
    seen = await harness.flows.leak_reporter.seen(texts(key.api_key, await leaked(harness))[what])
    assert len(seen) <= 2 * MOST
    for number, each in enumerate(seen):
        report = Report(Source.WEBHOOK, harness.clock.now(), "scanner", f"{number}")
        await harness.flows.leak_reporter.report(each, report)
    await looked(harness)
    incident = await kept(harness, key.api_key)
    assert incident.state is IncidentState.ASKED
    assert incident.unproven is (what == "the key itself")


async def test_more_secrets_than_are_kept_count_as_working(harness: Harness) -> None:
    """One of those that are not kept may be the key's; nothing is disabled by itself"""
    key = await harness.key(DEV, "ci-bot")
    for number in range(MOST_MARKS + 5):
        await reported(harness, f"{key.api_key} {FORGED[:-3]}{number:03}", f"{number}")
    await reported(harness, await leaked(harness), "last")
    await looked(harness)
    incident = await kept(harness, key.api_key)
    assert (IncidentState.ASKED, True) == (incident.state, incident.unproven)
    assert len(incident.marks) == MOST_MARKS


@pytest.mark.parametrize("first", [False, True])
async def test_a_flood_of_wrong_secrets_hides_no_leaked_one(
    harness: Harness, *, first: bool
) -> None:
    """Neither before the leak nor after it, until the pair is compared"""
    key = await harness.key(DEV, "ci-bot")
    if first:
        for number in range(30):
            await reported(harness, f"{key.api_key} {FORGED[:-2]}{number:02}", f"{number}")
        await looked(harness)
        await reported(harness, f"{key.api_key} {FORGED}", "last")
    await reported(harness, await leaked(harness))
    for number in range(30):
        await reported(harness, f"{key.api_key} {FORGED[:-2]}{number:02}", f"again {number}")
    await looked(harness)
    assert (await kept(harness, key.api_key)).state is IncidentState.ASKED
