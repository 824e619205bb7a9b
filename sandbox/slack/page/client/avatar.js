// A person's or the app's avatar.

import { make } from "../core/dom.js";

const HUES = 8;
const hue = (id) => [...id].reduce((sum, letter) => sum + letter.codePointAt(0), 0) % HUES;
const initials = (name) => name.split(" ").map((part) => part[0]).join("").slice(0, 2).toUpperCase();

export const appFace = () => make("img", { class: "avatar", src: "/page/keysmith.svg", alt: "" });
export const face = (id, name) => make("span", { class: `avatar hue-${hue(id)}`, "aria-hidden": "true" }, initials(name));
