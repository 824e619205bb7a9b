"""What a person chose or typed in a form, as the texts of the command's fields.

A chosen value is nothing but a text: it is parsed and authorised like a typed one.
"""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Final, assert_never

from bot.cards.inputs import DATE, FIELD, ON_DATE, OPEN_ENDED, VALUE
from bot.domain.commands.fields import FLAGGED, Ask, Field
from bot.domain.commands.grammar import Incomplete
from bot.domain.passphrases import folded
from bot.domain.secret import Secret

View = Mapping[str, object]

PASSPHRASE: Final = "passphrase"  # noqa: S105  # the name of a field
PAST: Final = "0d"
"""A duration of no time: no field accepts it."""


def blocks_of(view: View) -> Mapping[str, object]:
    """Read the values of a view, by block."""
    found = _map(_map(view.get("state")).get("values"))
    return {str(name): block for name, block in found.items()}


def filled(view: View, opened: Incomplete, now: datetime) -> dict[str, str]:
    """Give the command's fields as the form leaves them; what it does not ask for stays."""
    blocks, given = blocks_of(view), dict(opened.given)
    for field in opened.spec.fields.values():
        if field.kind.ask is Ask.NOTHING or f"{FIELD}{field.name}" not in blocks:
            continue
        text = _text(field, blocks, now)
        if text:
            given[field.name] = text
        else:
            given.pop(field.name, None)
    return given


def passphrase_in(view: View) -> tuple[str, Secret]:
    """Give the block in which a passphrase was typed, and the passphrase in its one form."""
    block = f"{FIELD}{PASSPHRASE}"
    typed = _map(_map(blocks_of(view).get(block)).get(VALUE)).get("value")
    return block, folded(Secret(str(typed or "")))


def _text(field: Field, blocks: Mapping[str, object], now: datetime) -> str:
    """Read a field as it is asked for now, or as text: version 0.1 asked so for every value."""
    block = f"{FIELD}{field.name}"
    entry = _map(_map(blocks[block]).get(VALUE))
    if typed := entry.get("value"):
        return FLAGGED if field.kind.ask is Ask.PASSPHRASE else str(typed)
    match field.kind.ask:
        case Ask.ENVIRONMENT | Ask.KEY | Ask.REQUEST | Ask.ROLE | Ask.GROUP | Ask.CHOICE:
            return _chosen(entry)
        case Ask.CHOICES:
            return ",".join(_all_chosen(entry))
        case Ask.ENVIRONMENTS | Ask.KEYS:
            return ", ".join(_all_chosen(entry))
        case Ask.PERSON:
            user = entry.get("selected_user")
            return f"@{user}" if user else ""
        case Ask.DURATION:
            picked = _map(_map(blocks.get(f"{block}{DATE}")).get(VALUE)).get("selected_date")
            return _duration(_chosen(entry), str(picked or ""), now)
        case Ask.TEXT | Ask.PROSE | Ask.TYPED_NAME | Ask.PASSPHRASE | Ask.NOTHING:
            return ""
        case _:
            assert_never(field.kind.ask)


def _duration(chosen: str, picked: str, now: datetime) -> str:
    """Read a preset, or the days until a date."""
    if chosen != ON_DATE:
        return "" if chosen == OPEN_ENDED else chosen
    try:
        days = (date.fromisoformat(picked) - now.date()).days
    except ValueError:
        return PAST
    return f"{days}d" if days > 0 else PAST


def _chosen(entry: Mapping[str, object]) -> str:
    return str(_map(entry.get("selected_option")).get("value") or "")


def _all_chosen(entry: Mapping[str, object]) -> list[str]:
    found = entry.get("selected_options")
    listed: Iterable[object] = found if isinstance(found, list) else ()
    return [text for each in listed if (text := str(_map(each).get("value") or ""))]


def _map(value: object) -> Mapping[str, object]:
    return value if isinstance(value, Mapping) else {}
