// Menus of the bot's own options, of people, of channels, and of suggestions while typing.

import { make, newId } from "../core/dom.js";
import { channelsOf, persons, state } from "../core/state.js";
import { combobox } from "./combobox.js";

const MIN_QUERY = 3; // characters; the default of min_query_length

const named = (value, text) => ({ value, text: { type: "plain_text", text } });
const people = () => [{ options: persons().filter((person) => !person.deleted).map((person) => named(person.id, person.name)) }];
const channels = () => [{ options: channelsOf(state.user).filter((channel) => !channel.is_im).map((channel) => named(channel.id, `#${channel.name}`)) }];
const own = (e) => e.option_groups?.map(({ label, options }) => ({ label: label.text, options })) ?? [{ options: e.options ?? [] }];

const optionNode = (option) =>
  make("option", { value: option.value }, make("span", {}, option.text.text), option.description ? make("small", {}, ` ${option.description.text}`) : null);

const groupNode = ({ label, options }) => (label ? make("optgroup", { label }, options.map(optionNode)) : options.map(optionNode));

// Arrow keys open the menu; natively, each step would choose a value and cause an action.
function opening(event) {
  if (!["ArrowDown", "ArrowUp"].includes(event.key) || !event.target.showPicker) return;
  event.preventDefault();
  event.target.showPicker();
}

// Only an optional choice can be taken back.
export const select = (groups) => (e, { block, kept, changed }) => {
  const field = make("select", { id: newId("select"), onkeydown: opening, onchange: () => changed(field.value) },
    make("option", { value: "", hidden: !block.optional }, e.placeholder?.text ?? "Choose an option"), groups(e).map(groupNode));
  field.value = kept?.value ?? kept ?? "";
  return { node: field, field };
};

const matching = (groups, typed) =>
  groups.map(({ label, options }) => ({ label, options: options.filter((option) => option.text.text.toLowerCase().includes(typed.toLowerCase())) }));

function found(groups, kept) {
  const all = groups.flatMap(({ options }) => options);
  return (kept ?? []).map((one) => (one.text ? one : all.find(({ value }) => value === one))).filter(Boolean);
}

export const several = (groups) => (e, { kept, changed }) =>
  combobox({
    id: newId("choice"),
    placeholder: e.placeholder?.text ?? "Choose an option",
    kept: found(groups(e), kept),
    many: true,
    most: e.max_selected_items,
    least: 0,
    search: async (typed) => matching(groups(e), typed),
    changed,
  });

export const external = (many) => (e, { kept, changed, search }) =>
  combobox({
    id: newId("search"),
    placeholder: e.placeholder?.text ?? "Type to search",
    kept: [kept ?? []].flat(),
    many,
    most: e.max_selected_items,
    least: e.min_query_length ?? MIN_QUERY,
    search: async (typed) => [{ options: (await search(typed)).options ?? [] }],
    changed: (options) => changed(many ? options : options[0] ?? null),
  });

export const GROUPS = { own, people, channels };
