"""Intents of changes of environments: what a job writes, and recognizes after a crash."""

import re
from typing import Final

from bot.domain.commands.environments import CreateEnvironment, RenameEnvironment
from bot.domain.environments import Environment
from bot.domain.jobs import Job
from bot.domain.outcomes.environment_changes import PlaceState

_ON: Final = re.compile("(?:renamed|disabled|enabled) environment:([^:]+)(?::.*)?", re.DOTALL)


def creates(command: CreateEnvironment) -> str:
    """The intent to create an environment, by its cloud name and name."""
    return f"created environment:{command.cloud_name}:{command.name}"


def switches(place: Environment, state: PlaceState) -> str:
    """The intent to disable or enable one."""
    return f"{state} environment:{place.id}"


def renames(place: Environment, command: RenameEnvironment, old: str) -> str:
    """The intent to rename one; its former name is known from nowhere else afterwards."""
    return f"renamed environment:{place.id}:{command.new}:{old}"


def renamed_from(job: Job, place: Environment, command: RenameEnvironment) -> str | None:
    """The former name, if this job was to rename the environment like this."""
    start = renames(place, command, "")
    return job.effect.removeprefix(start) if job.effect.startswith(start) else None


def begun_on(job: Job) -> str | None:
    """The id of the environment that a job has begun to change."""
    found = _ON.fullmatch(job.effect or "")
    return found[1] if found else None
