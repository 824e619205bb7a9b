"""Which key signs: Redis names it, the audit log proves it, and the ledger's script compares it.

States: generation 1, by the first process that looks: the key of the log's
newest entry or, in an empty log, the newest key of that process -> generation 2, by `keys rotate`
-> ... The key under `signing` changes only in a step whose entry names the new generation and is
the first one that the new key signs (`Ledger.rotate`).

Invariants
1. The newest entry of the log is signed by the key that Redis names. So a name that was forged, set
   back, or removed differs from the log, and nothing is signed until it is repaired.
2. No entry is signed by an older key than the entry before it: the script refuses a process that
   signs with another key than the one that Redis names, in the step itself.
3. A process signs with no key that Redis does not name, however new. It may read it.
"""

from typing import Final

from bot.adapters.keyring import Generation, Keyring
from bot.adapters.redis.marks import Marks
from bot.adapters.redis.names import SIGNING
from bot.adapters.redis.store import Store
from bot.errors import KeyMissing, StoreError

LOOKS: Final = 4  # a rotation may come between reading the name and reading the log


class Signing:
    """Keeps the keyring of a process in step with Redis."""

    def __init__(self, store: Store, keyring: Keyring, marks: Marks) -> None:
        self._store = store
        self._marks = marks
        self.keyring = keyring

    async def look(self) -> Generation:
        """Sign with the key that Redis names, from now on.

        Raises:
            KeyMissing: this process lacks it, and can store nothing.
            StoreError: Redis did not answer, the log is broken, or it proves another key.

        """
        found = ""
        for _ in range(LOOKS):
            found = await self._store.text("GET", SIGNING) or ""
            signer, rolled = await self._marks.signer()
            if not found and signer and signer not in self.keyring.chain:
                self.keyring.set(Generation(1, signer))  # its number can't be read here
                raise KeyMissing.of(signer)
            if not found:
                await self._store.call("SET", SIGNING, str(self._first(signer, rolled)), "NX")
                continue
            named = Generation.parse(found)
            if self._proves(named, signer, rolled):
                self.keyring.set(named)
                if named.key_id not in self.keyring.chain:
                    raise KeyMissing.of(named.key_id)
                return named
        self.keyring.set(None)
        raise StoreError(
            f"Redis names another signing key ({found[:40]}) than the audit log: nothing is signed."
            " Redis was set back, or written to by another program"
        )

    async def repair(self) -> None:
        """Name the key that the log proves, and sign with it, for a recovery. Raises as `look`.

        A Redis that was put together from two states may name another one, and then nothing signs.
        """
        signer, rolled = await self._marks.signer()
        found = await self._store.text("GET", SIGNING) or ""
        if not found or not self._holds(found, signer, rolled):
            await self._store.call("SET", SIGNING, str(self._first(signer, rolled)))
        await self.look()

    async def named(self) -> Generation | None:
        """Read which key signs, if Redis names one and the log proves it. Changes nothing.

        Raises `StoreError` where Redis did not answer.
        """
        found = await self._store.text("GET", SIGNING)
        signer, rolled = await self._marks.signer()
        named = Generation.parse(found) if found else None
        return named if named and self._proves(named, signer, rolled) else None

    def _first(self, signer: str, rolled: Generation | None) -> Generation:
        """The key to name where none is, by the log or, without one, by what this process knew."""
        known = self.keyring.signs
        last = known.key_id if known and known.key_id in self.keyring.chain else ""
        return rolled or Generation(1, signer or last or self.keyring.ids[0])

    def _holds(self, found: str, signer: str, rolled: Generation | None) -> bool:
        try:
            return self._proves(Generation.parse(found), signer, rolled)
        except StoreError:
            return False

    def _proves(self, named: Generation, signer: str, rolled: Generation | None) -> bool:
        """Whether the log proves the name, as far as this process can read it."""
        if signer and named.key_id != signer:
            return False
        if signer not in self.keyring.chain:
            return True  # what it says about generations can't be read here
        return named == (rolled or Generation(1, named.key_id))
