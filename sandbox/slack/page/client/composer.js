// The composer: completes commands, recalls sent texts, and sends what was typed on Enter.

import { byId } from "../core/dom.js";
import { icon } from "../core/icons.js";
import { nameOf, state, titleOf } from "../core/state.js";
import { firstOffer, hasOffers, hideOffers, moveTo, pointed, showOffers } from "./completions.js";
import { useShortcut } from "./shortcuts.js";

const text = byId("text");
const sent = [];
const drafts = new Map(); // by person and channel
let recalled = 0;
let draft = ""; // the key of the draft that is in the box

function grow() {
  text.style.height = "auto";
  text.style.height = `${text.scrollHeight}px`;
}

function set(value) {
  text.value = value;
  grow();
}

function choose({ text: words, usage, shortcut }) {
  set(shortcut ? "" : usage ? `${words} ` : words);
  text.focus();
  if (!shortcut) return showOffers(choose);
  hideOffers();
  return useShortcut(shortcut);
}

function recall(by) {
  recalled = Math.max(0, Math.min(sent.length, recalled + by));
  set(sent[recalled] ?? "");
  hideOffers();
}

// Puts a text into the composer without sending it.
export function fill(value) {
  set(value);
  text.focus();
  hideOffers();
}

// On a change of channel or person, restores the draft there.
export function switchDraft() {
  drafts.set(draft, text.value);
  draft = `${state.user.id} ${state.channel.id}`;
  set(drafts.get(draft) ?? "");
  hideOffers();
  text.placeholder = `Message ${titleOf(state.channel)}`;
  byId("composer").querySelector("label").textContent = `Message to ${nameOf(state.channel)}`;
}

function submit(event, send) {
  event.preventDefault();
  const value = text.value.trim();
  hideOffers();
  if (!value) return;
  if (sent.at(-1) !== value) sent.push(value);
  recalled = sent.length;
  set("");
  send(value);
}

function arrow(event) {
  if (hasOffers()) moveTo(event.key);
  else if (event.key === "ArrowUp" && (!text.value || recalled < sent.length)) recall(-1);
  else if (event.key === "ArrowDown" && recalled < sent.length) recall(1);
  else return;
  event.preventDefault();
}

function pressed(event, send) {
  if (event.isComposing) return;
  const { key } = event;
  if (key === "ArrowUp" || key === "ArrowDown") arrow(event);
  else if (key === "Tab" && !event.shiftKey && hasOffers() && text.value) {
    event.preventDefault();
    choose(firstOffer());
  } else if (key === "Escape") hideOffers();
  else if (key === "Enter" && !event.shiftKey) {
    event.preventDefault();
    if (pointed()) choose(pointed());
    else submit(event, send);
  }
}

export function compose(send) {
  byId("send").append(icon("send"));
  byId("slash").append(icon("commands"));
  byId("slash").addEventListener("click", () => { set("/"); text.focus(); showOffers(choose); });
  byId("composer").addEventListener("submit", (event) => submit(event, send));
  byId("composer").addEventListener("focusout", ({ relatedTarget }) => { if (!byId("composer").contains(relatedTarget)) hideOffers(); });
  text.addEventListener("input", () => { recalled = sent.length; grow(); showOffers(choose); });
  text.addEventListener("keydown", (event) => pressed(event, send));
}
