"""Open views: each person's stack of modals, and their Home tab."""

import secrets
from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass, field, replace

from sandbox.company import APP_ID, BOT_ID, TEAM_ID
from sandbox.slack.elements import State, initial_state, with_ids
from sandbox.slack.payload import Payload
from sandbox.slack.refusals import Refusal

_MAX_STACKED = 3  # docs.slack.dev/surfaces/modals
_ID_BYTES = 5


def _new_id() -> str:
    return "V0" + secrets.token_hex(_ID_BYTES).upper()


@dataclass(frozen=True)
class View:
    """A view as the bot sent it, with the values that the person has filled in."""

    id: str
    user: str
    body: Payload
    hash: str
    root: str
    previous: str | None
    values: State

    @property
    def blocks(self) -> list[Payload]:
        """The blocks, with all ids filled in."""
        blocks: list[Payload] = self.body["blocks"]
        return blocks

    def as_json(self) -> Payload:
        """The view object that the Web API and interaction payloads carry."""
        defaults: Payload = {
            "callback_id": "",
            "private_metadata": "",
            "external_id": "",
            "clear_on_close": False,
            "notify_on_close": False,
            "close": None,
            "submit": None,
        }
        return {
            "id": self.id,
            "team_id": TEAM_ID,
            **defaults,
            **self.body,
            "state": {"values": deepcopy(self.values)},
            "hash": self.hash,
            "root_view_id": self.root,
            "previous_view_id": self.previous,
            "app_id": APP_ID,
            "app_installed_team_id": TEAM_ID,
            "bot_id": BOT_ID,
        }


def _build(user: str, body: Payload, under: View | None = None) -> View:
    blocks = with_ids(body["blocks"])
    view_id = _new_id()
    return View(
        id=view_id,
        user=user,
        body={**body, "blocks": blocks},
        hash=secrets.token_hex(_ID_BYTES),
        root=under.root if under else view_id,
        previous=under.id if under else None,
        values=initial_state(blocks),
    )


def _keep_values(old: State, blocks: list[Payload]) -> State:
    """Keep the filled-in values of elements whose block and action ids stay the same."""
    return {
        block_id: {
            action_id: old.get(block_id, {}).get(action_id, entry)
            for action_id, entry in actions.items()
        }
        for block_id, actions in initial_state(blocks).items()
    }


@dataclass
class Views:
    """Each person's stack of modals (the last is on top) and Home tab."""

    stacks: dict[str, list[View]] = field(default_factory=dict)
    homes: dict[str, View] = field(default_factory=dict)

    def top(self, user: str) -> View | None:
        """The modal that the person sees."""
        stack = self.stacks.get(user)
        return stack[-1] if stack else None

    def open(self, user: str, body: Payload) -> View:
        """Open a modal in place of all open ones."""
        self._refuse_used_external_id(body)
        self.stacks[user] = [_build(user, body)]
        return self.stacks[user][-1]

    def push(self, user: str, body: Payload) -> View:
        """Open a modal on top of the open one."""
        stack = self.stacks.get(user, [])
        if not stack:
            raise Refusal("not_found")
        if len(stack) >= _MAX_STACKED:
            raise Refusal("push_limit_reached")
        self._refuse_used_external_id(body)
        stack.append(_build(user, body, stack[-1]))
        return stack[-1]

    def publish(self, user: str, body: Payload, expected_hash: str | None) -> View:
        """Set the person's Home tab."""
        old = self.homes.get(user)
        self._refuse_used_external_id(body, old)
        if old is not None and expected_hash not in {None, old.hash}:
            raise Refusal("hash_conflict")
        self.homes[user] = _build(user, body)
        return self.homes[user]

    def update(self, view: View, body: Payload, expected_hash: str | None = None) -> View:
        """Replace an open view's content; its id and its position in the stack stay."""
        if expected_hash not in {None, view.hash}:
            raise Refusal("hash_conflict")
        self._refuse_used_external_id(body, view)
        new = _build(view.user, body)
        kept = replace(new, id=view.id, root=view.root, previous=view.previous)
        kept = replace(kept, values=_keep_values(view.values, kept.blocks))
        self._put(kept)
        return kept

    def fill_in(self, view: View, filled: Mapping[str, Mapping[str, Payload]]) -> View:
        """Store what the person chose or typed."""
        values = deepcopy(view.values)
        for block_id, actions in filled.items():
            values.setdefault(block_id, {}).update(actions)
        kept = replace(view, values=values)
        self._put(kept)
        return kept

    def find(self, *, view_id: str | None = None, external_id: str | None = None) -> View | None:
        """The open view with either id."""
        for view in (*self.homes.values(), *(v for s in self.stacks.values() for v in s)):
            if view.id == view_id or (external_id and view.body.get("external_id") == external_id):
                return view
        return None

    def close(self, view: View) -> None:
        """Close a modal and those on top of it."""
        stack = self.stacks.get(view.user, [])
        self.stacks[view.user] = stack[: next(i for i, v in enumerate(stack) if v.id == view.id)]

    def clear(self, user: str) -> None:
        """Close every modal of a person."""
        self.stacks.pop(user, None)

    def reset(self) -> None:
        """Forget every view."""
        self.stacks.clear()
        self.homes.clear()

    def _put(self, view: View) -> None:
        if view.user in self.homes and self.homes[view.user].id == view.id:
            self.homes[view.user] = view
        else:
            stack = self.stacks[view.user]
            stack[:] = [view if held.id == view.id else held for held in stack]

    def _refuse_used_external_id(self, body: Payload, own: View | None = None) -> None:
        external_id = body.get("external_id")
        holder = self.find(external_id=external_id) if external_id else None
        if holder is not None and (own is None or holder.id != own.id):
            raise Refusal("duplicate_external_id")
