"""Help: the five things that people do, then topics; each command with an example that runs."""

from typing import Final

from bot.cards.kit import Button, Card, Line, Text, card, code, item, line, msg
from bot.domain.commands.adoption import RESUME
from bot.domain.commands.readings import TYPED
from bot.domain.commands.registry import COMMANDS, MANY, Spec

TOPICS: Final = {
    "keys": msg("Keys"),
    "requests": msg("Requests"),
    "environments": msg("Environments"),
    "users": msg("Users and groups"),
    "access": msg("Access"),
}
GUIDES: Final = {
    "bulk": (
        msg("Many keys at once"),
        (
            msg("List the keys first: `/cld key list --env staging --stale 180d`"),
            msg("Then disable them: `/cld key disable --env staging --stale 180d`"),
            msg("You see the whole list, and confirm it. What can't be disabled is left out."),
            msg("Rotate or delete many keys likewise: `/cld key rotate --env staging --stale 90d`"),
            msg("To end everything that one person has: `/cld user offboard @name`"),
        ),
    ),
    "permissions": (
        msg("Roles and permissions"),
        (
            msg("With Cloudinary's Permissions API, a role decides what a key can do."),
            msg("A new key needs one: `/cld request staging --role <role> --reason <why>`"),
            msg("See a key's roles, and change them: `/cld key roles ci-bot`"),
            msg("See what a key can do, and what it lacks: `/cld key why ci-bot`"),
            msg("See your own role and access: `/cld whoami`"),
        ),
    ),
}
"""Topics without commands of their own: a title, and what to do."""
TASKS: Final = (
    (msg("Request credentials"), 'request staging --reason "Deploy the shop from CI"'),
    (msg("Approve a request"), "approve"),
    (msg("List keys"), "key list --env staging"),
    (msg("Disable a leaked key"), "key disable ci-bot"),
    (msg("See why you can't do something"), "explain key delete ci-bot"),
)
EXAMPLES: Final = {
    "help": "help keys",
    "env show": "env show staging",
    "env create": 'env create "Shop preview"',
    "env rename": 'env rename "Brand archive" "Archive production"',
    "env disable": 'env disable "Brand archive"',
    "env enable": 'env enable "Brand archive"',
    "env tier": 'env tier "Brand archive" staging',
    "key list": "key list --stale 90d",
    "key show": "key show ci-bot",
    "key create": "key create ci-bot --env staging",
    "key enable": "key enable ci-bot",
    "key disable": "key disable ci-bot",
    "key rename": "key rename ci-bot deploy-bot",
    "key owner": "key owner ci-bot @mia",
    "key adopt": "key adopt ci-bot,old-bot --owner @tom",
    "key tag": "key tag ci-bot add ci",
    "key note": 'key note ci-bot "builds of the shop"',
    "key webhook": "key webhook ci-bot",
    "key rotate": "key rotate ci-bot",
    "key delete": "key delete ci-bot",
    "key brownout": "key brownout ci-bot --for 10m",
    "key restore": "key restore ci-bot",
    "request": 'request staging --reason "Deploy the shop from CI" --expires 7d',
    "delegate": "delegate",
    "requests": "requests open",
    "link": "link",
    "user list": "user list --inactive 90d",
    "user show": "user show mia@lumen-goods.example",
    "user add": "user add ann@lumen-goods.example --role admin",
    "user role": "user role mia@lumen-goods.example reports",
    "user envs": "user envs mia@lumen-goods.example staging",
    "user disable": "user disable mia@lumen-goods.example",
    "user enable": "user enable mia@lumen-goods.example",
    "user remove": "user remove mia@lumen-goods.example",
    "group show": "group show Security",
    "group create": "group create Design",
    "group rename": "group rename Content Library",
    "group remove": "group remove Content",
    "group add": "group add Content mia@lumen-goods.example",
    "links revoke": "links revoke ci-bot",
    "audit": "audit --key ci-bot --since 30d",
    "group drop": "group drop Content mia@lumen-goods.example",
}
"""By the name of a command: an example, where the name alone is none; it may open a form."""
_MANY: Final = "{} --env staging --stale 180d"
_EVERY: Final = (*COMMANDS, *(spec for spec in MANY.values() if spec is not RESUME))
EXPLAIN: Final = "explain key delete ci-bot"
_ACCESS: Final = frozenset({"help", "whoami", "doctor", "link", "audit", "report", "links"})
_NOUNS: Final = {"key": "keys", "env": "environments", "user": "users", "group": "users"}
"""Every other command is about requests."""


def help_card(topic: str) -> Card:
    """Explain the commands of a topic, those of one word or name, or what people do most."""
    topic = _NOUNS.get(topic, topic)
    if topic in TOPICS:
        shown = [_example(spec) for spec in _EVERY if topic_of(spec) == topic]
        explain = [item(code(f"{TYPED}{EXPLAIN}"), Text(": "), msg("See who can run a command"))]
        last = line(
            msg('Put names with spaces in "double quotes". A key can also be given by its API key.')
        )
        shown += explain if topic == "access" else []
        return card(line(TOPICS[topic]), *shown, last, buttons=_topics(topic))
    if topic in GUIDES:
        title, steps = GUIDES[topic]
        return card(line(title), *map(item, steps), buttons=_topics(topic))
    chosen = [spec for spec in _EVERY if topic in {spec.name, *spec.words}]
    if chosen:
        return card(*(each for spec in chosen for each in _usage(spec)), buttons=_topics(""))
    unknown = line(msg("No help topic named `{topic}`.", topic=Text(topic))) if topic else None
    return card(
        unknown,
        line(msg("With Keysmith you manage Cloudinary credentials. Only you see the answers.")),
        *(item(task, Text(": "), code(f"{TYPED}{example}")) for task, example in TASKS),
        line(msg("To see more, choose a topic.")),
        buttons=_topics(""),
    )


def topic_of(spec: Spec) -> str:
    """Tell under which topic a command stands."""
    first = spec.words[0]
    return _NOUNS.get(first) or ("access" if first in _ACCESS else "requests")


def _example(spec: Spec) -> Line:
    many = spec in MANY.values()
    example = _MANY.format(spec.name) if many else EXAMPLES.get(spec.name, spec.name)
    return item(code(f"{TYPED}{example}"), Text(": "), spec.summary)


def _usage(spec: Spec) -> list[Line]:
    return [_example(spec), line(msg("Usage: `{usage}`", usage=Text(spec.usage)))]


def _topics(but: str) -> list[Button]:
    labels = TOPICS | {name: title for name, (title, _) in GUIDES.items()}
    return [Button(label, f"help {name}") for name, label in labels.items() if name != but]
