// Messages and views as places where something is pressed or filled in. Block Kit's drawing gets one as `on`:
//
//   on.act(element, block, value)     a press, settled when it is answered
//   on.search(element, block, typed)  what the bot suggests
//   on.kept(element, block)           what is in a control: what was chosen here, else what the bot put there
//   on.keep(element, block, kept)     what was chosen
//   on.fields                         in a modal, the map of the inputs that are drawn

import { act } from "../core/api.js";
import { state } from "../core/state.js";
import { doing } from "./doing.js";
import { toast } from "./toasts.js";

const STARTS = ["value", "date", "time", "date_time", "option", "options", "user", "users", "channel", "channels", "conversation", "conversations"];
const filled = new Map(); // by place: a map of what was chosen there, by block and action

const startOf = (e) => STARTS.map((name) => e[`initial_${name}`]).find((value) => value !== undefined);

// An entry of a view's state has a type and one more property, which is null where nothing is chosen.
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
