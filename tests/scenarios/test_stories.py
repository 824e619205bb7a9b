"""The main stories of the product, over real HTTP."""

import pytest

from tests.scenarios.presses import click, direct, fill_in, filled, modal, notified, shown
from tests.scenarios.system import (
    MIA,
    NIA,
    PLATFORM,
    SECURITY,
    TOM,
    Json,
    System,
    link_of,
    until,
)


async def test_tom_lists_the_keys_and_only_tom_sees_them(system: System) -> None:
    """The list is ephemeral, and Mia does not see it."""
    answer = await system.send("key list")

    assert answer["ephemeral"] is True
    assert "20 keys, page 1 of 2" in answer["text"]
    assert await system.messages(MIA) == []


async def test_tom_disables_ci_bot_at_cloudinary(system: System) -> None:
    """The key stops working; Tom gets an answer and the security channel a notice."""
    key = await system.key("ci-bot")
    assert await system.works(key, "lumen-production")

    answer = await system.send("key disable ci-bot")

    assert "ci-bot in Production is now disabled." in answer["text"]
    assert answer["ephemeral"] is True
    assert not await system.works(key, "lumen-production")

    async def notice() -> list[str]:
        seen = await system.messages("U0ADA0001", SECURITY)
        return [m["text"] for m in seen if "ci-bot" in m["text"]]

    assert "Tom Berg disabled the key ci-bot" in (await until(notice))[0]


async def test_mia_is_refused_with_the_reason_and_a_next_step(system: System) -> None:
    """A role that may not manage keys changes nothing; the answer explains why."""
    answer = await system.send("key disable ci-bot", MIA)

    assert "You can't use /cld key disable. Nothing changed." in answer["text"]
    assert "Media Library user" in answer["text"]
    assert "Ask a colleague who can" in answer["text"]
    assert (await system.key("ci-bot"))["enabled"] is True
    assert await system.requests("PUT") == []


async def test_tom_creates_a_key_that_is_disabled_until_its_link_is_opened(system: System) -> None:
    """The answer has a one-time link, and requests of robots neither open it nor enable the key."""
    answer = await system.send("key create deploy --env staging")

    link = link_of(answer)
    assert link.startswith(f"{system.twins.at.bot}/s/")
    assert answer["ephemeral"] is True
    assert (await system.key("deploy", "Staging"))["enabled"] is False
    for method in ("GET", "HEAD", "GET"):
        async with system.session.request(method, link) as page:
            assert page.status == 200
    assert (await system.key("deploy", "Staging"))["enabled"] is False


async def test_a_command_with_the_text_payload_works(system: System) -> None:
    """A command with payload in its text or channel is no interaction."""
    answer = await system.send("key show payload")
    assert "No key named payload" in answer["text"]

    answer = await system.send("whoami", channel="C0PAYLOAD")
    assert "Tom Berg" in answer["text"]


async def test_an_ambiguous_name_gives_buttons_to_choose(system: System) -> None:
    """Three environments have the name; the button of one shows the key there."""
    answer = await system.send("key show storefront-web")
    assert "Several keys match storefront-web" in answer["text"]

    button = answer["blocks"][1]["elements"][1]
    await system.act(
        "click",
        user=TOM,
        channel=PLATFORM,
        message_ts=answer["ts"],
        block_id=answer["blocks"][1]["block_id"],
        action_id=button["action_id"],
    )

    async def shown() -> bool:
        return any("storefront-web in Staging" in m["text"] for m in await system.messages())

    assert await until(shown)


QUOTES = '"' * 500
"""A reason that doubles its length when it is escaped."""


async def test_a_button_works_for_a_command_that_escaping_made_too_long(system: System) -> None:
    """The typed command is within the limit, so its button works."""
    answer = await system.send(f"key disable storefront-web --reason '{QUOTES}'")
    assert "Several keys match storefront-web" in answer["text"]
    button = answer["blocks"][1]["elements"][1]
    await system.act(
        "click",
        user=TOM,
        channel=PLATFORM,
        message_ts=answer["ts"],
        block_id=answer["blocks"][1]["block_id"],
        action_id=button["action_id"],
    )

    async def disabled() -> bool:
        return not (await system.key("storefront-web", "Staging"))["enabled"]

    assert await until(disabled)


async def test_a_form_takes_a_reason_that_escaping_makes_longer(system: System) -> None:
    """Every field is within its limit, so the command runs."""
    await system.act("command", user=TOM, channel=PLATFORM, text="key disable")

    async def modal() -> dict[str, object] | None:
        found = (await system.look("screen", user=TOM, channel=PLATFORM))["modal"]
        return found or None

    view = await until(modal)
    values = await filled(system, TOM, view, name="e2e-tests", reason=QUOTES)
    await system.act("submit", user=TOM, view_id=view["id"], values=values)

    async def answered() -> bool:
        return "is now" in str(await modal()) and "disabled" in str(await modal())

    assert await until(answered)


