// The thread beside the channel.

import { byId, make } from "../core/dom.js";
import { iconButton } from "../core/icons.js";
import { followEnd, update } from "../core/list.js";
import { state, titleOf } from "../core/state.js";
import { message } from "./messages.js";

const side = byId("thread");
const drafts = new Map(); // by person, channel and message
let drawn = "";
let log = null;

function form(key, reply) {
  const send = (event) => {
    event.preventDefault();
    const text = box.value.trim();
    box.value = "";
    drafts.delete(key);
    if (text) reply(text);
  };
  const pressed = (event) => { if (event.key === "Enter" && !event.shiftKey && !event.isComposing) send(event); };
  const box = make("textarea", { rows: 2, "aria-label": "Reply", placeholder: "Reply …", "data-testid": "reply", onkeydown: pressed, oninput: () => drafts.set(key, box.value) },
    drafts.get(key) ?? "");
  return { node: make("form", { class: "reply", onsubmit: send }, box, make("button", { type: "submit", class: "primary" }, "Reply")), box };
}

function frame(key, reply, close) {
  const { node, box } = form(key, reply);
  log = make("div", { class: "log", role: "log", "aria-label": "Replies", tabindex: "0" });
  side.replaceChildren(
    make("header", { class: "top" },
      make("h2", { class: "grow" }, "Thread ", make("span", { class: "soft" }, titleOf(state.channel))), iconButton("close", "Close the thread", { onclick: close })),
    log, node);
  side.onkeydown = (event) => { if (event.key === "Escape") close(); };
  box.focus();
  box.setSelectionRange(box.value.length, box.value.length);
}

export function drawThread(messages, { reply, close }) {
  const root = messages.find((m) => m.ts === state.thread);
  const key = root ? `${state.user.id} ${state.channel.id} ${root.ts}` : "";
  const isNew = key !== drawn;
  side.hidden = !root;
  drawn = key;
  if (!root) return;
  if (isNew) frame(key, (text) => reply(text, root.ts), close);
  const replies = messages.filter((m) => m.thread_ts === root.ts && m.ts !== root.ts);
  followEnd(log, isNew, () => update(log, [root, ...replies].map((m) => message(m))));
}
