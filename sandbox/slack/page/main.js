// Who one is, where one is, and what is there to see.

import { act, look, watch } from "./api.js";
import { block } from "./blocks.js";
import { compose, fill } from "./composer.js";
import { byId, make } from "./dom.js";
import { drawModal } from "./modal.js";
import { mrkdwn, names } from "./text.js";

const EXAMPLES = ["/cld key list", "/cld key disable ci-bot", "/cld key create deploy --env staging", "/cld help"];
const FLAGS = { is_restricted: "guest", is_email_confirmed: "e-mail not confirmed" };
const me = { user: null, channel: null, thread: null };
let world = null;
let drawn = "";
let unwatch = () => {};
const unread = new Set();
const seenToasts = new Set();

const people = () => world.people.filter((p) => !p.is_bot && !p.deleted && p.team_id === world.team.id);
const mine = () => world.channels.filter((c) => c.members.includes(me.user.id));
const find = (things, word) => things.find((t) => [t.id, t.handle, t.name].includes(word));
const colour = (id) => `hue-${[...id].reduce((sum, letter) => sum + letter.codePointAt(0), 0) % 8}`;
const initials = (name) => name.split(" ").map((part) => part[0]).join("").slice(0, 2).toUpperCase();
const clock = (ts) => new Date(Number(ts) * 1000).toLocaleTimeString([], { hour: "numeric", minute: "2-digit" });

function remember() {
  history.replaceState(null, "", `?as=${me.user.handle}&in=${me.channel.name || me.channel.id}`);
  document.title = `${me.channel.name ? `#${me.channel.name}` : "Keysmith"} · ${me.user.name} · Sandbox`;
}

function drawSide() {
  byId("team").textContent = world.team.name;
  const flag = (p) => Object.entries(FLAGS).filter(([name]) => (name === "is_email_confirmed" ? !p[name] : p[name])).map(([, words]) => words);
  byId("person").replaceChildren(...people().map((p) =>
    make("option", { value: p.id, selected: p.id === me.user.id }, [p.name, p.title, ...flag(p)].filter(Boolean).join(" · "))));
  byId("about").textContent = me.user.title;
  const item = (c, text) => make("li", {}, make("button", {
    type: "button", "data-testid": `channel-${c.name || "keysmith"}`, class: unread.has(c.id) ? "unread" : "",
    "aria-current": c.id === me.channel.id ? "page" : undefined, onclick: () => enter(c) }, text));
  byId("channels").replaceChildren(...mine().filter((c) => !c.is_im).map((c) => item(c, `# ${c.name}${c.is_ext_shared ? " ⇄" : ""}`)));
  byId("directs").replaceChildren(...mine().filter((c) => c.is_im).map((c) => item(c, "Keysmith")));
  byId("channel").textContent = me.channel.name ? `# ${me.channel.name}` : "Keysmith";
  byId("purpose").textContent = me.channel.name ? `${me.channel.purpose} · ${me.channel.members.length} members` : "Messages between you and the app";
  byId("text").placeholder = `Message ${me.channel.name ? `#${me.channel.name}` : "Keysmith"} or /cld`;
}

const pressed = (target) => ({
  act: (e, b, value) => acting(() => act("click", { user: me.user.id, ...target, block_id: b.block_id, action_id: e.action_id, ...(e.type === "button" ? {} : { value }) })),
  suggest: (e, b, value) => act("suggest", { user: me.user.id, ...target, block_id: b.block_id, action_id: e.action_id, value }),
});

async function acting(work) {
  try {
    await work();
  } catch (error) {
    toast(error.message);
  }
  refresh();
}

function drawMessage(m, replies = 0) {
  const author = m.bot ? { name: m.bot, id: m.user } : (names.people.get(m.user) ?? { name: m.user, id: m.user });
  const on = pressed({ channel: me.channel.id, message_ts: m.ts });
  const content = m.blocks?.length ? m.blocks.map((b) => block(b, on)) : [make("div", { class: "section" }, ...mrkdwn(m.text ?? ""))];
  const reply = m.ephemeral || me.thread === m.ts ? null : make("button", { type: "button", class: "plain reply", onclick: () => openThread(m.ts) },
    replies ? `${replies} ${replies === 1 ? "reply" : "replies"}` : "Reply in thread");
  return make("li", { class: m.ephemeral ? "message ephemeral" : "message", "data-testid": "message", "data-ts": m.ts, "data-ephemeral": String(m.ephemeral) },
    make("span", { class: `avatar ${m.bot ? "bot" : colour(author.id)}`, "aria-hidden": "true" }, m.bot ? "🗝" : initials(author.name)),
    make("div", { class: "grow" },
      m.ephemeral ? make("p", { class: "soft only" }, "👁 Only visible to you") : null,
      make("p", { class: "by" }, make("strong", {}, author.name), m.bot ? make("span", { class: "badge" }, "APP") : null,
        make("time", { class: "soft", datetime: new Date(Number(m.ts) * 1000).toISOString() }, clock(m.ts)), m.edited ? make("span", { class: "soft" }, "(edited)") : null),
      ...content, reply));
}

