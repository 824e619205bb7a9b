// A menu with a text input: options come from `search(typed)` as groups {label, options}; one or `many` are chosen.

import { make } from "../core/dom.js";
import { icon } from "../core/icons.js";
import { listbox } from "./listbox.js";
import { textObject } from "./mrkdwn.js";

const PAUSE = 150; // milliseconds without a key before searching

export function combobox({ id, placeholder, kept, many, most = Infinity, least, search, changed }) {
  const input = make("input", { id, type: "text", autocomplete: "off", spellcheck: "false", placeholder });
  const chips = make("span", { class: "chips" });
  const node = make("span", { class: many ? "combobox many" : "combobox" }, many ? chips : null, input);
  const list = listbox(input, node, choose);
  node.append(list.node);
  let chosen = kept;
  let timer;

  function draw() {
    if (many) chips.replaceChildren(...chosen.map(chip));
    else input.value = chosen[0]?.text.text ?? "";
  }

  function chip(option) {
    const label = `Remove ${option.text.text}`;
    const remove = () => { take(chosen.filter(({ value }) => value !== option.value)); input.focus(); };
    return make("span", { class: "chip" }, textObject(option.text), make("button", { type: "button", class: "icon", "aria-label": label, onclick: remove }, icon("close")));
  }

  function take(options) {
    chosen = options;
    draw();
    changed(chosen);
  }

  function choose(option) {
    list.hide();
    if (many) input.value = "";
    take(many ? [...chosen, option].slice(0, most) : [option]);
  }

  const free = ({ value }) => !many || !chosen.some((one) => one.value === value);

  async function ask() {
    const typed = many || !chosen.length ? input.value : "";
    if (chosen.length >= most && many) return list.show([], `You can choose up to ${most}.`);
    if (typed.length < least) return typed ? list.show([], `Type at least ${least} characters.`) : list.hide();
    node.setAttribute("aria-busy", "true");
    const groups = await search(typed).finally(() => node.removeAttribute("aria-busy"));
    if (document.activeElement !== input || typed !== (many || !chosen.length ? input.value : "")) return;
    list.show(groups.map(({ label, options }) => ({ label, options: options.filter(free) })), "No results");
  }

  function typing() {
    if (!many && chosen.length) { chosen = []; changed(chosen); }
    clearTimeout(timer);
    timer = setTimeout(ask, PAUSE);
  }

  function pressed(event) {
    if (list.key(event)) return;
    if (event.key === "ArrowDown" || (event.key === "Enter" && input.value && !chosen.length)) { event.preventDefault(); ask(); }
    else if (event.key === "Backspace" && many && !input.value && chosen.length) take(chosen.slice(0, -1));
  }

  input.addEventListener("input", typing);
  input.addEventListener("click", () => { if (least === 0 && !list.isOpen()) ask(); });
  input.addEventListener("blur", () => { clearTimeout(timer); list.hide(); if (many || !chosen.length) input.value = ""; });
  input.addEventListener("keydown", pressed);
  draw();
  return { node, field: input };
}
