// The app's Home tab.

import { act } from "../core/api.js";
import { byId, make } from "../core/dom.js";
import { update } from "../core/list.js";
import { state } from "../core/state.js";
import { blockItems } from "../kit/blocks.js";
import { doing } from "./actions.js";
import { ofView } from "./surfaces.js";

const empty = () => ({
  key: "nothing",
  shape: state.app.name,
  draw: () => make("p", { class: "nothing soft" }, `${state.app.name}'s Home tab is empty. Start the app, then open this tab again.`),
});

export const openHome = (tab) => doing(() => act("home", { user: state.user.id, tab }));

export function drawHome(view) {
  update(byId("home-blocks"), view ? blockItems(view.blocks, ofView(view)) : [empty()]);
}
