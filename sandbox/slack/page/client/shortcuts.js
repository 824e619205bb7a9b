// The app's shortcuts: global ones and those for messages.

import { act } from "../core/api.js";
import { state } from "../core/state.js";
import { doing } from "./actions.js";

export function useShortcut({ callback_id }, m = null) {
  const on = m ? { channel: state.channel.id, message_ts: m.ts } : {};
  return doing(() => act("shortcut", { user: state.user.id, callback_id, ...on }));
}
