// The composer: completes /cld, recalls what was sent, and sends on Enter.

import { byId, make } from "./dom.js";

const COMMANDS = [
  ["/cld", "", "A menu of what you may do"],
  ["/cld help", "[topic]", "How to use Keysmith"],
  ["/cld whoami", "", "Who you are at Slack and at Cloudinary"],
  ["/cld key list", "[--env E] [--stale 90d]", "The access keys that you may see"],
  ["/cld key show", "<name>", "One key"],
  ["/cld key create", "<name> --env E", "Make a key; collect it by a one-time link"],
  ["/cld key disable", "<name>", "Make a key stop working"],
  ["/cld key enable", "<name>", "Make a key work"],
  ["/cld key rename", "<old> <new>", "Give a key another name"],
  ["/cld env list", "", "Your product environments"],
  ["/cld env show", "<env>", "One environment"],
  ["/cld explain", "<command …>", "Who could run it, who would agree, and why"],
  ["/cld claim", "", "Collect credentials that wait for you"],
];

const text = byId("text");
const list = byId("offers");
const sent = [];
let place = -1;
let recalled = 0;

function matching() {
  const typed = text.value;
  if (!typed.startsWith("/")) return [];
  return COMMANDS.filter(([command]) => command.startsWith(typed.trimEnd()) && command !== typed.trimEnd() + "\u0000");
}

function draw() {
  const found = matching().filter(([command]) => command !== text.value);
  place = Math.min(place, found.length - 1);
  list.replaceChildren(...found.map(([command, usage, summary], at) =>
    make("li", { role: "option", id: `offer-${at}`, "aria-selected": String(at === place), onclick: () => choose(command, usage) },
      make("strong", {}, command), ` ${usage} `, make("span", { class: "soft" }, summary))));
  list.hidden = !found.length;
  if (place >= 0) text.setAttribute("aria-activedescendant", `offer-${place}`);
  else text.removeAttribute("aria-activedescendant");
  return found;
}

function choose(command, usage) {
  text.value = usage ? `${command} ` : command;
  place = -1;
  text.focus();
  draw();
}

export function fill(value) {
  text.value = value;
  text.focus();
  list.hidden = true;
}

function recall(step) {
  recalled = Math.max(0, Math.min(sent.length, recalled + step));
  text.value = sent[recalled] ?? "";
  list.hidden = true;
}

export function compose(send) {
  const submit = (event) => {
    event?.preventDefault();
    const value = text.value.trim();
    if (!value) return;
    sent.push(value);
    recalled = sent.length;
    text.value = "";
    place = -1;
    list.hidden = true;
    send(value);
  };
  byId("composer").addEventListener("submit", submit);
  text.addEventListener("input", () => { place = -1; draw(); });
  text.addEventListener("keydown", (event) => {
    const found = list.hidden ? [] : draw();
    const down = event.key === "ArrowDown";
    if ((down || event.key === "ArrowUp") && found.length) {
      event.preventDefault();
      place = (place + (down ? 1 : -1) + found.length) % found.length;
      draw();
    } else if (event.key === "ArrowUp" && (!text.value || recalled < sent.length)) {
      event.preventDefault();
      recall(-1);
    } else if (down && recalled < sent.length) {
      recall(1);
    } else if (event.key === "Tab" && found.length && text.value) {
      event.preventDefault();
      choose(...found[Math.max(place, 0)]);
    } else if (event.key === "Escape") {
      list.hidden = true;
    } else if (event.key === "Enter" && !event.shiftKey) {
      if (found.length && place >= 0) { event.preventDefault(); choose(...found[place]); } else submit(event);
    }
  });
}
