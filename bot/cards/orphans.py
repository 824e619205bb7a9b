"""The weekly message about enabled keys without an owner, with what can be done about each."""

from dataclasses import replace
from typing import Final

from bot.cards.kit import Button, Card, Text, bold, card, item, line, msg, plural
from bot.cards.left_out import rest
from bot.domain.drift_reports import OrphanReport

_NEXT: Final = msg(
    "Choose an owner for each, or disable it. The rules decide about each press as about the"
    " command."
)
MANY: Final = msg("To choose one owner for many keys without one: `/cld key adopt`")


def orphaned(report: OrphanReport) -> Card:
    """Draw it; its buttons work for everyone whom the policy lets do it."""
    said = plural(
        "{count} enabled key has no owner, or one who has left:",
        "{count} enabled keys have no owner, or one who has left:",
        report.count,
    )
    shown = [
        item(
            msg(
                "{key} ({api_key}) in {environment}",
                key=bold(each.name or each.api_key),
                api_key=bold(each.api_key),
                environment=bold(each.environment),
            )
        )
        for each in report.keys
    ]
    buttons = [button for each in report.keys for button in _buttons(each.api_key, each.label)]
    every = Button(msg("List all"), "orphans", request_id="all")
    more = rest(report.count - len(shown))
    lines = (line(said), *shown, *more, line(_NEXT), line(MANY))
    drawn = card(*lines, buttons=[*buttons, every])
    return replace(drawn, in_row=len(_buttons("", "")))


def _buttons(api_key: str, label: str) -> tuple[Button, Button]:
    key = f"key:{api_key}"
    return (
        Button(msg("Choose owner of {key}", key=Text(label)), "owner", request_id=key),
        Button(msg("Disable {key}", key=Text(label)), "disable", request_id=key, style="danger"),
    )
