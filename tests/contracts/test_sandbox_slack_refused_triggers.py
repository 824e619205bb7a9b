from collections.abc import AsyncIterator

import pytest

from tests.contracts.slack_blocks import modal, plain
from tests.contracts.slack_lab import TOM, Lab, lab, refusal


@pytest.fixture
async def it() -> AsyncIterator[Lab]:
    """A workspace."""
    async with lab() as running:
        yield running


async def error(it: Lab, method: str, trigger_id: str) -> object:
    """A method's error for a trigger."""
    arguments = {"trigger_id": trigger_id, "view": modal()}
    return (await refusal(it.slack.api_call(method, json=arguments)))["error"]


@pytest.mark.parametrize("method", ["views.open", "views.push"])
async def test_a_made_up_trigger_is_refused(it: Lab, method: str) -> None:
    """It was never issued."""
    assert await error(it, method, "1.2.3") == "invalid_trigger_id"


@pytest.mark.parametrize("method", ["views.open", "views.push"])
async def test_a_used_trigger_is_refused(it: Lab, method: str) -> None:
    """It opens one view."""
    form = await it.command("open")
    await it.slack.views_open(trigger_id=form["trigger_id"], view=modal())

    assert await error(it, method, form["trigger_id"]) == "exchanged_trigger_id"


@pytest.mark.parametrize("method", ["views.open", "views.push"])
async def test_a_trigger_is_refused_after_three_seconds(it: Lab, method: str) -> None:
    """Up to then it works."""
    early, late = await it.command("open"), await it.command("open")
    it.clock.now += 3.0
    await it.slack.views_open(trigger_id=early["trigger_id"], view=modal())
    it.clock.now += 0.001

    assert await error(it, method, late["trigger_id"]) == "expired_trigger_id"


async def test_a_missing_trigger_is_refused(it: Lab) -> None:
    """Both ways to open need one."""
    opening = it.slack.api_call("views.open", json={"view": modal()})

    assert (await refusal(opening))["error"] == "invalid_arguments"


async def test_a_refused_view_does_not_use_up_the_trigger(it: Lab) -> None:
    """The corrected view can be opened with it."""
    form = await it.command("open")
    bad = it.slack.views_open(trigger_id=form["trigger_id"], view=modal(title=plain("x" * 25)))

    assert (await refusal(bad))["error"] == "invalid_arguments"
    assert (await it.slack.views_open(trigger_id=form["trigger_id"], view=modal()))["ok"]
    assert (await it.look("screen", user=TOM))["modal"]["title"] == plain("Keys")
