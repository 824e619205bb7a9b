"""The list of keys: filters, a table of a page, and a menu of its keys.

A cell of Slack's table holds text alone, so what can be done with a key is on the key's card.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Final

from bot.cards.deletions import restore
from bot.cards.kit import (
    MAX_CHOICES,
    Button,
    Card,
    Line,
    Mention,
    Menu,
    Moment,
    Phrase,
    Table,
    Text,
    card,
    code,
    item,
    line,
    msg,
    plural,
)
from bot.cards.own_rights import closed_in
from bot.cards.paging import turns
from bot.cards.role_names import short
from bot.domain.commands.adoption import AdoptKeys
from bot.domain.commands.environments import ListEnvironments
from bot.domain.commands.grammar import Incomplete, write
from bot.domain.commands.key_fields import DISABLED, ENABLED
from bot.domain.commands.keys import ListKeys, ShowKey
from bot.domain.commands.many_keys import DeleteKeys, DisableKeys, ManyKeys, RotateKeys
from bot.domain.commands.registry import BY_CLASS
from bot.domain.environments import Environment
from bot.domain.keys import Located
from bot.domain.outcomes.keys import KeysListed
from bot.domain.phrases import Listed, Span

STALE: Final = 90
"""Days without a change, after which a key should be looked at."""
SOON: Final = 14
"""Days before its end, in which a key should be renewed."""
_HEADS: Final = (
    msg("Key"),
    msg("Environment"),
    msg("State"),
    msg("Created"),
    msg("Last changed"),
)
"""The first two tell keys of one name apart, and are what a phone shows without scrolling."""

_MANY: Final[dict[type[ManyKeys], Phrase]] = {
    RotateKeys: msg("Rotate these keys…"),
    DisableKeys: msg("Disable these keys…"),
    DeleteKeys: msg("Delete these keys…"),
}
"""What can be done to all keys of a list; each shows them first, and asks."""


def named(here: Located) -> Text:
    """Name a key, by its API key where it has no name."""
    name = here.key.name
    return Text(name, bold=True) if name else code(here.key.api_key)


def place(here: Located) -> Phrase | Text:
    """Name a key's environment, and mark a disabled one."""
    name = Text(here.environment.name)
    return name if here.environment.enabled else msg("{environment} (disabled)", environment=name)


def listed(outcome: KeysListed) -> Card:
    """Draw a page of the list."""
    filters = (_places(outcome), _kinds(outcome.command))
    if not outcome.total:
        create = msg("Create one: `/cld key create <name> --env <environment>`")
        no_match = line(msg("No keys match, among those that you can access."))
        none = card(no_match, closed_in(outcome.closed), line(create))
        return replace(none, filters=filters)
    total = plural("{count} key", "{count} keys", outcome.total)
    page, pages = Text(str(outcome.page + 1)), Text(str(outcome.pages))
    paged = msg("{keys}, page {page} of {pages}", keys=total, page=page, pages=pages)
    roles = any(here.roles is not None for here in outcome.keys)
    restored = [restore(it) for it in outcome.keys if it.key.api_key in outcome.offers]
    many = [Button(_MANY[type(each)], write(each)) for each in outcome.many]
    return replace(
        card(
            line(paged if outcome.pages > 1 else total),
            closed_in(outcome.closed),
            buttons=[
                *turns(outcome.command, outcome.page, outcome.pages),
                *many,
                *restored,
                *_adopt(outcome.command),
            ],
        ),
        filters=filters,
        table=Table(
            (*_HEADS, *_more(outcome.keys), *((msg("Roles"),) if roles else ())),
            tuple(_row(it, outcome.keys, roles=roles) for it in outcome.keys),
            tuple(map(summary, outcome.keys)),
        ),
        menus=(Menu(msg("Choose a key…"), tuple(map(_choice, outcome.keys))),),
    )


def _places(outcome: KeysListed) -> Menu:
    """Choose an environment; the chosen one is first, so that no limit leaves it out."""
    command = outcome.command
    everywhere = _filter(msg("All environments"), replace(command, env=None))
    shown = sorted(outcome.places, key=lambda each: not _means(command, each))
    choices = [_filter(Text(it.name), replace(command, env=it.cloud_name)) for it in shown]
    chosen = next(
        (each for each, it in zip(choices, shown, strict=True) if _means(command, it)), None
    )
    return Menu(
        msg("Environment"),
        (everywhere, *_fitting(choices)),
        everywhere if command.env is None else chosen,
    )


def _fitting(choices: Sequence[Button]) -> Sequence[Button]:
    """Say how many others there are, where a menu can't take them all."""
    room = MAX_CHOICES - 1
    if len(choices) <= room:
        return choices
    rest = len(choices) - room + 1
    more = plural("{count} more: list environments", "{count} more: list environments", rest)
    return (*choices[: room - 1], Button(more, write(ListEnvironments()), page=0))


def _means(command: ListKeys, each: Environment) -> bool:
    return command.env is not None and (command.env == each.id or each.answers_to(command.env))


