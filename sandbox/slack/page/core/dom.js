// Helpers to create elements. Text is always set as text, never as markup.

export const byId = (id) => document.getElementById(id);

const absent = (value) => value === null || value === undefined || value === false;

// Attributes that are functions become listeners (`onclick`); null attributes and children are skipped.
export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") element.addEventListener(name.slice(2), value);
    else if (!absent(value)) element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat(2).filter((child) => !absent(child)));
  return element;
}

let made = 0;

export function newId(name) {
  made += 1;
  return `${name}-${made}`;
}

const SAFE = /^(https?:|mailto:)/i;

export const isSafe = (url) => Boolean(url) && SAFE.test(url);

// URLs that the page's policy allows for images: its own files and data URLs.
export const isOwn = (url) => /^data:image\//.test(url) || (URL.canParse(url, location.href) && new URL(url, location.href).origin === location.origin);

export function anchor(url, label, attributes = {}) {
  if (!isSafe(url)) return label;
  return make("a", { href: url, target: "_blank", rel: "noopener noreferrer", ...attributes }, label);
}

export const times = (count, one, many) => `${count} ${count === 1 ? one : many}`;
