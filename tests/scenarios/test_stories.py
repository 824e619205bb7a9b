"""The stories that the product is for, told through real HTTP."""

from tests.scenarios.house import MIA, NIA, PLATFORM, TOM, House, link_of, until


async def test_tom_lists_the_keys_and_only_tom_sees_them(home: House) -> None:
    """A technical admin's list is ephemeral and holds no secret."""
    answer = await home.say("key list")

    assert answer["ephemeral"] is True
    assert "16 keys, page 1 of 2" in answer["text"] or "keys, page 1" in answer["text"]
    assert await home.messages(MIA) == []


async def test_tom_disables_ci_bot_at_cloudinary(home: House) -> None:
    """The key stops working, Tom is told, and so is the security channel."""
    key = await home.key("ci-bot")
    assert await home.works(key, "lumen-production")

    answer = await home.say("key disable ci-bot")

    assert "ci-bot in Production is now disabled." in answer["text"]
    assert answer["ephemeral"] is True
    assert not await home.works(key, "lumen-production")

    async def notice() -> list[str]:
        seen = await home.messages("U0ADA0001", "C0SECURTY")
        return [m["text"] for m in seen if "ci-bot" in m["text"]]

    assert "Tom Berg disabled the key ci-bot" in (await until(notice))[0]


async def test_mia_is_refused_with_the_reason_and_the_way_to_ask(home: House) -> None:
    """A role that may not manage keys changes nothing and learns why."""
    answer = await home.say("key disable ci-bot", MIA)

    assert "You may not use /cld key disable. Nothing was done." in answer["text"]
    assert "Media library user" in answer["text"]
    assert "/cld explain key disable" in answer["text"]
    assert (await home.key("ci-bot"))["enabled"] is True
    assert await home.requests("PUT") == []


async def test_tom_creates_a_key_that_is_dead_until_its_link_is_opened(home: House) -> None:
    """The answer holds a one-time link; the key is disabled, and no robot spends the link."""
    answer = await home.say("key create deploy --env staging")

    link = link_of(answer)
    assert link.startswith(f"{home.twins.at.bot}/s/")
    assert answer["ephemeral"] is True
    assert (await home.key("deploy", "Staging"))["enabled"] is False
    for method in ("GET", "HEAD", "GET"):
        async with home.session.request(method, link) as page:
            assert page.status == 200
    assert (await home.key("deploy", "Staging"))["enabled"] is False


async def test_a_command_that_says_payload_works(home: House) -> None:
    """A form that holds the word is a command all the same, wherever the word stands."""
    answer = await home.say("key show payload")
    assert "No key is called payload" in answer["text"]

    answer = await home.say("whoami", channel="C0PAYLOAD")
    assert "Tom Berg" in answer["text"]


async def test_an_ambiguous_name_asks_which_and_a_press_answers(home: House) -> None:
    """Three environments have the name; a button says which, and nothing happens before."""
    answer = await home.say("key show storefront-web")
    assert "Several keys are called storefront-web" in answer["text"]

    button = answer["blocks"][1]["elements"][1]
    await home.act(
        "click",
        user=TOM,
        channel=PLATFORM,
        message_ts=answer["ts"],
        block_id=answer["blocks"][1]["block_id"],
        action_id=button["action_id"],
    )

    async def shown() -> bool:
        return any("storefront-web in Staging" in m["text"] for m in await home.messages())

    assert await until(shown)


QUOTES = '"' * 500
"""A reason of which every character becomes two when it is written."""


async def test_a_press_asks_for_a_command_that_grew_when_it_was_written(home: House) -> None:
    """What was typed was short enough, so its button works"""
    answer = await home.say(f"key disable storefront-web --reason '{QUOTES}'")
    assert "Several keys are called storefront-web" in answer["text"]
    button = answer["blocks"][1]["elements"][1]
    await home.act(
        "click",
        user=TOM,
        channel=PLATFORM,
        message_ts=answer["ts"],
        block_id=answer["blocks"][1]["block_id"],
        action_id=button["action_id"],
    )

    async def disabled() -> bool:
        return not (await home.key("storefront-web", "Staging"))["enabled"]

    assert await until(disabled)


