// Files and reactions of a message.

import { isOwn, isSafe, make, times } from "../core/dom.js";
import { icon } from "../core/icons.js";
import { state } from "../core/state.js";
import { emoji } from "../kit/emoji.js";

const KILO = 1000;

function size(bytes) {
  if (bytes === undefined) return null;
  if (bytes < KILO) return times(bytes, "byte", "bytes");
  return bytes < KILO * KILO ? `${(bytes / KILO).toFixed(1)} kB` : `${(bytes / KILO / KILO).toFixed(1)} MB`;
}

function file({ name, title, mimetype, size: bytes, url }) {
  const isPicture = mimetype?.startsWith("image/") && url && isOwn(url);
  const shown = [
    isPicture ? make("img", { src: url, alt: "" }) : icon("file"),
    make("span", { class: "grow" }, make("strong", {}, title || name), make("small", {}, [title && title !== name ? name : null, mimetype, size(bytes)].filter(Boolean).join(" · "))),
  ];
  const attributes = { class: isPicture ? "file pictured" : "file", "data-testid": "file" };
  if (!url || !(isSafe(url) || isOwn(url))) return make("span", attributes, shown);
  return make("a", { ...attributes, href: url, target: "_blank", rel: "noopener noreferrer" }, shown);
}

export const files = (m) => (m.files?.length ? make("div", { class: "files" }, m.files.map(file)) : null);

const nameOf = (id) => (id === state.user.id ? "you" : state.people.get(id)?.name ?? id);

function reaction({ name, users }) {
  const who = users.map(nameOf).join(", ");
  return make("li", { class: users.includes(state.user.id) ? "reaction mine" : "reaction", title: `${who} reacted with :${name}:`, "data-testid": "reaction" },
    make("span", {}, emoji(name)), make("span", {}, String(users.length)), make("span", { class: "unseen" }, `${who} reacted with ${name}`));
}

export const reactions = (m) => (m.reactions?.length ? make("ul", { class: "reactions", "aria-label": "Reactions" }, m.reactions.map(reaction)) : null);
