// The list of completions above the composer.

import { byId, make } from "../core/dom.js";
import { icon } from "../core/icons.js";
import { step } from "../core/popup.js";
import { shortcuts, state } from "../core/state.js";
import { complete } from "./commands.js";

const box = byId("offers");
const list = byId("choices");
const text = byId("text");
let offered = [];
let at = -1;

const described = ({ text: words, usage, summary, shortcut }) => [
  make("span", { class: "form" }, shortcut ? icon("shortcut") : null, make("strong", {}, words), usage ? make("span", { class: "blanks" }, ` ${usage}`) : null),
  make("span", { class: "soft" }, summary),
];

// "/" also offers the app's global shortcuts; further letters filter them by name.
function matching(typed) {
  if (!typed.startsWith("/") || typed.includes("\n")) return [];
  const word = typed.slice(1).toLowerCase();
  return shortcuts("global")
    .filter(({ name }) => name.toLowerCase().includes(word))
    .map((shortcut) => ({ shortcut, text: shortcut.name, summary: `Shortcut${shortcut.description ? ` · ${shortcut.description}` : ""}` }));
}

function point(to) {
  at = to;
  [...list.children].forEach((item, index) => item.setAttribute("aria-selected", String(index === at)));
  list.children[at]?.scrollIntoView({ block: "nearest" });
  if (at >= 0) text.setAttribute("aria-activedescendant", `offer-${at}`);
  else text.removeAttribute("aria-activedescendant");
  byId("enter").textContent = at < 0 ? "send" : "choose";
}

export function hideOffers() {
  box.hidden = true;
  offered = [];
  at = -1;
  text.removeAttribute("aria-activedescendant");
}

export function showOffers(choose) {
  const found = complete(text.value, state.app.command);
  offered = [...found.offers, ...matching(text.value)];
  list.replaceChildren(...offered.map((each, index) =>
    make("li", { role: "option", id: `offer-${index}`, onpointerdown: (event) => event.preventDefault(), onclick: () => choose(each) }, described(each))));
  byId("usage").replaceChildren(...(found.usage ? described(found.usage) : []));
  box.hidden = !offered.length && !found.usage;
  box.classList.toggle("choosing", offered.length > 0);
  point(-1);
}

export const hasOffers = () => offered.length > 0;
export const moveTo = (key) => point(step(offered, at, key));

// The one that the arrow keys led to: nothing is selected before, so Enter sends what was typed.
export const pointed = () => (at < 0 ? null : offered[at]);
export const firstOffer = () => offered[Math.max(at, 0)];