async def test_a_verb_without_its_name_opens_a_form_that_answers_in_place(system: System) -> None:
    """The modal asks for the missing fields; submitting it runs the command."""
    await system.act("command", user=TOM, channel=PLATFORM, text="key disable")

    async def modal() -> dict[str, object] | None:
        found = (await system.look("screen", user=TOM, channel=PLATFORM))["modal"]
        return found or None

    view = await until(modal)
    values = await filled(system, TOM, view, name="e2e-tests")
    await system.act("submit", user=TOM, view_id=view["id"], values=values)

    async def answered() -> bool:
        return "is now" in str(await modal()) and "disabled" in str(await modal())

    assert await until(answered)
    assert (await system.key("e2e-tests", "Staging"))["enabled"] is False


async def test_a_long_list_turns_its_pages_in_place(system: System) -> None:
    """Next replaces the card with the second page."""
    first = await system.send("key list")
    button = first["blocks"][-1]["elements"][0]
    assert button["text"]["text"] == "Next"
    await system.act(
        "click",
        user=TOM,
        channel=PLATFORM,
        message_ts=first["ts"],
        block_id=first["blocks"][-1]["block_id"],
        action_id=button["action_id"],
    )

    async def second() -> list[str]:
        return [m["text"] for m in await system.messages() if "page 2 of" in m["text"]]

    assert await until(second)
    assert not any("page 1 of" in m["text"] for m in await system.messages())


async def test_a_list_is_filtered_in_place_and_leads_to_each_key(system: System) -> None:
    """Two menus above its table replace it; one below it shows a key, with what can be done."""
    first = await system.send("key list")
    assert "table" in [block["type"] for block in first["blocks"]]
    await choose(system, first, "Disabled")

    async def filtered() -> Json | None:
        seen = await system.messages()
        return next((m for m in seen if "enabled." not in m["text"] and "old" in m["text"]), None)

    disabled = await until(filtered)
    assert first["ts"] == disabled["ts"]
    assert "old-importer in Production: disabled." in disabled["text"]
    await choose(system, disabled, "old-importer in Production")

    async def card() -> Json | None:
        seen = await system.messages()
        return next((m for m in seen if "State: disabled" in m["text"]), None)

    shown = await until(card)
    labels = str(shown["blocks"][-1])
    assert all(each in labels for each in ("Request enabling", "Rename…", "Delete…"))


async def choose(system: System, message: Json, label: str) -> None:
    """Choose an option of a menu on a message."""
    for block in message["blocks"]:
        for element in block.get("elements", []):
            for option in element.get("options", []):
                if option["text"]["text"] == label:
                    there = {"block_id": block["block_id"], "action_id": element["action_id"]}
                    sent = await system.act(
                        "click",
                        user=TOM,
                        channel=PLATFORM,
                        message_ts=message["ts"],
                        value=option["value"],
                        **there,
                    )
                    assert sent["delivered"] == "ok"
                    return
    raise AssertionError(f"no option {label}")


async def test_a_change_in_production_opens_a_request(system: System) -> None:
    """The answer says that others must approve, and the key is unchanged."""
    answer = await system.send("key enable old-importer --env production")

    assert "It needs approval before anything changes." in answer["text"]
    assert (await system.key("old-importer"))["enabled"] is False


async def test_explain_shows_the_rule_and_its_approvals(system: System) -> None:
    """`explain` gives the policy's decision without running the command."""
    answer = await system.send("explain key delete ci-bot")

    assert "needs 2 approvals" in answer["text"]
    assert "2 approvals" in answer["text"]
    assert "key-roles-delete-in-production" in answer["text"]


async def test_rename_and_enable_run_where_the_policy_allows_them(system: System) -> None:
    """Both commands change the key at Cloudinary."""
    renamed = await system.send("key rename e2e-tests e2e-suite --env staging")
    assert "e2e-tests in Staging is now named e2e-suite." in renamed["text"]

    enabled = await system.send("key enable load-test")
    assert "load-test in Staging is now enabled." in enabled["text"]
    assert (await system.key("load-test", "Staging"))["enabled"] is True


async def test_a_person_sees_only_their_environments_at_cloudinary(
    system: System,
) -> None:
    """Nia has no access to production, so she cannot see a key there."""
    listed = await system.send("env list", NIA)
    assert "Staging" in listed["text"]
    assert "Production" not in listed["text"]

    answer = await system.send("key disable ci-bot", NIA)
    assert "No key named ci-bot in Staging or Development. Nothing changed." in answer["text"]


