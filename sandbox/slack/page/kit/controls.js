// Controls with a value, in modals, Home tabs and messages: docs.slack.dev/reference/block-kit/block-elements

import { external, GROUPS, select, several } from "./choices.js";
import { ticks } from "./ticks.js";
import { moments, picker, richTyped, typed } from "./typing.js";

const { own, people, channels } = GROUPS;

const KINDS = {
  plain_text_input: typed("text"),
  rich_text_input: richTyped,
  number_input: typed("text", { inputmode: "decimal" }),
  email_text_input: typed("email"),
  url_text_input: typed("url"),
  datepicker: picker("date"),
  timepicker: picker("time"),
  datetimepicker: moments(),
  static_select: select(own),
  users_select: select(people),
  channels_select: select(channels),
  conversations_select: select(channels),
  external_select: external(false),
  multi_static_select: several(own),
  multi_users_select: several(people),
  multi_channels_select: several(channels),
  multi_conversations_select: several(channels),
  multi_external_select: external(true),
  checkboxes: ticks("checkbox"),
  radio_buttons: ticks("radio"),
};

export const isControl = (e) => e.type in KINDS;

// Values as the sandbox accepts them: a text, an option's value, a list of these, an id, a date.
export function valueOf(kept) {
  if (Array.isArray(kept)) return kept.map(valueOf);
  return kept === "" ? null : (kept?.text ? kept.value : kept) ?? null;
}

// Renders an element; `chosen(value, undo)` is called on a choice. Gives its node, the field that takes the focus, and
// the node that labels and errors refer to.
export function control(e, block, on, chosen) {
  const typing = (kept) => on.keep(e, block, kept);
  const changed = (kept) => {
    const before = on.kept(e, block);
    typing(kept);
    chosen(valueOf(kept), () => typing(before));
  };
  const drawn = KINDS[e.type](e, { block, kept: on.kept(e, block), typing, changed, search: (text) => on.search(e, block, text) });
  drawn.field.dataset.actionId = e.action_id;
  return { ...drawn, marked: drawn.group ?? drawn.field };
}
