// Modals: inputs with their errors beside them, one at a time on top.

import { act } from "./api.js";
import { block } from "./blocks.js";
import { byId, make } from "./dom.js";
import { textObject } from "./text.js";

const box = byId("modal");
let shown = "";

function input(e, id) {
  const common = { id, "data-action-id": e.action_id, placeholder: e.placeholder?.text };
  if (e.type === "plain_text_input" && e.multiline) return make("textarea", { ...common, rows: 4, maxlength: e.max_length }, e.initial_value ?? "");
  if (e.type === "static_select") {
    const options = (e.options ?? []).map((o) => make("option", { value: o.value }, ...textObject(o.text)));
    const select = make("select", { id, "data-action-id": e.action_id }, make("option", { value: "" }, e.placeholder?.text ?? "Choose …"), ...options);
    if (e.initial_option) select.value = e.initial_option.value;
    return select;
  }
  const type = { datepicker: "date", number_input: "number", email_text_input: "email", url_text_input: "url" }[e.type] ?? "text";
  return make("input", { ...common, type, value: e.initial_value ?? e.initial_date, maxlength: e.max_length, autocomplete: "off" });
}

function field(b) {
  const id = `field-${b.block_id}`;
  const label = make("label", { for: id }, ...textObject(b.label), ...(b.optional ? [make("span", { class: "soft" }, " (optional)")] : []));
  const hint = b.hint ? make("p", { class: "soft" }, ...textObject(b.hint)) : null;
  const error = make("p", { class: "error", role: "alert", "data-error": b.block_id, id: `${id}-error` });
  const control = input(b.element, id);
  control.setAttribute("aria-describedby", `${id}-error`);
  control.dataset.block = b.block_id;
  return make("div", { class: "field" }, label, control, hint, error);
}

function values() {
  const found = {};
  for (const control of box.querySelectorAll("[data-block]")) {
    if (control.value) found[control.dataset.block] = { [control.dataset.actionId]: control.value };
  }
  return found;
}

function complain(errors) {
  for (const place of box.querySelectorAll("[data-error]")) {
    const text = errors[place.dataset.error] ?? "";
    place.textContent = text;
    box.querySelector(`[data-block="${CSS.escape(place.dataset.error)}"]`)?.setAttribute("aria-invalid", String(Boolean(text)));
  }
  box.querySelector("[aria-invalid=true]")?.focus();
}

export function drawModal(view, user, refresh, on) {
  if (!view) {
    shown = "";
    if (box.open) box.close();
    return;
  }
  const now = JSON.stringify(view);
  if (now === shown) return;
  shown = now;
  const close = async () => { await act("close", { user, view_id: view.id }); refresh(); };
  const submit = async (event) => {
    event.preventDefault();
    const press = box.querySelector("[data-testid=modal-submit]");
    if (press) press.disabled = true;
    try {
      const told = await act("submit", { user, view_id: view.id, values: values() });
      if (told.errors) complain(told.errors);
    } catch (error) {
      complain({});
      box.querySelector(".trouble").textContent = error.message;
    }
    if (press) press.disabled = false;
    refresh();
  };
  const blocks = view.blocks.map((b) => (b.type === "input" ? field(b) : block(b, on(view))));
  const form = make("form", { novalidate: true },
    make("header", { class: "row" },
      make("h2", { id: "modal-title", class: "grow" }, ...textObject(view.title)),
      make("button", { type: "button", class: "plain", "aria-label": "Close", onclick: close }, "×")),
    make("div", { class: "body" }, ...blocks),
    make("p", { class: "error trouble", role: "alert" }),
    make("footer", { class: "row end" },
      make("button", { type: "button", onclick: close }, ...(view.close ? textObject(view.close) : ["Close"])),
      view.submit ? make("button", { type: "submit", class: "primary", "data-testid": "modal-submit" }, ...textObject(view.submit)) : null));
  form.addEventListener("submit", submit);
  box.oncancel = (event) => { event.preventDefault(); close(); };
  box.replaceChildren(form);
  if (!box.open) box.showModal();
  (box.querySelector("input, textarea, select") ?? box.querySelector("footer button"))?.focus();
}
