"""What became of the keys of a review since it began."""

from dataclasses import dataclass, replace

from bot.domain.access_reviews import Answer, Review, ReviewedKey, Said, moved
from bot.domain.environments import Environment
from bot.domain.keys import Key, Located
from bot.domain.pending import OwnKey
from bot.errors import AlteredRecord, NotFound
from bot.flows import reads
from bot.flows.ports import AccountReader, Changes, PendingStore


@dataclass(frozen=True)
class ReviewedKeys:
    """Looks at Cloudinary, at owners, and at the last changes."""

    account: AccountReader
    pending: PendingStore
    changes: Changes

    async def here(self, key: ReviewedKey, place: Environment | None) -> Located | None:
        """Find a key where it was; None if it is gone."""
        if place is None:
            return None
        try:
            keys = await self.account.keys(place.id)
        except NotFound:
            return None
        return next((Located(it, place) for it in keys if it.api_key == key.api_key), None)

    async def same_owner(self, key: ReviewedKey) -> bool:
        """Whether its owner is the one whom the review found."""
        return _owned_alike(key, await self.pending.owner_of(key.api_key))

    async def is_ended(self, key: ReviewedKey, now: Key) -> bool:
        """Whether an end that was not done, as far as is stored, is so: not for a time alone."""
        if now.enabled or key.answer not in {Answer.END, Answer.FAILED}:
            return False
        return not await self.is_dark(key.api_key)

    async def is_dark(self, api_key: str) -> bool:
        """Whether a disabled key is so for a time alone."""
        try:
            last = await self.changes.last_change(api_key)
        except AlteredRecord:
            return False
        return last is not None and bool(last.brownout)

    async def reconciled(self, review: Review) -> Review:
        """Let go of keys that are gone or changed owner, and settle ends that are done."""
        ids = {each.environment_id for each in review.keys if each.open}
        places = [it for it in await self.account.environments() if it.id in ids]
        located, closed = await reads.keys_in(self.account, places)
        found = {it.key.api_key: it.key for it in located}
        owners = await self.pending.owners_of([it.api_key for it in review.keys if it.open])
        unread = {it.id for it in closed}
        keys = list[ReviewedKey]()
        for each in review.keys:
            now, after = found.get(each.api_key), None
            if each.open and each.environment_id not in unread:
                if now is None or not _owned_alike(each, owners.get(each.api_key)):
                    after = moved(each, Said.LEAVE)
                elif await self.is_ended(each, now):
                    after = moved(each, Said.DONE)
            keys.append(after or each)
        return replace(review, keys=tuple(keys))


def _owned_alike(key: ReviewedKey, own: OwnKey | None) -> bool:
    owner = own.owner if own and own.environment_id == key.environment_id else None
    return owner == key.owner
