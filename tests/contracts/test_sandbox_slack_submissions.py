from collections.abc import AsyncIterator

import pytest

from sandbox.slack.payload import Payload
from tests.contracts.slack_blocks import ask, menu, modal, option, plain
from tests.contracts.slack_lab import MIA, TOM, Lab, lab


@pytest.fixture
async def it() -> AsyncIterator[Lab]:
    """A workspace."""
    async with lab() as running:
        yield running


async def test_a_submission_carries_every_value(it: Lab) -> None:
    """The state has typed, chosen, preset and empty values."""
    view = await it.modal(
        modal(
            ask("why"),
            ask("env", menu("pick", "red", "blue")),
            ask("who", {"type": "users_select", "action_id": "user", "initial_user": MIA}),
            ask("when", {"type": "datepicker", "action_id": "day"}, optional=True),
            private_metadata="r1",
            callback_id="ask",
        )
    )
    values = {"why": {"typed": "because"}, "env": {"pick": "blue"}}
    answer = await it.act("submit", user=TOM, view_id=view["id"], values=values)
    payload = it.bot.last.payload

    assert answer["delivered"] == "ok"
    assert (payload["type"], payload["view"]["private_metadata"]) == ("view_submission", "r1")
    assert payload["view"]["state"]["values"] == {
        "why": {"typed": {"type": "plain_text_input", "value": "because"}},
        "env": {"pick": {"type": "static_select", "selected_option": option("blue")}},
        "who": {"user": {"type": "users_select", "selected_user": MIA}},
        "when": {"day": {"type": "datepicker", "selected_date": None}},
    }
    assert (await it.look("screen", user=TOM))["modal"] is None


async def test_an_empty_required_field_is_stopped_by_the_client(it: Lab) -> None:
    """The bot gets nothing."""
    view = await it.modal(modal(ask("why")))
    heard = len(it.bot.received)
    answer = await it.act("submit", user=TOM, view_id=view["id"], values={})

    assert answer["delivered"] == "not_sent"
    assert list(answer["errors"]) == ["why"]
    assert len(it.bot.received) == heard


async def test_values_for_unknown_fields_are_refused(it: Lab) -> None:
    """A scenario that fills in an unknown field must fail."""
    view = await it.modal(modal(ask("why")))
    answer = await it.act("submit", user=TOM, view_id=view["id"], values={"who": {"x": "y"}})

    assert answer == {"error": "no element 'x' in block who"}


async def submitted(it: Lab, answer: Payload) -> Payload:
    """Submit a modal to a bot with this answer."""
    view = await it.modal(modal(ask("why")))
    it.bot.body = answer
    return await it.act(
        "submit", user=TOM, view_id=view["id"], values={"why": {"typed": "because"}}
    )


async def test_errors_keep_the_modal_open(it: Lab) -> None:
    """The page shows them beside the fields."""
    answer = await submitted(it, {"response_action": "errors", "errors": {"why": "Too short."}})

    assert answer["errors"] == {"why": "Too short."}
    assert (await it.look("screen", user=TOM))["modal"] is not None


async def test_errors_for_unknown_fields_are_a_violation(it: Lab) -> None:
    """Slack would show nothing."""
    answer = await submitted(it, {"response_action": "errors", "errors": {"who": "?"}})

    assert "errors" not in answer
    assert await it.violations() == ["invalid_arguments"]


async def test_an_answer_can_update_push_and_clear(it: Lab) -> None:
    """Each response_action does what its page says."""
    await submitted(it, {"response_action": "update", "view": modal(title=plain("Updated"))})
    updated = (await it.look("screen", user=TOM))["modal"]
    it.bot.body = {"response_action": "push", "view": modal(title=plain("Pushed"))}
    await it.act("submit", user=TOM, view_id=updated["id"])
    pushed = (await it.look("screen", user=TOM))["modal"]
    it.bot.body = {"response_action": "clear"}
    await it.act("submit", user=TOM, view_id=pushed["id"])

    assert (updated["title"], pushed["title"]) == (plain("Updated"), plain("Pushed"))
    assert pushed["previous_view_id"] == updated["id"]
    assert (await it.look("screen", user=TOM))["modal"] is None


async def test_an_answer_with_an_invalid_view_is_a_violation(it: Lab) -> None:
    """The modal stays open, and the person gets a notice."""
    await submitted(it, {"response_action": "update", "view": modal(title=plain("x" * 25))})

    assert await it.violations() == ["invalid_arguments"]
    assert (await it.look("screen", user=TOM))["modal"]["title"] == plain("Keys")


