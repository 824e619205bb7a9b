"""Whether an environment may get a name, and which one is free in its place."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot.domain.commands.environments import CreateEnvironment, RenameEnvironment
from bot.domain.environment_names import (
    PlaceNameProblem,
    PlaceNameReason,
    cloud_name_of,
    cloud_problem,
    name_problem,
    numbered,
)
from bot.domain.environments import Environment
from bot.domain.names import Looks, mixes_scripts
from bot.domain.outcomes.environment_changes import (
    EnvironmentUnchanged,
    PlaceNameRefused,
    PlaceState,
)
from bot.domain.people import Person
from bot.domain.policy import Action, Allowed
from bot.flows.authorize import Authorizer

Suggested = CreateEnvironment | RenameEnvironment


@dataclass(frozen=True)
class PlaceNames:
    """Checks names against every environment, and names only those that the person may see."""

    authorizer: Authorizer
    looks: Looks

    def of_new(
        self, person: Person, command: CreateEnvironment, others: Sequence[Environment]
    ) -> PlaceNameRefused | None:
        """Return what prevents the creation, with the command that would do."""
        if problem := name_problem(command.name, others, self.looks):
            instead = None
            if problem.reason is not PlaceNameReason.HIDDEN:
                name = numbered(command.name, " ", others, self.looks)
                cloud = numbered(command.cloud_name or cloud_name_of(name), "-", others, self.looks)
                instead = replace(command, name=name, cloud_name=cloud)
            return self._refused(person, command.name, problem, instead)
        if problem := cloud_problem(command.cloud_name or "", others, self.looks):
            return self._refused(
                person, command.cloud_name or command.name, problem, self._other(command, others)
            )
        return None

    def elsewhere(
        self, command: CreateEnvironment, others: Sequence[Environment]
    ) -> PlaceNameRefused:
        """Tell that another account has the cloud name, as Cloudinary says."""
        name, instead = command.cloud_name or command.name, _plain(self._other(command, others))
        return PlaceNameRefused(name, PlaceNameReason.CLOUD_TAKEN, instead=instead)

    def of_renamed(
        self,
        person: Person,
        command: RenameEnvironment,
        place: Environment,
        every: Sequence[Environment],
    ) -> PlaceNameRefused | EnvironmentUnchanged | None:
        """Do the same for the new name of an environment."""
        if place.name == command.new:
            return EnvironmentUnchanged(place, PlaceState.RENAMED)
        others = [it for it in every if it.id != place.id]
        problem = name_problem(command.new, others, self.looks)
        if problem is None:
            return None
        instead = None
        if problem.reason is not PlaceNameReason.HIDDEN:
            instead = replace(command, new=numbered(command.new, " ", others, self.looks))
        return self._refused(person, command.new, problem, instead)

    def _other(
        self, command: CreateEnvironment, others: Sequence[Environment]
    ) -> CreateEnvironment | None:
        """Suggest another cloud name; None where there is none to begin with."""
        if not command.cloud_name:
            return None
        return replace(command, cloud_name=numbered(command.cloud_name, "-", others, self.looks))

    def _refused(
        self,
        person: Person,
        name: str,
        problem: PlaceNameProblem,
        instead: Suggested | None,
    ) -> PlaceNameRefused:
        other = problem.other
        seen = other and isinstance(self.authorizer.decide(person, Action.ENV_SHOW, other), Allowed)
        return PlaceNameRefused(name, problem.reason, other if seen else None, _plain(instead))


def _plain(instead: Suggested | None) -> Suggested | None:
    """Suggest no name that mixes scripts: it would go on looking like another one."""
    names = [*(vars(instead).values() if instead else ())]
    return None if any(mixes_scripts(it) for it in names if isinstance(it, str)) else instead
