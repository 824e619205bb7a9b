"""Ends brown-outs by what people do: whose key it is, and who asked, hear of it."""

from dataclasses import dataclass

from bot.domain.brownouts import Ending
from bot.domain.jobs import Job
from bot.domain.requests.brownouts import over, told_of_end
from bot.flows.request_writer import RequestWriter


@dataclass(frozen=True)
class Brownouts:
    """Ends brown-outs."""

    writer: RequestWriter

    async def end(self, request_id: str, ending: Ending, job: Job | None = None) -> None:
        """Store that the key is not enabled again by itself, once."""
        by = job.actor.user_id if job else ""
        while request_id and (request := await self.writer.requests.load(request_id)):
            if request.enable_at is None:
                return
            after = over(request, ending, self.writer.audit_log.clock.now())
            notifications = told_of_end(request, ending, by)
            if await self.writer.write(request, after, f"brownout {ending}", notifications, job):
                return