async def test_a_form_takes_a_reason_that_grows_when_it_is_written(home: House) -> None:
    """Every field is within its limit, and so is the command"""
    await home.act("command", user=TOM, channel=PLATFORM, text="key disable")

    async def modal() -> dict[str, object] | None:
        found = (await home.look("screen", user=TOM, channel=PLATFORM))["modal"]
        return found or None

    view = await until(modal)
    given = {"name": "e2e-tests", "env": "staging", "reason": QUOTES}
    values = {f"field:{name}": {"value": value} for name, value in given.items()}
    await home.act("submit", user=TOM, view_id=view["id"], values=values)

    async def answered() -> bool:
        return "is now" in str(await modal()) and "disabled" in str(await modal())

    assert await until(answered)


async def test_a_verb_without_its_name_opens_a_form_that_answers_in_place(home: House) -> None:
    """The modal asks for what is missing; submitting it does the work."""
    await home.act("command", user=TOM, channel=PLATFORM, text="key disable")

    async def modal() -> dict[str, object] | None:
        found = (await home.look("screen", user=TOM, channel=PLATFORM))["modal"]
        return found or None

    view = await until(modal)
    values = {"field:name": {"value": "e2e-tests"}, "field:env": {"value": "staging"}}
    await home.act("submit", user=TOM, view_id=view["id"], values=values)

    async def answered() -> bool:
        return "is now" in str(await modal()) and "disabled" in str(await modal())

    assert await until(answered)
    assert (await home.key("e2e-tests", "Staging"))["enabled"] is False


async def test_a_long_list_turns_its_pages_in_place(home: House) -> None:
    """Next replaces the card with the following page."""
    first = await home.say("key list")
    button = first["blocks"][1]["elements"][0]
    assert button["text"]["text"] == "Next"
    await home.act(
        "click",
        user=TOM,
        channel=PLATFORM,
        message_ts=first["ts"],
        block_id=first["blocks"][1]["block_id"],
        action_id=button["action_id"],
    )

    async def second() -> list[str]:
        return [m["text"] for m in await home.messages() if "page 2 of" in m["text"]]

    assert await until(second)
    assert not any("page 1 of" in m["text"] for m in await home.messages())


async def test_production_needs_approval_and_asks_for_it(home: House) -> None:
    """What needs others to agree is a request, and nothing is done before they did."""
    answer = await home.say("key enable old-importer --env production")

    assert "Asked. Nothing was done so far: others have to agree first." in answer["text"]
    assert (await home.key("old-importer"))["enabled"] is False


async def test_explain_says_who_may_who_would_approve_and_by_which_policy(home: House) -> None:
    """The same policy answers beforehand."""
    answer = await home.say("explain key delete ci-bot")

    assert "Production (production)" in answer["text"]
    assert "2 approvals" in answer["text"]
    assert "key-roles-delete-in-production" in answer["text"]


async def test_rename_and_enable_are_done_where_they_may_be(home: House) -> None:
    """Both change the key at Cloudinary."""
    renamed = await home.say("key rename e2e-tests e2e-suite --env staging")
    assert "e2e-tests in Staging is now called e2e-suite." in renamed["text"]

    enabled = await home.say("key enable load-test")
    assert "load-test in Staging is now enabled." in enabled["text"]
    assert (await home.key("load-test", "Staging"))["enabled"] is True


async def test_somebody_sees_only_the_environments_that_cloudinary_gives_them(home: House) -> None:
    """Nia has no access to production, so a key there does not exist for her."""
    listed = await home.say("env list", NIA)
    assert "Staging" in listed["text"]
    assert "Production" not in listed["text"]

    answer = await home.say("key disable ci-bot", NIA)
    assert "No key is called ci-bot in Staging, Development." in answer["text"]


async def test_help_whoami_env_show_and_claim_answer(home: House) -> None:
    """The small commands answer too."""
    assert "/cld key list" in (await home.say("help"))["text"]
    assert "Technical admin" in (await home.say("whoami"))["text"]
    assert "is treated as staging" in (await home.say("env show staging"))["text"]
    assert "No credentials wait for you." in (await home.say("claim", NIA))["text"]
    assert "Hello Tom Berg" in (await home.say(""))["text"]
    assert "Did you mean /cld key disable?" in (await home.say("key disabel x"))["text"]
