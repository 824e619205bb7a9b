// A person's unread messages. The browser stores how far they have read, as an account would.

import { state } from "../core/state.js";

const counts = new Map(); // by channel: {fresh, calls}

const key = (channel) => `read ${state.user.id} ${channel.id}`;
const READ_NOTHING = "0";

export const lastRead = (channel) => localStorage.getItem(key(channel)) ?? READ_NOTHING;

const others = (messages, since) => messages.filter((m) => m.ts > since && m.user !== state.user.id);

const CALLS = ["<!channel>", "<!here>", "<!everyone>", '"type":"broadcast"'];

// Whether a message mentions the person; in a direct conversation every message counts.
function calls(m, channel) {
  const said = JSON.stringify([m.text, m.blocks]);
  return channel.is_im || said.includes(`<@${state.user.id}`) || said.includes(`"user_id":"${state.user.id}"`) || CALLS.some((call) => said.includes(call));
}

export function count(channel, messages) {
  const fresh = others(messages, lastRead(channel));
  counts.set(channel.id, { fresh: fresh.length, calls: fresh.filter((m) => calls(m, channel)).length });
}

// A visible channel counts as read, unless the browser window is in the background.
export function read(channel, messages) {
  counts.delete(channel.id);
  const newest = messages.at(-1)?.ts;
  if (newest && newest > lastRead(channel) && !document.hidden) localStorage.setItem(key(channel), newest);
}

export const unread = (channel) => counts.get(channel.id) ?? { fresh: 0, calls: 0 };
export const totals = () => [...counts.values()].reduce((sum, one) => ({ fresh: sum.fresh + one.fresh, calls: sum.calls + one.calls }), { fresh: 0, calls: 0 });
export const forgetCounts = () => counts.clear();
export const unreadIds = () => [...counts.entries()].filter(([, { fresh }]) => fresh).map(([id]) => id);

// The first unread message, if there are read ones before it.
export const firstNew = (messages, since) => (since === READ_NOTHING ? undefined : others(messages, since)[0]?.ts);
