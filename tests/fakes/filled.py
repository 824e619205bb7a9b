"""The state of a form as Slack sends it, from the texts that a person chose or typed."""

from typing import Any

from bot.domain.commands.completing import completing
from bot.domain.commands.fields import Ask, Field


def state_of(text: str, **texts: str) -> dict[str, Any]:
    """Fill in the form of an incomplete command; a field that it does not have is typed text."""
    form = completing(text)
    fields = form.spec.fields if form else {}
    values = {
        f"field:{name}": {"value": entry_of(fields.get(name, Field(name)), value)}
        for name, value in texts.items()
    }
    return {"values": values}


def entry_of(field: Field, text: str) -> dict[str, Any]:
    """One value."""
    option = {"text": {"type": "plain_text", "text": text}, "value": text}
    match field.kind.ask:
        case (
            Ask.ENVIRONMENT
            | Ask.KEY
            | Ask.REQUEST
            | Ask.ROLE
            | Ask.GROUP
            | Ask.CHOICE
            | Ask.DURATION
        ):
            return {"selected_option": option if text else None}
        case Ask.ENVIRONMENTS | Ask.KEYS:
            return {"selected_options": [option] if text else []}
        case Ask.PERSON:
            return {"selected_user": text or None}
        case _:
            return {"value": text or None}