function hint() {
  const examples = EXAMPLES.map((text) => make("button", { type: "button", class: "example", onclick: () => fill(text) }, text));
  return make("li", { class: "hint" },
    make("h3", {}, `You are ${me.user.name}${me.user.title ? `, ${me.user.title.toLowerCase()}` : ""}.`),
    make("p", {}, "Type a command below, or start with one of these:"), make("div", { class: "actions" }, ...examples),
    make("p", { class: "soft" }, "Then become Mia Lindqvist, at the left, and try the same: she only uses the media library."));
}

function drawMessages(screen) {
  const now = JSON.stringify([screen.messages, me.channel.id, me.user.id, me.thread]);
  if (now === drawn) return;
  drawn = now;
  const log = byId("messages");
  const atEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 80;
  const top = screen.messages.filter((m) => !m.thread_ts || m.thread_ts === m.ts);
  const replies = (ts) => screen.messages.filter((m) => m.thread_ts === ts && m.ts !== ts);
  log.replaceChildren(...(top.length ? top.map((m) => drawMessage(m, replies(m.ts).length)) : [hint()]));
  if (atEnd) log.scrollTop = log.scrollHeight;
  drawThread(screen.messages.find((m) => m.ts === me.thread), me.thread ? replies(me.thread) : []);
}

function drawThread(root, replies) {
  const side = byId("thread");
  side.hidden = !root;
  if (!root) return;
  const box = make("textarea", { rows: 2, "aria-label": "Reply", placeholder: "Reply …" });
  const send = () => box.value.trim() && acting(() => act("message", { user: me.user.id, channel: me.channel.id, text: box.value.trim(), thread_ts: root.ts }));
  side.replaceChildren(
    make("header", { class: "row" }, make("h2", { class: "grow" }, "Thread"), make("button", { type: "button", class: "plain", "aria-label": "Close the thread", onclick: () => openThread(null) }, "×")),
    make("ol", {}, ...[root, ...replies].map((m) => drawMessage(m))),
    make("div", { class: "row" }, box, make("button", { type: "button", onclick: send }, "Reply")));
}

function openThread(ts) {
  me.thread = ts;
  drawn = "";
  refresh();
}

function toast(text) {
  const shown = make("p", { class: "toast", "data-testid": "toast" }, text, make("button", { type: "button", class: "plain", "aria-label": "Dismiss", onclick: () => shown.remove() }, "×"));
  byId("toasts").append(shown);
}

async function refresh() {
  const { user, channel } = me;
  const screen = await look("screen", { user: user.id, channel: channel.id });
  if (user !== me.user || channel !== me.channel) return;
  drawMessages(screen);
  drawModal(screen.modal, user.id, refresh, (view) => pressed({ view_id: view.id }));
  for (const each of screen.toasts) {
    const id = `${user.id} ${each.id ?? JSON.stringify(each)}`;
    if (!seenToasts.has(id)) toast(each.text ?? String(each));
    seenToasts.add(id);
  }
}

function enter(channel) {
  me.channel = channel;
  me.thread = null;
  drawn = "";
  unread.delete(channel.id);
  closeDrawer();
  remember();
  drawSide();
  refresh();
}

async function become(user, channel) {
  unwatch();
  me.user = user;
  me.channel = channel && channel.members.includes(user.id) ? channel : (find(mine(), "platform") ?? mine()[0]);
  unread.clear();
  await act("reload", { user: user.id });
  unwatch = watch(user.id, (change) => {
    if (change.channel && change.channel !== me.channel.id) { unread.add(change.channel); drawSide(); }
    refresh();
  });
  enter(me.channel);
}

function closeDrawer() {
  document.body.classList.remove("drawer");
  byId("drawer").setAttribute("aria-expanded", "false");
}

async function send(value) {
  const { user, channel } = me;
  const command = world.app.command;
  const body = { user: user.id, channel: channel.id };
  const isCommand = value === command || value.startsWith(`${command} `);
  if (!isCommand && value.startsWith("/")) return toast(`${value.split(" ")[0]} is not a command here. There is ${command}.`);
  await acting(() => (isCommand ? act("command", { ...body, text: value.slice(command.length).trim() }) : act("message", { ...body, text: value })));
}

async function begin() {
  world = await look("workspace");
  for (const person of world.people) names.people.set(person.id, person);
  for (const channel of world.channels) names.channels.set(channel.id, channel);
  const asked = new URLSearchParams(location.search);
  const user = find(people(), asked.get("as") ?? "tom") ?? people()[0];
  byId("person").addEventListener("change", (event) => become(names.people.get(event.target.value), me.channel));
  byId("drawer").addEventListener("click", () => byId("drawer").setAttribute("aria-expanded", String(document.body.classList.toggle("drawer"))));
  compose(send);
  await become(user, find(world.channels, asked.get("in") ?? "platform"));
  byId("text").focus();
}

begin();
