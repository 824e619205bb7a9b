"""Block Kit, one of each kind, for the sandbox's page to draw."""

from sandbox.slack.payload import Payload
from tests.contracts.slack_blocks import actions, ask, button, menu, option, plain, raw, section
from tests.contracts.slack_lab import GENERAL, MIA, TOM

SURE = {
    "title": plain("Disable ci-bot?"),
    "text": plain("Anything that uses it stops working."),
    "confirm": plain("Disable"),
    "deny": plain("Keep it"),
    "style": "danger",
}
PICTURE = {"type": "image", "image_url": "https://example.com/key.png", "alt_text": "A key"}
CITIES = [
    {"label": plain("North"), "options": [option("oslo"), option("turku")]},
    {"label": plain("South"), "options": [option("porto"), option("bari")]},
]


def formatted(text: str) -> Payload:
    """A mrkdwn object."""
    return {"type": "mrkdwn", "text": text}


def rich(*elements: Payload) -> Payload:
    """A rich text block."""
    return {"type": "rich_text", "elements": list(elements)}


def part(kind: str, *elements: Payload, **more: object) -> Payload:
    """A part of a rich text block."""
    return {"type": f"rich_text_{kind}", "elements": list(elements), **more}


def text(words: str, *styles: str) -> Payload:
    """A text element of a rich text block."""
    style = {"style": dict.fromkeys(styles, True)} if styles else {}
    return {"type": "text", "text": words, **style}


STORY = rich(
    part(
        "section",
        text("Key "),
        text("ci-bot", "code"),
        text(" of "),
        {"type": "user", "user_id": TOM},
        text(" in "),
        {"type": "channel", "channel_id": GENERAL},
        text(" was created "),
        {"type": "date", "timestamp": 1_700_000_000, "format": "{date_short}", "fallback": "then"},
        text(". "),
        {"type": "emoji", "name": "key"},
        {"type": "link", "url": "https://example.com/docs", "text": "What that means"},
        text("\n"),
    ),
    part(
        "list",
        part("section", text("bold", "bold")),
        part("section", text("italic", "italic"), text(" and "), text("struck", "strike")),
        style="ordered",
    ),
    part("list", part("section", text("deeper")), style="bullet", indent=1),
    part("quote", text("Disabling a leaked key needs no approval.")),
    part("preformatted", text("CLOUDINARY_URL=cloudinary://…")),
)
CARD = [
    {"type": "header", "text": plain("Disable a key")},
    section(
        "*ci-bot* is used by `deploy`, says <@U0MIA0001>.\n> It leaked.",
        accessory={"type": "overflow", "action_id": "more", "options": [option("a"), option("b")]},
    ),
    {
        "type": "section",
        "fields": [formatted("*Environment*\nProduction"), formatted("*Age*\n403 days")],
    },
    section("Where to", accessory=menu("city", "oslo", "turku", placeholder=plain("City"))),
    STORY,
    {"type": "divider"},
    actions(
        button("yes", text=plain("Approve"), style="primary"),
        button("no", text=plain("Deny"), style="danger", confirm=SURE),
        button("page", text=plain("Read more"), url="https://example.com/docs"),
        {"type": "datepicker", "action_id": "day", "initial_date": "2026-01-31"},
    ),
    {"type": "context", "elements": [PICTURE, formatted("Requested by <@U0TOM0001> · `a1b2`")]},
    {**PICTURE, "title": plain("The key")},
    ask("note", label=plain("A note"), optional=True),
]
MARKDOWN = """# Rotating a key
Every key has **one owner** and _one_ `environment`. See [the guide](https://example.com/docs).

1. Create the new key
2. Deploy it
- [x] Tell the team
- Delete ~~both~~ the old key

> Keys older than 90 days
> appear in red.

| Key | Age |
|---|---|
| ci-bot | 403 days |

---
```
CLOUDINARY_URL=cloudinary://…
```"""


def words(text_: str, *styles: str) -> Payload:
    """A cell of rich text."""
    return rich(part("section", text(text_, *styles)))


def cells(*texts: str) -> list[Payload]:
    """A row of plain cells."""
    return [raw(each) for each in texts]


