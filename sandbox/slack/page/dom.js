// The few ways in which this page makes elements. Text is always set as text.

export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name === "onclick") element.addEventListener("click", value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value !== undefined && value !== null) element.setAttribute(name, value);
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

export const byId = (id) => document.getElementById(id);

export const SAFE = /^(https?:|mailto:)/i;

export function anchor(url, label) {
  if (!SAFE.test(url)) return document.createTextNode(label);
  return make("a", { href: url, target: "_blank", rel: "noopener noreferrer" }, label);
}
