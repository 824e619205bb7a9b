// Icons, in the colour of the surrounding text.

import { make } from "./dom.js";

const SVG = "http://www.w3.org/2000/svg";
const PATHS = {
  back: "M12 4 6 10l6 6",
  close: "m5 5 10 10M15 5 5 15",
  commands: "M3.5 3.5h13v13h-13zM11.8 6.5l-3.6 7",
  dots: "M4.5 10h.01M10 10h.01M15.5 10h.01",
  down: "m6 8 4 4 4-4",
  eye: "M2 10s3-5.2 8-5.2 8 5.2 8 5.2-3 5.2-8 5.2S2 10 2 10Zm8 2.3a2.3 2.3 0 1 0 0-4.6 2.3 2.3 0 0 0 0 4.6Z",
  file: "M5.5 2.8h6l3.5 3.5v10.9h-9.5zM11.3 3v3.5h3.5",
  hash: "M8 3.5 6.5 16.5M13.5 3.5 12 16.5M4 7.3h13M3 12.7h13",
  lock: "M5 9h10v7.5H5zM7.3 9V6.4a2.7 2.7 0 0 1 5.4 0V9",
  menu: "M3 5.5h14M3 10h14M3 14.5h14",
  people: "M7.5 9.5a2.7 2.7 0 1 0 0-5.4 2.7 2.7 0 0 0 0 5.4ZM2.5 16c0-2.8 2.2-4.4 5-4.4s5 1.6 5 4.4M13 4.3a2.6 2.6 0 0 1 0 5M14.6 11.8c1.8.5 2.9 1.9 2.9 4.2",
  picture: "M3 4.5h14v11H3zM3 13l4-4 3.6 3.6L13 10l4 4",
  send: "M3.5 4 17 10 3.5 16l1.7-6zM5.2 10H10",
  shared: "M4 7h11l-3-3M16 13H5l3 3",
  shortcut: "M11 2.5 4.5 11.5H10L9 17.5l6.5-9H10z",
  thread: "M3.5 4.5h13v9H10l-3.5 3v-3h-3z",
};

export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  const path = document.createElementNS(SVG, "path");
  for (const [key, value] of [["viewBox", "0 0 20 20"], ["aria-hidden", "true"], ["class", `glyph ${name}`]]) svg.setAttribute(key, value);
  path.setAttribute("d", PATHS[name]);
  svg.append(path);
  return svg;
}

export function iconButton(name, label, attributes = {}) {
  return make("button", { type: "button", class: "icon", "aria-label": label, title: label, ...attributes }, icon(name));
}
