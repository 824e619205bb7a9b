"""Old names of the command specs, until every import is rewritten."""

from bot.domain.commands.fields import MAX_NAME, MAX_PROSE
from bot.domain.commands.registry import COMMANDS as FORMS
from bot.domain.commands.registry import PLANNED, action_of
from bot.domain.commands.registry import Spec as Form
from bot.domain.commands.registry import spec_of as form_of

__all__ = ["FORMS", "MAX_NAME", "MAX_PROSE", "PLANNED", "Form", "action_of", "form_of"]
