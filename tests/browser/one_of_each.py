"""Block Kit, one of each kind, for the sandbox's page to draw."""

from sandbox.slack.payload import Payload
from tests.contracts.slack_blocks import actions, ask, button, menu, option, plain, section
from tests.contracts.slack_lab import GENERAL, MIA, TOM

SURE = {
    "title": plain("Disable ci-bot?"),
    "text": plain("Whatever uses it stops to work."),
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
        text(" was made "),
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
    part("quote", text("Stopping a leak waits for nobody.")),
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
    {"type": "context", "elements": [PICTURE, formatted("Asked by <@U0TOM0001> · terms `a1b2`")]},
    {**PICTURE, "title": plain("The key")},
    ask("note", label=plain("A note"), optional=True),
    {"type": "markdown", "text": "# Not drawn"},
]
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
    ask("mail", {"type": "email_text_input", "action_id": "mail"}, label=plain("E-mail")),
    ask("url", {"type": "url_text_input", "action_id": "url"}, label=plain("Address")),
]
HOME: Payload = {
    "type": "home",
    "blocks": [
        {"type": "header", "text": plain("Your keys")},
        section("*deploy* waits for you.", accessory=button("collect", text=plain("Collect"))),
        {"type": "divider"},
        actions(button("make", text=plain("Make a key"), style="primary")),
    ],
}