async def test_help_whoami_env_show_and_claim_answer(system: System) -> None:
    """Each of the short commands has its answer."""
    assert "/cld key list" in (await system.send("help"))["text"]
    assert "Technical admin" in (await system.send("whoami"))["text"]
    assert "Tier: staging" in (await system.send("env show staging"))["text"]
    assert "Nothing to collect." in (await system.send("claim no-such-key", NIA))["text"]
    assert "Hello Tom Berg" in (await system.send(""))["text"]


async def test_a_suggestion_and_a_text_that_is_no_secret_run_by_a_press(system: System) -> None:
    """Both answers are known before the ack, and their buttons work all the same."""
    meant = await system.send("show webhooks \u2014\u2014env dev")
    assert "Did you mean /cld key show webhooks --env dev?" in meant["text"]
    shown = await chosen(system, meant)
    assert "No environment named dev" in shown["text"]
    random = await system.send("key show AbCdEfGhIjKlMnOpQrStUvWxY12")
    assert "looks like a secret" in random["text"]
    assert "AbCdEf" not in str(random)
    assert "No key named AbCdEf" in (await chosen(system, random))["text"]


async def test_a_form_asks_about_what_looks_like_a_secret_and_goes_on_by_a_press(
    system: System,
) -> None:
    """The question stands on the form, which stays beneath with what was typed"""
    await system.act("command", user=TOM, channel=PLATFORM, text="request")
    form = await modal(system, TOM)
    reason = "build AbCdEfGhIjKlMnOpQrStUvWxY12"
    for _ in range(2):
        await fill_in(system, TOM, env="staging", reason=reason)
        asked = await shown(system, TOM, "looks like a secret")
        assert reason not in str(asked)
        await system.act("close", user=TOM, view_id=asked["id"])
        kept = await modal(system, TOM)
        assert (form["id"], True) == (kept["id"], reason in str(kept))
    await fill_in(system, TOM, env="staging", reason=reason)
    asked = await shown(system, TOM, "looks like a secret")
    block = asked["blocks"][-1]
    at = {"block_id": block["block_id"], "action_id": block["elements"][0]["action_id"]}
    await system.act("click", user=TOM, view_id=asked["id"], **at)
    answer = await shown(system, TOM, "requested")
    await system.act("close", user=TOM, view_id=answer["id"])
    assert not (await system.look("screen", user=TOM, channel=PLATFORM))["modal"]


async def chosen(system: System, message: Json) -> Json:
    """Press the only button of an answer, and wait for what it leads to."""
    block = message["blocks"][-1]
    (pressed,) = block["elements"]
    sent = await system.act(
        "click",
        user=TOM,
        channel=PLATFORM,
        message_ts=message["ts"],
        block_id=block["block_id"],
        action_id=pressed["action_id"],
    )
    return await system.answer(sent, TOM, PLATFORM)


@pytest.mark.parametrize(
    ("locale", "said"),
    [
        *(("de-DE", "Deine Rolle"), ("fr-FR", "Votre rôle"), ("es-ES", "Tu rol")),
        *(("ja-JP", "あなたのロール"), ("he-IL", "התפקיד שלך"), ("pt-BR", "Your role")),
    ],
)
async def test_a_person_reads_answers_in_the_language_of_their_slack(
    calm: System, locale: str, said: str
) -> None:
    """English where Keysmith does not speak it; a channel's card stays English"""
    await calm.act("person", id=TOM, locale=locale)

    async def answered() -> bool:
        return said in (await calm.send("whoami"))["text"]

    try:
        await until(answered)
    finally:
        await calm.act("person", id=TOM, locale="en-US")


async def test_a_key_gets_an_owner_a_note_and_an_end(calm: System) -> None:
    """Its owner is told, and stops it with one press; the key's card has it all"""
    answer = await calm.send(f"key owner e2e-tests @{MIA} --env staging", TOM)
    assert f"e2e-tests in Staging now belongs to @{MIA}." in answer["text"]
    told = await notified(calm, MIA, f"@{TOM} made you the owner of e2e-tests in Staging.")
    noted = await calm.send('key note e2e-tests "builds of the shop" --env staging', TOM)
    assert "The note of e2e-tests in Staging: builds of the shop" in noted["text"]
    card = (await calm.send("key show e2e-tests --env staging", NIA))["text"]
    for said in (f"Owner: @{MIA}", "Purpose: builds of the shop", f"@{TOM} changed the note"):
        assert said in card, card
    await calm.send("key create dated --env staging --expires 7d", TOM)
    assert "dated" in (await calm.send("key list --expiring 14d", TOM))["text"]
    assert "dated" in (await calm.send("key list --unclaimed --env staging", TOM))["text"]
    orphans = (await calm.send("key list --orphaned --env staging", TOM))["text"]
    assert "e2e-tests" not in orphans
    await click(calm, MIA, told, "", direct(MIA))

    async def disabled() -> bool:
        return not (await calm.key("e2e-tests", "Staging"))["enabled"]

    await until(disabled)
