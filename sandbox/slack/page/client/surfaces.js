// Messages and views as surfaces whose elements are clicked or filled in. Block Kit's rendering gets one as `on`:
//
//   on.act(element, block, value)     a click; resolves when it is answered
//   on.search(element, block, typed)  the options that the bot suggests
//   on.kept(element, block)           the value of a control: chosen here, or else the initial one
//   on.keep(element, block, kept)     stores a chosen value
//   on.fields                         in a modal, the map of the rendered inputs

import { act } from "../core/api.js";
import { state } from "../core/state.js";
import { doing } from "./actions.js";
import { toast } from "./toasts.js";

const STARTS = ["value", "date", "time", "date_time", "option", "options", "user", "users", "channel", "channels", "conversation", "conversations"];
const filled = new Map(); // by surface: a map of the chosen values by block and action

const startOf = (e) => STARTS.map((name) => e[`initial_${name}`]).find((value) => value !== undefined);

// An entry of a view's state has a type and one more property, which is null without a choice.
function remembered(view, e, b) {
  const { type: _type, ...entry } = view?.state?.values?.[b.block_id]?.[e.action_id] ?? {};
  return Object.values(entry)[0] ?? undefined;
}

const spot = (e, b) => `${b.block_id} ${e.action_id}`;

function place(key, target, view = null) {
  if (!filled.has(key)) filled.set(key, new Map());
  const own = filled.get(key);
  const said = (e, b, value) => ({ user: state.user.id, ...target, block_id: b.block_id, action_id: e.action_id, value });
  return {
    act: (...pressed) => doing(() => act("click", said(...pressed))),
    search: (...typed) => act("suggest", said(...typed)).catch((error) => { toast(error.message); return {}; }),
    kept: (e, b) => (own.has(spot(e, b)) ? own.get(spot(e, b)) : remembered(view, e, b) ?? startOf(e)),
    keep: (e, b, kept) => own.set(spot(e, b), kept),
    isTouched: (e, b) => own.has(spot(e, b)),
  };
}

export const ofMessage = (m) => place(`${state.user.id} ${state.channel.id} ${m.ts}`, { channel: state.channel.id, message_ts: m.ts });
export const ofView = (view) => place(view.id, { view_id: view.id }, view);

export const forget = (viewId) => filled.delete(viewId);
