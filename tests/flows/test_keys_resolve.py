from bot.domain.commands.keys import CreateKey, DisableKey, RenameKey, ShowKey
from bot.domain.environments import Environment
from bot.domain.keys import Located
from bot.domain.outcomes.access import Denied
from bot.domain.outcomes.environments import NoSuchEnvironment, WhichEnvironment
from bot.domain.outcomes.keys import KeyShown, NoSuchKey, WhichKey
from bot.domain.policy import Action, RefusalReason
from tests.flows.harness import BILLING, DEV, NARROW, PROD, STAGING, TECH, Harness


async def test_a_key_is_found_by_its_name_and_by_its_api_key(harness: Harness) -> None:
    """In every environment that the person may see"""
    by_name = await harness.run(TECH, "key show shop-web")
    assert isinstance(by_name, KeyShown)
    assert PROD == by_name.located.environment
    assert by_name == await harness.run(TECH, f"key show {by_name.located.key.api_key}")


async def test_an_ambiguous_name_asks_which(harness: Harness) -> None:
    """One unambiguous command for each candidate"""
    person = (await harness.who(TECH)).person
    answer = await harness.flows.resolver.key(person, DisableKey("shared", confirm="shared"))
    assert isinstance(answer, WhichKey)
    commands = [command for _, command in answer.choices]
    expected = [DisableKey("shared", place.cloud_name, "shared") for place in (DEV, STAGING, PROD)]
    assert expected == commands
    for here, command in answer.choices:
        assert here == await harness.flows.resolver.key(person, command)  # type: ignore[arg-type]  # as above


async def test_namesakes_in_one_environment_are_told_apart_by_api_key(harness: Harness) -> None:
    """The environment is not enough; a rename keeps the new name"""
    twin = harness.account.add_key(DEV.id, "ci-bot")
    person = (await harness.who(TECH)).person
    answer = await harness.flows.resolver.key(person, RenameKey("ci-bot", "ci"))
    assert isinstance(answer, WhichKey)
    assert RenameKey(twin.api_key, "ci", DEV.cloud_name) == answer.choices[1][1]
    shown = await harness.flows.resolver.key(person, ShowKey("ci-bot"))
    assert isinstance(shown, WhichKey)
    assert ShowKey(twin.api_key, DEV.cloud_name) == shown.choices[1][1]


async def test_an_ambiguous_name_never_acts(harness: Harness) -> None:
    """Nothing changes before the choice is clear"""
    assert isinstance(await harness.run(TECH, "key disable shared"), WhichKey)
    assert harness.account.calls["set_enabled"] == 0


async def test_an_environment_narrows_the_search(harness: Harness) -> None:
    """By name, cloud name or id"""
    for word in ("Shop", "SHOP", "e-prod"):
        answer = await harness.run(TECH, f"key show shared --env {word}")
        assert isinstance(answer, KeyShown)
        assert PROD == answer.located.environment


async def test_a_name_that_is_not_there_is_answered_with_the_nearest(harness: Harness) -> None:
    """And with the environments that were searched"""
    answer = await harness.run(TECH, "key show ci-bto")
    instead = (ShowKey("ci-bot"),)
    assert NoSuchKey("ci-bto", "ci-bot", (DEV, STAGING, PROD), instead) == answer


async def test_nothing_outside_of_ones_reach_is_betrayed(harness: Harness) -> None:
    """A name that exists there gives the same answer as one that does not"""
    assert NoSuchKey("shop-web", None, (DEV,)) == await harness.run(NARROW, "key show shop-web")
    assert NoSuchKey("preview-bt", None, (DEV,)) == await harness.run(NARROW, "key show preview-bt")
    answer = await harness.run(NARROW, "key show shared --env shop")
    instead = (ShowKey("shared", "shop-dev"),)
    assert NoSuchEnvironment("shop", "shop-dev", (DEV,), instead) == answer
    assert isinstance(await harness.run(NARROW, "key disable shop-web"), NoSuchKey)


async def test_keys_outside_of_ones_reach_are_not_even_read(harness: Harness) -> None:
    """A slow answer would reveal the environment"""
    before = harness.account.calls["keys"]
    await harness.run(NARROW, "key show nothing")
    assert harness.account.calls["keys"] == before + 1


async def test_a_key_within_reach_is_not_ambiguous_by_one_outside(harness: Harness) -> None:
    """`shared` is in every environment"""
    answer = await harness.run(NARROW, "key show shared")
    assert isinstance(answer, KeyShown)
    assert DEV == answer.located.environment


async def test_who_may_look_nowhere_is_refused_and_nothing_is_looked_up(harness: Harness) -> None:
    """The answer is a refusal, not an empty list"""
    answer = await harness.run(BILLING, "key show ci-bot")
    assert isinstance(answer, Denied)
    assert (Action.KEY_SHOW, RefusalReason.ROLE) == (answer.action, answer.refusal.reason)
    assert harness.account.calls["environments"] == 0


async def test_who_reaches_no_environment_is_refused(harness: Harness) -> None:
    """The role alone gives no access"""
    await harness.account.users_by_email("narrow@lumen.example")
    harness.account.add_user((await harness.account.users_by_email("narrow@lumen.example"))[0])
    answer = await harness.run(NARROW, "key show ci-bot")
    assert isinstance(answer, Denied)
    assert answer.refusal.reason is RefusalReason.NO_ACCESS


async def test_a_new_key_needs_one_environment(harness: Harness) -> None:
    """If the person reaches several, the answer asks which"""
    person = (await harness.who(TECH)).person
    answer = await harness.flows.resolver.environment(person, CreateKey("new"))
    assert isinstance(answer, WhichEnvironment)
    expected = [(place, CreateKey("new", place.cloud_name)) for place in (DEV, STAGING, PROD)]
    assert expected == list(answer.choices)


async def test_the_only_environment_within_reach_is_meant(harness: Harness) -> None:
    """`--env` may be left out"""
    person = (await harness.who(NARROW)).person
    assert DEV == await harness.flows.resolver.environment(person, CreateKey("new"))


async def test_a_word_that_means_several_environments_asks_which(harness: Harness) -> None:
    """A cloud name can be the name of another one; each choice is unambiguous"""
    twin = Environment("e-twin", "shop-dev", "shop-twin")
    harness.account.add_environment(twin)
    person = (await harness.who(TECH)).person
    answer = await harness.flows.resolver.environment(person, CreateKey("new", "shop-dev"))
    assert isinstance(answer, WhichEnvironment)
    assert [DEV, twin] == [place for place, _ in answer.choices]


async def test_a_key_is_located_with_its_environment(harness: Harness) -> None:
    """The answer has the key and the environment from Cloudinary"""
    person = (await harness.who(TECH)).person
    answer = await harness.flows.resolver.key(person, ShowKey("preview-bot"))
    assert isinstance(answer, Located)
    assert (STAGING, False) == (answer.environment, answer.key.enabled)
