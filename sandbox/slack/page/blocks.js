// Block Kit. `on` says what a press does: on.act(element, block, value) and on.suggest(element, block, typed).

import { anchor, byId, make, SAFE } from "./dom.js";
import { richText } from "./rich.js";
import { textObject } from "./text.js";

function confirmed(dialog) {
  if (!dialog) return Promise.resolve(true);
  const box = byId("confirm");
  return new Promise((settle) => {
    const end = (answer) => () => { box.close(); settle(answer); };
    box.replaceChildren(
      make("h3", { id: "confirm-title" }, ...textObject(dialog.title)),
      make("p", {}, ...textObject(dialog.text)),
      make("div", { class: "row end" },
        make("button", { type: "button", onclick: end(false) }, ...textObject(dialog.deny)),
        make("button", { type: "button", class: dialog.style === "danger" ? "danger" : "primary", onclick: end(true) },
          ...textObject(dialog.confirm))),
    );
    box.oncancel = () => settle(false);
    box.showModal();
  });
}

function button(element, block, on) {
  const press = async () => {
    if (!(await confirmed(element.confirm))) return;
    if (element.url && SAFE.test(element.url)) open(element.url, "_blank", "noopener");
    on.act(element, block, element.value);
  };
  return make("button", { type: "button", class: element.style, "data-action-id": element.action_id,
    "aria-label": element.accessibility_label, onclick: press }, ...textObject(element.text));
}

function options(element) {
  const groups = element.option_groups;
  const one = (option) => make("option", { value: option.value }, ...textObject(option.text));
  if (!groups) return (element.options ?? []).map(one);
  return groups.map((group) => make("optgroup", { label: group.label.text }, ...group.options.map(one)));
}

function menu(element, block, on) {
  const blank = make("option", { value: "" }, ...(textObject(element.placeholder).length ? textObject(element.placeholder) : ["Choose …"]));
  const select = make("select", { "data-action-id": element.action_id, "aria-label": element.placeholder?.text ?? "Choose" }, blank, ...options(element));
  if (element.initial_option) select.value = element.initial_option.value;
  select.addEventListener("change", () => select.value && on.act(element, block, select.value));
  return select;
}

function overflow(element, block, on) {
  const select = menu({ ...element, placeholder: { text: "⋯" } }, block, on);
  select.setAttribute("aria-label", "More actions");
  return select;
}

function external(element, block, on) {
  const id = `list-${Math.random().toString(36).slice(2)}`;
  const list = make("datalist", { id });
  const input = make("input", { list: id, "data-action-id": element.action_id, placeholder: element.placeholder?.text ?? "Type to search" });
  let known = [];
  input.addEventListener("input", async () => {
    const chosen = known.find((option) => option.text.text === input.value);
    if (chosen) return on.act(element, block, chosen.value);
    if (input.value.length < (element.min_query_length ?? 3)) return;
    known = (await on.suggest(element, block, input.value)).options ?? [];
    list.replaceChildren(...known.map((option) => make("option", { value: option.text.text })));
  });
  return make("span", {}, input, list);
}

const image = (element) => make("span", { class: "image" }, `🖼 ${element.alt_text}`);
const unknown = (type) => make("em", { class: "unknown" }, `unsupported block: ${type}`);

const ELEMENTS = { button, static_select: menu, overflow, external_select: external, image };
export const element = (e, block, on) => (ELEMENTS[e.type] ? ELEMENTS[e.type](e, block, on) : unknown(e.type));

const BLOCKS = {
  rich_text: richText,
  divider: () => make("hr"),
  header: (b) => make("h3", {}, ...textObject(b.text)),
  section: (b, on) =>
    make("div", { class: "row" },
      make("div", { class: "grow" },
        ...(b.text ? [make("div", { class: "section" }, ...textObject(b.text))] : []),
        ...(b.fields ? [make("div", { class: "fields" }, ...b.fields.map((f) => make("div", {}, ...textObject(f))))] : [])),
      b.accessory ? element(b.accessory, b, on) : null),
  context: (b) => make("div", { class: "context" }, ...b.elements.map((e) => (e.type === "image" ? image(e) : make("span", {}, ...textObject(e))))),
  actions: (b, on) => make("div", { class: "actions" }, ...b.elements.map((e) => element(e, b, on))),
  image: (b) => make("figure", {}, image(b), make("figcaption", {}, ...textObject(b.title))),
};

export const block = (b, on) => BLOCKS[b.type]?.(b, on) ?? unknown(b.type);
export { anchor };
