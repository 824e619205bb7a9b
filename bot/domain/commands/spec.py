"""One value per command: its words, its typed fields, the policy's action, and its help."""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

from bot.domain.commands.fields import Field
from bot.domain.policy import Action

C_co = TypeVar("C_co", covariant=True)


@dataclass(frozen=True)
class CommandSpec(Generic[C_co]):
    """How a command is typed: its words, then its arguments in order, then its options."""

    words: tuple[str, ...]
    build: type[C_co]
    action: Action
    summary: str
    arguments: tuple[Field, ...] = ()
    options: tuple[Field, ...] = ()
    flags: tuple[Field, ...] = ()
    planned: tuple[str, ...] = ()
    """Names of options that the grammar has a place for and this version does not do."""
    label: str = ""
    """The text of its button in the menu, where its words alone say too little."""

    @property
    def name(self) -> str:
        """The words, as they are typed."""
        return " ".join(self.words)

    @property
    def fields(self) -> dict[str, Field]:
        """Every field by its name, in the order in which a canonical text has them."""
        return {field.name: field for field in (*self.arguments, *self.options, *self.flags)}

    @property
    def required(self) -> frozenset[str]:
        """Names of the fields that the command cannot do without."""
        defaults = {each.name: each.default for each in dataclasses.fields(self.build)}  # type: ignore[arg-type]  # commands are dataclasses
        return frozenset(
            name
            for name, field in self.fields.items()
            if defaults[field.attribute] is dataclasses.MISSING
        )

    @property
    def usage(self) -> str:
        """The command as help shows it."""
        required = self.required
        arguments = (f"<{a.name}>" if a.name in required else f"[{a.name}]" for a in self.arguments)
        options = (
            f"--{o.name} …" if o.name in required else f"[--{o.name} …]" for o in self.options
        )
        flags = (f"[--{flag.name}]" for flag in self.flags)
        return " ".join(["/cld", self.name, *arguments, *options, *flags])

    def problems(self, texts: Mapping[str, str]) -> dict[str, str]:
        """What is wrong with the text of each field, by the fields' names."""
        found = {name: self.fields[name].problem(text) for name, text in texts.items()}
        return {name: problem for name, problem in found.items() if problem}

    def make(self, texts: Mapping[str, str]) -> C_co:
        """Make the command of its fields' texts, none of which has a problem."""
        fields = self.fields
        values = {fields[name].attribute: fields[name].kind.parse(t) for name, t in texts.items()}
        return self.build(**values)

    def texts(self, command: object) -> dict[str, str]:
        """Write a command's fields, by their names; `make` reads them back to the same command."""
        values = {name: getattr(command, f.attribute) for name, f in self.fields.items()}
        return {
            name: self.fields[name].kind.write(value)
            for name, value in values.items()
            if value not in (None, "", False)
        }
