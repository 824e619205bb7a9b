// Typed inputs: texts, numbers, dates and times.

import { make, newId } from "../core/dom.js";

const dispatches = (e) => e.dispatch_action_config?.trigger_actions_on ?? ["on_enter_pressed"];

// A text is stored at every key; the bot is notified if its element says so.
export function typed(type, attributes = {}) {
  return (e, { block, kept, typing, changed }) => {
    const shared = { id: newId("text"), placeholder: e.placeholder?.text, maxlength: e.max_length, autocomplete: "off", ...attributes };
    const field = e.multiline ? make("textarea", { ...shared, rows: 4 }, kept ?? "") : make("input", { ...shared, type, value: kept });
    field.addEventListener("input", () => (dispatches(e).includes("on_character_entered") ? changed : typing)(field.value));
    field.addEventListener("keydown", (event) => {
      if (!block.dispatch_action || event.key !== "Enter" || event.shiftKey || e.multiline) return;
      event.preventDefault();
      if (dispatches(e).includes("on_enter_pressed")) changed(field.value);
    });
    return { node: field, field };
  };
}

const PLAIN = { read: (text) => text, write: (kept) => kept };

const two = (number) => String(number).padStart(2, "0");
const local = (at) => `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}T${two(at.getHours())}:${two(at.getMinutes())}`;

// Unix seconds, as a time in the reader's zone.
const SECONDS = {
  read: (text) => (text ? Math.floor(new Date(text).getTime() / 1000) : null),
  write: (kept) => (kept ? local(new Date(kept * 1000)) : null),
};

// A date from the picker counts at once; a typed one only when complete, since parts of it are dates too.
export function picker(type, { read, write } = PLAIN) {
  return (e, { kept, changed, typing }) => {
    const field = make("input", { id: newId("date"), type, value: write(kept) });
    let told = field.value;
    let keyed = false;
    const tell = () => {
      if (told === field.value) return;
      told = field.value;
      changed(read(field.value));
    };
    field.addEventListener("keydown", (event) => { keyed = event.key !== "Enter"; if (!keyed) tell(); });
    field.addEventListener("pointerdown", () => { keyed = false; });
    field.addEventListener("change", () => { typing(read(field.value)); if (!keyed) tell(); });
    field.addEventListener("blur", tell);
    return { node: field, field };
  };
}

export const moments = () => picker("datetime-local", SECONDS);

// A rich text of one paragraph without styles.
export function richTyped(e, context) {
  const wrap = (text) => ({ type: "rich_text", elements: [{ type: "rich_text_section", elements: [{ type: "text", text }] }] });
  const unwrap = (kept) => (kept?.elements ?? []).flatMap((part) => part.elements ?? []).map(({ text }) => text ?? "").join("");
  const told = (tell) => (text) => tell(text ? wrap(text) : null);
  return typed("text")({ ...e, multiline: true }, { ...context, kept: unwrap(context.kept), typing: told(context.typing), changed: told(context.changed) });
}
