// Modals: shows the view on top, with errors beside the inputs.

import { act } from "../core/api.js";
import { byId, make } from "../core/dom.js";
import { iconButton } from "../core/icons.js";
import { update } from "../core/list.js";
import { state } from "../core/state.js";
import { blockItems } from "../kit/blocks.js";
import { valueOf } from "../kit/controls.js";
import { textObject } from "../kit/mrkdwn.js";
import { isBusy } from "../kit/press.js";
import { doing } from "./actions.js";
import { forget, ofView } from "./surfaces.js";

const box = byId("modal");
let shown = null; // {view, on, fields, body, shape} of the view on top

// Values that the person changed; the sandbox knows the others.
function values({ view, on }) {
  const touched = view.blocks.filter((b) => b.type === "input" && on.isTouched(b.element, b));
  return Object.fromEntries(touched.map((b) => [b.block_id, { [b.element.action_id]: valueOf(on.kept(b.element, b)) }]));
}

function showErrors(fields, errors) {
  for (const [blockId, { complain }] of fields) complain(errors[blockId] ?? "");
  [...fields].find(([blockId]) => errors[blockId])?.[1].focus();
}

async function submit(form) {
  if (isBusy(form)) return;
  const { view, fields } = shown;
  form.setAttribute("aria-busy", "true");
  showErrors(fields, {});
  box.querySelector(".trouble").replaceChildren();
  const told = await doing(() => act("submit", { user: state.user.id, view_id: view.id, values: values(shown) }));
  showErrors(fields, told?.errors ?? {});
  form.removeAttribute("aria-busy");
}

const close = (view, all) => doing(async () => {
  forget(view.id);
  await act("close", { user: state.user.id, view_id: view.id, all });
});

// The frame is kept while the view on top has the same header and footer; only its content changes.
function frame(view, body) {
  const send = (event) => { event.preventDefault(); submit(event.currentTarget); };
  box.oncancel = (event) => { event.preventDefault(); close(view, true); };
  box.replaceChildren(make("form", { novalidate: true, onsubmit: send },
    make("header", {},
      view.previous_view_id ? iconButton("back", "Back", { onclick: () => close(view, false) }) : null,
      make("h1", { id: "modal-title", class: "grow", tabindex: "-1" }, textObject(view.title)),
      iconButton("close", "Close", { onclick: () => close(view, true) })),
    body,
    make("div", { class: "trouble", role: "alert" }),
    make("footer", {},
      make("button", { type: "button", onclick: () => close(view, false) }, view.close ? textObject(view.close) : "Close"),
      view.submit ? make("button", { type: "submit", class: "primary", "data-testid": "modal-submit" }, textObject(view.submit)) : null)));
}

function gone() {
  if (shown) forget(shown.view.id);
  shown = null;
  box.close();
}

function focusFirst({ fields, body }) {
  const inputs = [...fields.values()];
  const first = inputs.find(({ isFirst }) => isFirst) ?? inputs[0];
  if (first) first.focus();
  else (body.querySelector("button, select, input") ?? box.querySelector("footer button:last-child")).focus();
}

// Typed text stays, since only changed blocks are rerendered.
export function drawModal(view) {
  if (!view) return shown || box.open ? gone() : undefined;
  const shape = JSON.stringify([view.id, view.title, view.submit, view.close, view.previous_view_id]);
  const isNew = shown?.shape !== shape;
  const { fields, body } = isNew ? { fields: new Map(), body: make("div", { class: "body" }) } : shown;
  shown = { view, fields, body, shape, on: { ...ofView(view), fields } };
  for (const blockId of fields.keys()) if (!view.blocks.some((b) => b.block_id === blockId)) fields.delete(blockId);
  if (isNew) frame(view, body);
  update(body, blockItems(view.blocks, shown.on));
  if (!box.open) box.showModal();
  if (isNew) focusFirst(shown);
}