KEYS = {
    "type": "table",
    "column_settings": [
        {},
        {"is_wrapped": True},
        {"align": "right"},
        {"align": "center"},
    ],
    "rows": [
        cells("Key", "Used by", "Age", "State", "Environment", "Last used"),
        [
            words("storefront-web", "bold"),
            *cells("The web shop and its preview builds", "812 d", "On", "Production", "2 min ago"),
        ],
        [words("ci-bot", "code"), *cells("Pipelines", "403 d", "On", "Production", "1 h ago")],
        cells("old-importer", "Nothing since the move to the new catalogue", "1200 d", "Off")
        + cells("Production", "3 months ago"),
    ],
}
MENUS = [
    {"type": "header", "text": plain("Choose")},
    section(
        "*storefront-web* · Production\nCreated 812 days ago by <@U0TOM0001>",
        accessory={
            "type": "overflow",
            "action_id": "row",
            "options": [option("show"), option("rename"), option("rotate"), option("delete")],
        },
    ),
    section("Environment", accessory=menu("env", "staging", "production")),
    section(
        "Key",
        accessory={
            "type": "external_select",
            "action_id": "found",
            "min_query_length": 1,
            "placeholder": plain("Search keys"),
        },
    ),
    actions(
        {"type": "users_select", "action_id": "who", "placeholder": plain("Choose a person")},
        {
            "type": "conversations_select",
            "action_id": "where",
            "placeholder": plain("Choose a channel"),
        },
        {
            "type": "static_select",
            "action_id": "town",
            "option_groups": CITIES,
            "initial_option": option("turku"),
            "placeholder": plain("Choose a city"),
        },
        {"type": "datepicker", "action_id": "day", "placeholder": plain("Choose a date")},
        {"type": "timepicker", "action_id": "hour", "initial_time": "09:30"},
        {"type": "datetimepicker", "action_id": "at", "initial_date_time": 1_800_000_000},
    ),
    actions(
        {
            **menu("pace", "an hour", "a day", "a week", initial_option=option("a day")),
            "type": "radio_buttons",
        },
        {
            **menu("rights", "read", "write", initial_options=[option("read")]),
            "type": "checkboxes",
        },
    ),
    ask(
        "reason",
        {
            "type": "plain_text_input",
            "action_id": "typed",
            "placeholder": plain("What do you need it for?"),
            "dispatch_action_config": {"trigger_actions_on": ["on_enter_pressed"]},
        },
        label=plain("Reason"),
        hint=plain("Approvers see this."),
        dispatch_action=True,
    ),
    actions(
        button("ok", text=plain("Approve"), style="primary"),
        button("no", text=plain("Deny"), style="danger", confirm=SURE),
        button("more", text=plain("Details")),
    ),
    {"type": "context", "elements": [formatted("Needs 1 approval · expires in 3 days")]},
]
GALLERY = [CARD, [section("Your keys"), KEYS], MENUS, [{"type": "markdown", "text": MARKDOWN}]]
"""Messages with one of everything that can be in them."""

FORM = [
    section("Some *words* before."),
    ask("name", label=plain("Name"), hint=plain("Letters, digits and hyphens.")),
    ask(
        "why",
        {"type": "plain_text_input", "action_id": "typed", "multiline": True},
        label=plain("Why"),
        optional=True,
    ),
    ask(
        "city",
        {"type": "static_select", "action_id": "city", "option_groups": CITIES},
        label=plain("City"),
    ),
    ask(
        "key",
        {"type": "external_select", "action_id": "key", "min_query_length": 2},
        label=plain("Key"),
    ),
    ask(
        "tags", {**menu("tags", "red", "green"), "type": "multi_static_select"}, label=plain("Tags")
    ),
    ask("owner", {"type": "users_select", "action_id": "owner"}, label=plain("Owner")),
    ask(
        "told",
        {"type": "multi_users_select", "action_id": "told", "initial_users": [MIA]},
        label=plain("Who is told"),
    ),
    ask("where", {"type": "conversations_select", "action_id": "where"}, label=plain("Where")),
    ask("roles", {**menu("roles", "read", "write"), "type": "checkboxes"}, label=plain("Roles")),
    ask("pace", {**menu("pace", "slow", "fast"), "type": "radio_buttons"}, label=plain("Pace")),
    ask("day", {"type": "datepicker", "action_id": "day"}, label=plain("Day")),
    ask("time", {"type": "timepicker", "action_id": "time"}, label=plain("Time")),
    ask("at", {"type": "datetimepicker", "action_id": "at"}, label=plain("Moment")),
    ask(
        "count",
        {"type": "number_input", "action_id": "count", "is_decimal_allowed": False},
        label=plain("How many"),
    ),
    ask("mail", {"type": "email_text_input", "action_id": "mail"}, label=plain("Email")),
    ask("url", {"type": "url_text_input", "action_id": "url"}, label=plain("Address")),
]
HOME: Payload = {
    "type": "home",
    "blocks": [
        {"type": "header", "text": plain("Your keys")},
        section(
            "*deploy* is ready to collect.", accessory=button("collect", text=plain("Collect"))
        ),
        {"type": "divider"},
        actions(button("make", text=plain("Create a key"), style="primary")),
    ],
}