def _kinds(command: ListKeys) -> Menu:
    """Choose which keys: one of these filters at a time, others are typed."""
    every = ListKeys(command.env)
    choices = (
        _filter(msg("All keys"), every),
        _filter(msg("Enabled"), replace(every, state=ENABLED)),
        _filter(msg("Disabled"), replace(every, state=DISABLED)),
        _filter(
            plural("Unchanged for {count} day", "Unchanged for {count} days", STALE),
            replace(every, stale=STALE),
        ),
        _filter(msg("Yours"), replace(every, mine=True)),
        _filter(
            plural("Ends within {count} day", "Ends within {count} days", SOON),
            replace(every, expiring=SOON),
        ),
        _filter(msg("Without an owner"), replace(every, orphaned=True)),
        _filter(msg("Not collected"), replace(every, unclaimed=True)),
    )
    chosen = next((each for each in choices if each.command == write(command)), None)
    return Menu(msg("Filter"), choices, chosen)


def _adopt(command: ListKeys) -> list[Button]:
    """Offer the form that gives those without an owner one."""
    if not command.orphaned:
        return []
    given = (("env", command.env),) if command.env else ()
    return [Button(msg("Choose an owner…"), write(Incomplete(BY_CLASS[AdoptKeys], given)))]


def _filter(label: Span, command: ListKeys) -> Button:
    """Choose the list that replaces this one, from its first page."""
    return Button(label, write(command), page=0)


def _choice(here: Located) -> Button:
    """Choose a key, whose card comes below the list."""
    label = msg("{key} in {environment}", key=Text(here.key.label), environment=place(here))
    return Button(label, write(ShowKey(here.key.api_key, here.environment.cloud_name)))


def _more(keys: Sequence[Located]) -> tuple[Phrase, ...]:
    """Head the columns that say something about any key of the page."""
    owners = (msg("Owner"),) if any(here.owner for here in keys) else ()
    ends = (msg("Ends"),) if any(here.ends_at for here in keys) else ()
    rotated = (msg("Rotation"),) if any(here.rotates_at or here.overdue for here in keys) else ()
    return (*owners, *ends, *rotated)


def _known(here: Located, keys: Sequence[Located]) -> tuple[Span, ...]:
    """Fill these columns."""
    owner = Mention(here.owner.user_id) if here.owner else Text("")
    ends = Moment(here.ends_at, exact=True) if here.ends_at else Text("")
    owners = (owner,) if any(each.owner for each in keys) else ()
    dated = (ends,) if any(each.ends_at for each in keys) else ()
    turn = Moment(here.rotates_at) if here.rotates_at else Text("")
    turns = (msg("overdue") if here.overdue else turn,)
    some = any(each.rotates_at or each.overdue for each in keys)
    return (*owners, *dated, *(turns if some else ()))


def _row(here: Located, keys: Sequence[Located], *, roles: bool) -> tuple[Span, ...]:
    key = here.key
    created = Moment(key.created_at) if key.created_at else Text("")
    changed = Moment(key.updated_at) if key.updated_at else Text("")
    cells = (named(here), place(here), _state(here), created, changed, *_known(here, keys))
    return (*cells, short(here)) if roles else cells


def _state(here: Located) -> Phrase:
    if here.deletes_at:
        return msg("Deletes on {date}", date=Moment(here.deletes_at, exact=True))
    if here.key.root:
        return msg("Enabled, root key") if here.key.enabled else msg("Disabled, root key")
    return msg("Enabled") if here.key.enabled else msg("Disabled")


def summary(here: Located, *, placed: bool = True) -> Line:
    """Draw a key as an item of a list; `placed` unless all are in one environment."""
    on, off = msg("{key} in {environment}: enabled."), msg("{key} in {environment}: disabled.")
    if not placed:
        on, off = msg("{key}: enabled."), msg("{key}: disabled.")
    state = (on if here.key.enabled else off).fill(key=named(here), environment=place(here))
    return item(*spaced((state, *_facts(here))))


def _facts(here: Located) -> Iterator[Phrase]:
    key = here.key
    if key.root:
        yield msg("Root key.")
    if key.dedicated_for:
        yield msg("Used for {services}.", services=Listed(tuple(map(Text, key.dedicated_for))))
    if key.created_at:
        yield msg("Created {ago}.", ago=Moment(key.created_at))
    if key.updated_at and key.updated_at != key.created_at:
        yield msg("Last changed {ago}.", ago=Moment(key.updated_at))
    if here.owner:
        yield msg("Owner: {owner}.", owner=Mention(here.owner.user_id))
    if here.ends_at:
        yield msg("Ends {date}.", date=Moment(here.ends_at, exact=True))
    yield from rotated(here)
    if here.roles is not None:
        roles = msg("Roles: {roles}.", roles=short(here))
        yield roles if here.roles else msg("No role: can do nothing.")
    if here.deletes_at:
        yield msg("Deletes on {date}.", date=Moment(here.deletes_at, exact=True))


def rotated(here: Located) -> Iterator[Phrase]:
    """Say when the key is rotated next."""
    if here.overdue:
        yield msg("Rotation overdue.")
    elif here.rotates_at:
        yield msg("Next rotation {date}.", date=Moment(here.rotates_at, exact=True))


def spaced(sentences: Iterable[Phrase]) -> Iterator[Span]:
    """Put whole sentences into one line."""
    for at, each in enumerate(sentences):
        if at:
            yield Text(" ")
        yield each
