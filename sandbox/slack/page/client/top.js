// The header of a channel; the conversation with an app that has a Home tab has two tabs.

import { byId, make } from "../core/dom.js";
import { icon } from "../core/icons.js";
import { isHome, state, titleOf } from "../core/state.js";
import { totals } from "./unread.js";

const TABS = ["home", "messages"];

function drawTabs() {
  byId("tabs").hidden = !(state.channel.is_im && state.app.home_tab);
  for (const tab of TABS) {
    const node = byId(`tab-${tab}`);
    node.setAttribute("aria-selected", String(state.tab === tab));
    node.tabIndex = state.tab === tab ? 0 : -1;
  }
}

function drawPanels() {
  byId("home").hidden = !isHome();
  byId("conversation").hidden = isHome();
  byId("composer").hidden = isHome();
  for (const [panel, tab] of [["home", "home"], ["conversation", "messages"]]) {
    const isPanel = !byId("tabs").hidden;
    for (const [name, value] of [["role", "tabpanel"], ["aria-labelledby", `tab-${tab}`]]) {
      if (isPanel) byId(panel).setAttribute(name, value);
      else byId(panel).removeAttribute(name);
    }
  }
}

export function drawTop() {
  const { channel, user } = state;
  const { calls } = totals();
  byId("channel").replaceChildren(...(channel.is_im ? [] : [icon(channel.is_private ? "lock" : "hash")]), channel.is_im ? state.app.name : channel.name);
  byId("purpose").textContent = channel.is_im ? "Direct message with the app" : channel.purpose;
  byId("members").hidden = channel.is_im;
  byId("members").replaceChildren(icon("people"), make("span", { "aria-hidden": "true" }, String(channel.members.length)), make("span", { class: "unseen" }, `${channel.members.length} members`));
  document.title = `${calls ? `(${calls}) ` : ""}${titleOf(channel)} · ${user.name} · Sandbox`;
  drawTabs();
  drawPanels();
}

export function prepareTabs(choose) {
  for (const tab of TABS) byId(`tab-${tab}`).addEventListener("click", () => choose(tab));
  byId("tabs").addEventListener("keydown", (event) => {
    if (!["ArrowLeft", "ArrowRight"].includes(event.key)) return;
    const other = TABS.find((tab) => tab !== state.tab);
    choose(other);
    byId(`tab-${other}`).focus();
  });
}