async def test_submitting_the_top_shows_the_one_beneath(it: Lab) -> None:
    """An empty answer closes one view."""
    first = await it.modal(modal())
    form = await it.command("push")
    top = (await it.slack.views_push(trigger_id=form["trigger_id"], view=modal()))["view"]
    await it.act("submit", user=TOM, view_id=top["id"])

    assert (await it.look("screen", user=TOM))["modal"]["id"] == first["id"]


async def test_closing_is_delivered_only_on_request(it: Lab) -> None:
    """view_closed is sent if notify_on_close is set."""
    quiet = await it.modal(modal())
    silent = await it.act("close", user=TOM, view_id=quiet["id"])
    loud = await it.modal(modal(notify_on_close=True))
    told = await it.act("close", user=TOM, view_id=loud["id"])

    assert (silent["delivered"], told["delivered"]) == ("not_sent", "ok")
    payload = it.bot.last.payload
    assert (payload["type"], payload["is_cleared"]) == ("view_closed", False)
    assert "error" in await it.act("close", user=TOM, view_id=loud["id"])


def external(least: int) -> Payload:
    """A menu whose options the bot suggests."""
    return {"type": "external_select", "action_id": "key", "min_query_length": least}


async def test_suggestions_can_be_chosen(it: Lab) -> None:
    """The bot gets the typed text; only its suggestions can be submitted."""
    view = await it.modal(modal(ask("which", external(1))))
    it.bot.body = {"options": [option("ci-bot")]}
    answer = await it.act("suggest", user=TOM, view_id=view["id"], action_id="key", value="ci")
    asked = it.bot.last.payload
    it.bot.body = ""
    of_others = {"which": {"key": "root"}}
    wrong = await it.act("submit", user=TOM, view_id=view["id"], values=of_others)
    await it.act("submit", user=TOM, view_id=view["id"], values={"which": {"key": "ci-bot"}})

    assert (asked["type"], asked["action_id"], asked["value"]) == ("block_suggestion", "key", "ci")
    assert answer["options"] == [option("ci-bot")]
    assert wrong == {"error": "no option 'root'"}
    state = it.bot.last.payload["view"]["state"]["values"]
    assert state["which"]["key"]["selected_option"] == option("ci-bot")


async def test_what_was_chosen_stays_chosen_while_others_are_searched(it: Lab) -> None:
    """In a menu of several; one that was filled in from the start, too"""
    several = external(1) | {"type": "multi_external_select", "initial_options": [option("first")]}
    view = await it.modal(modal(ask("which", several)))
    for name in ("ci-bot", "deploy"):
        it.bot.body = {"options": [option(name)]}
        await it.act("suggest", user=TOM, view_id=view["id"], action_id="key", value=name[:2])
    it.bot.body = ""
    chosen = ["first", "ci-bot", "deploy"]
    await it.act("submit", user=TOM, view_id=view["id"], values={"which": {"key": chosen}})
    state = it.bot.last.payload["view"]["state"]["values"]
    assert list(map(option, chosen)) == state["which"]["key"]["selected_options"]


async def test_a_menu_waits_for_enough_letters(it: Lab) -> None:
    """Below min_query_length the bot gets nothing."""
    view = await it.modal(modal(ask("which", external(3))))
    heard = len(it.bot.received)
    answer = await it.act("suggest", user=TOM, view_id=view["id"], action_id="key", value="ci")

    assert (answer["delivered"], answer["options"]) == ("not_sent", [])
    assert len(it.bot.received) == heard


@pytest.mark.parametrize(
    "answer",
    [
        {"options": [option(str(number)) for number in range(101)]},
        {"options": [{"text": plain("x" * 76), "value": "v"}]},
        {"choices": []},
    ],
)
async def test_invalid_suggestions_are_a_violation(it: Lab, answer: Payload) -> None:
    """At most a hundred options, each within its limits."""
    view = await it.modal(modal(ask("which", external(0))))
    it.bot.body = answer
    shown = await it.act("suggest", user=TOM, view_id=view["id"], action_id="key", value="")

    assert shown["options"] == []
    assert await it.violations() == ["invalid_options"]


async def test_an_empty_list_of_suggestions_is_valid(it: Lab) -> None:
    """It means that nothing matches."""
    view = await it.modal(modal(ask("which", external(0))))
    it.bot.body = {"options": []}
    await it.act("suggest", user=TOM, view_id=view["id"], action_id="key", value="")

    assert await it.violations() == []
