"""The spec of a command: its name, its typed fields, the policy's action and its help."""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Generic, TypeVar, get_type_hints

from bot.domain.commands.fields import Field
from bot.domain.phrases import Phrase
from bot.domain.policy import Action

C_co = TypeVar("C_co", covariant=True)


@dataclass(frozen=True)
class CommandSpec(Generic[C_co]):
    """How people type a command: its name, its arguments in order, its options."""

    name: str
    build: type[C_co]
    action: Action
    summary: Phrase
    refused: tuple[tuple[str, Phrase], ...] = ()
    """Names of options that the command about one target has, and why this one has not."""

    @property
    def words(self) -> tuple[str, ...]:
        """The words of the name: noun and verb, or a single one."""
        return tuple(self.name.split())

    @cached_property
    def attributes(self) -> dict[str, Field]:
        """The field of each of the command's attributes, from its annotation."""
        hints = get_type_hints(self.build, include_extras=True)
        return {name: hint.__metadata__[0] for name, hint in hints.items()}

    @cached_property
    def arguments(self) -> tuple[Field, ...]:
        """The fields whose values alone are typed."""
        return tuple(field for field in self.attributes.values() if field.positional)

    @cached_property
    def options(self) -> tuple[Field, ...]:
        """The fields that are typed with their names."""
        return tuple(field for field in self.attributes.values() if not field.positional)

    @cached_property
    def fields(self) -> dict[str, Field]:
        """Every field by its name, in the order of a canonical text."""
        return {field.name: field for field in (*self.arguments, *self.options)}

    @cached_property
    def required(self) -> frozenset[str]:
        """Names of the fields without a default."""
        return frozenset(
            self.attributes[each.name].name
            for each in dataclasses.fields(self.build)  # type: ignore[arg-type]  # commands are dataclasses
            if each.default is dataclasses.MISSING
        )

    @property
    def usage(self) -> str:
        """The command as help shows it."""
        required = self.required
        arguments = (f"<{a.name}>" if a.name in required else f"[{a.name}]" for a in self.arguments)
        typed = [each for each in self.options if not each.offered]
        options = ((o.name, f"--{o.name}{'' if o.kind.flag else ' …'}") for o in typed)
        shown = (text if name in required else f"[{text}]" for name, text in options)
        return " ".join(["/cld", self.name, *arguments, *shown])

    def problems(self, texts: Mapping[str, str]) -> dict[str, Phrase]:
        """Return what is wrong with each field's text, by the field's name."""
        found = {name: self.fields[name].problem(text) for name, text in texts.items()}
        return {name: problem for name, problem in found.items() if problem}

    def make(self, texts: Mapping[str, str]) -> C_co:
        """Build the command from its fields' texts, none of which has a problem."""
        given = {name: field for name, field in self.attributes.items() if field.name in texts}
        return self.build(**{name: f.kind.parse(texts[f.name]) for name, f in given.items()})

    def texts(self, command: object) -> dict[str, str]:
        """Write a command's fields, by their names; `make` builds the same command from them."""
        return {
            field.name: field.kind.write(value)
            for name, field in self.attributes.items()
            if (value := getattr(command, name)) not in (None, "", False)
        }
