"""Secrets from files: each secret variable NAME can stand in the file that NAME_FILE names."""

import os
from pathlib import Path
from typing import Any, Final, get_args

from pydantic import SecretStr
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

MOST_BYTES: Final = 65_536
"""A secret is short; a wrong path may lead to a log or a device."""


class Unreadable:
    """Stands for a secret whose file can't be used; `refuse` tells why."""

    def __init__(self, reason: str) -> None:
        self.reason = reason


def refuse(value: object) -> object:
    """Turn the stand-in into a fault of its variable; leave every other value alone."""
    if isinstance(value, Unreadable):
        raise ValueError(value.reason)  # noqa: TRY004  # pydantic reports no TypeError
    return value


class SecretFiles(PydanticBaseSettingsSource):
    """Reads `NAME_FILE` for every secret field of the settings, before the variables themselves."""

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        """Read one secret's file; None where no file is named."""
        name = f"{field_name}_FILE".upper()
        place = os.environ.get(name)
        if place is None or not is_secret(field):
            return None, field_name, False
        if field_name.upper() in os.environ:
            return Unreadable(f"is set, and {name} too: keep one of them"), field_name, False
        return _read(name, Path(place)), field_name, False

    def __call__(self) -> dict[str, Any]:
        """Read every secret's file."""
        fields = self.settings_cls.model_fields.items()
        found = {name: self.get_field_value(field, name)[0] for name, field in fields}
        return {name: value for name, value in found.items() if value is not None}


def is_secret(field: FieldInfo) -> bool:
    """Whether the type of a field contains a secret."""
    return _contains_secret(field.annotation)


def _contains_secret(kind: object) -> bool:
    return kind is SecretStr or any(_contains_secret(part) for part in get_args(kind))


def _read(name: str, place: Path) -> str | Unreadable:
    """Read a file without its line end; a fault repeats neither path nor content."""
    try:
        with place.open("rb") as file:
            text = file.read(MOST_BYTES + 1).decode().rstrip("\r\n")
    except OSError as error:
        return Unreadable(f"can't be read: {name} names no readable file ({error.strerror})")
    except ValueError:  # no UTF-8, or a path with a null character
        return Unreadable(f"can't be read: the file of {name} is not text")
    if not text.strip():
        return Unreadable(f"is empty: the file of {name} has nothing in it")
    if len(text) > MOST_BYTES:
        return Unreadable(f"is too long: the file of {name} is not that of a secret")
    return text


class FromEnvironment(BaseSettings):
    """Settings from variables, and each secret from the file that its `NAME_FILE` names."""

    model_config = SettingsConfigDict(frozen=True, hide_input_in_errors=True, extra="ignore")

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003  # there is no .env to read
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003  # it wants one directory
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Files first: where both are set, what stands for the file is the fault."""
        return init_settings, SecretFiles(settings_cls), env_settings
