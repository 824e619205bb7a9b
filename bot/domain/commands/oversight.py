"""Commands for those who look after the whole account: the audit log, reports."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, Final

from bot.domain.commands.fields import DURATION, FLAG, PERSON, Field
from bot.domain.commands.spec import CommandSpec
from bot.domain.phrases import Text, msg
from bot.domain.policy import Action

_KEY: Final = Field("key", label=msg("Key"), hint=Text("ci-bot"))
"""Typed, since the log also knows keys that are gone."""


@dataclass(frozen=True)
class ShowAudit:
    """Show the newest entries of the audit log, or send all of it as a file."""

    who: Annotated[str | None, Field("who", PERSON, msg("Person"), msg("Choose a person"))] = None
    key: Annotated[str | None, _KEY] = None
    since: Annotated[timedelta | None, Field("since", DURATION, msg("Not older than"))] = None
    export: Annotated[bool, Field("export", FLAG)] = False

    @property
    def filtered(self) -> bool:
        """Whether it is about some entries alone."""
        return bool(self.who or self.key or self.since)


@dataclass(frozen=True)
class ReportKeys:
    """Count the keys that the person may see: by age, tier, owner and role, and what needs a look.

    `weekly` posts the numbers in the channel of the command each week, `stop` ends that.
    """

    weekly: Annotated[bool, Field("weekly", FLAG)] = False
    stop: Annotated[bool, Field("stop", FLAG)] = False


OversightCommand = ShowAudit | ReportKeys

SPECS: Final[tuple[CommandSpec[OversightCommand], ...]] = (
    CommandSpec("audit", ShowAudit, Action.AUDIT, msg("Read the audit log, or get it as a file")),
    CommandSpec(
        "report",
        ReportKeys,
        Action.REPORT,
        msg("Count the keys that you can see, by age and owner"),
    ),
)
