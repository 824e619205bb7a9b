// Messages in a channel or in a thread.

import { make, times } from "../core/dom.js";
import { icon, iconButton } from "../core/icons.js";
import { withMenu } from "../core/menu.js";
import { shortcuts, state } from "../core/state.js";
import { block } from "../kit/blocks.js";
import { dateOf, written } from "../kit/dates.js";
import { mrkdwn } from "../kit/mrkdwn.js";
import { files, reactions } from "./attachments.js";
import { appFace, face } from "./avatar.js";
import { ofMessage } from "./surfaces.js";
import { useShortcut } from "./shortcuts.js";

const timeOf = (m) => written(dateOf(m.ts), "{time}");

function byline(name, m) {
  return make("p", { class: "by" }, make("strong", {}, name), m.bot ? make("span", { class: "badge" }, "APP") : null,
    make("time", { datetime: dateOf(m.ts).toISOString(), title: written(dateOf(m.ts), "{date_long}, {time_secs}") }, timeOf(m)),
    m.edited ? make("span", { class: "soft" }, "(edited)") : null);
}

function content(m) {
  if (!m.blocks?.length) return m.text ? make("div", { class: "section" }, mrkdwn(m.text)) : null;
  const on = ofMessage(m);
  return m.blocks.map((b) => block(b, on));
}

function moreActions(m) {
  const offered = shortcuts("message");
  if (!offered.length) return null;
  const opener = iconButton("dots", "More actions", { "data-testid": "more-actions" });
  return withMenu(opener, offered.map((shortcut) => ({
    label: shortcut.name,
    note: `${state.app.name}${shortcut.description ? ` · ${shortcut.description}` : ""}`,
    choose: () => useShortcut(shortcut, m),
  })));
}

function tools(m, openThread) {
  if (m.ephemeral) return null;
  return make("div", { class: "hover" },
    openThread ? iconButton("thread", "Reply in thread", { onclick: () => openThread(m.ts) }) : null, moreActions(m));
}

const answers = (m, replies, openThread) =>
  replies ? make("button", { type: "button", class: "replies", onclick: () => openThread(m.ts) }, times(replies, "reply", "replies")) : null;

function draw(m, replies, openThread) {
  const { id, name } = m.bot ? { id: m.user, name: m.bot } : (state.people.get(m.user) ?? { id: m.user, name: m.user });
  return make("article", { class: m.ephemeral ? "message ephemeral" : "message", tabindex: "-1", "data-testid": "message", "data-ts": m.ts,
    "data-ephemeral": String(m.ephemeral), "aria-label": `${name}, ${timeOf(m)}${m.ephemeral ? ", only visible to you" : ""}` },
    m.ephemeral ? make("p", { class: "only" }, icon("eye"), "Only visible to you") : null,
    m.bot ? appFace() : face(id, name),
    make("div", { class: "grow" }, byline(name, m), content(m), files(m), reactions(m), answers(m, replies, openThread)),
    tools(m, openThread));
}

// An item for `list.update`. Without `openThread` the message has no link to its thread.
export function message(m, { replies = 0, openThread = null } = {}) {
  return { key: m.ts, shape: JSON.stringify([m, replies, state.user.id, state.user.locale, shortcuts("message")]), draw: () => draw(m, replies, openThread) };
}

const line = (key, name, text) => ({ key, shape: text, draw: () => make("p", { class: name }, make("span", {}, text)) });

// The messages, with a heading before each day and a line before the first unread message.
export function withDays(messages, firstNew, item) {
  const days = messages.map((m) => written(dateOf(m.ts), "{date_long_pretty}"));
  return messages.flatMap((m, index) => [
    days[index] === days[index - 1] ? null : line(`day ${days[index]}`, "day", days[index]),
    m.ts === firstNew ? line("new", "day new", "New") : null,
    item(m),
  ].filter(Boolean));
}
