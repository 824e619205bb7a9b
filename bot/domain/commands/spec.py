"""The spec of a command: its name, its typed fields, the policy's action and its help."""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

from bot.domain.commands.fields import FLAG, Field
from bot.domain.policy import Action

C_co = TypeVar("C_co", covariant=True)


@dataclass(frozen=True)
class CommandSpec(Generic[C_co]):
    """How people type a command: its name, then its arguments in order, then its options."""

    name: str
    build: type[C_co]
    action: Action
    summary: str
    arguments: tuple[Field, ...] = ()
    options: tuple[Field, ...] = ()
    planned: tuple[str, ...] = ()
    """Names of options that a later version may have."""
    label: str = ""
    """The text of its button in the menu, where the name alone is too short."""

    @property
    def words(self) -> tuple[str, ...]:
        """The words of the name: noun and verb, or a single one."""
        return tuple(self.name.split())

    @property
    def fields(self) -> dict[str, Field]:
        """Every field by its name, in the order of a canonical text."""
        return {field.name: field for field in (*self.arguments, *self.options)}

    @property
    def required(self) -> frozenset[str]:
        """Names of the fields without a default."""
        defaults = {each.name: each.default for each in dataclasses.fields(self.build)}  # type: ignore[arg-type]  # commands are dataclasses
        missing = {name for name, default in defaults.items() if default is dataclasses.MISSING}
        return frozenset(name for name, field in self.fields.items() if field.attribute in missing)

    @property
    def usage(self) -> str:
        """The command as help shows it."""
        required = self.required
        arguments = (f"<{a.name}>" if a.name in required else f"[{a.name}]" for a in self.arguments)
        options = ((o.name, f"--{o.name}{'' if o.kind is FLAG else ' …'}") for o in self.options)
        shown = (text if name in required else f"[{text}]" for name, text in options)
        return " ".join(["/cld", self.name, *arguments, *shown])

    def problems(self, texts: Mapping[str, str]) -> dict[str, str]:
        """Return what is wrong with each field's text, by the field's name."""
        found = {name: self.fields[name].problem(text) for name, text in texts.items()}
        return {name: problem for name, problem in found.items() if problem}

    def make(self, texts: Mapping[str, str]) -> C_co:
        """Build the command from its fields' texts, none of which has a problem."""
        fields = self.fields
        values = {fields[name].attribute: fields[name].kind.parse(t) for name, t in texts.items()}
        return self.build(**values)

    def texts(self, command: object) -> dict[str, str]:
        """Write a command's fields, by their names; `make` builds the same command from them."""
        values = {name: getattr(command, f.attribute) for name, f in self.fields.items()}
        return {
            name: self.fields[name].kind.write(value)
            for name, value in values.items()
            if value not in (None, "", False)
        }
