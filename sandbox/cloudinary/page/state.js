// Shows the account, refreshed every second; changed keys are highlighted for a moment.

const REFRESH_EVERY = 1000; // milliseconds
const MASK = "•".repeat(12);
const revealed = new Set();
const before = new Map();
let drawn = "";
let first = true;

function make(tag, text = "", attributes = {}) {
  const element = document.createElement(tag);
  element.textContent = text;
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  return element;
}

function age(stamp) {
  const days = Math.floor((Date.now() - Date.parse(stamp)) / 86_400_000);
  return days < 1 ? "today" : days === 1 ? "yesterday" : `${days} days ago`;
}

function secret(key) {
  const cell = make("td");
  const value = make("code", revealed.has(key.api_key) ? key.api_secret : MASK);
  const toggle = make("button", revealed.has(key.api_key) ? "Hide" : "Show", { type: "button" });
  toggle.setAttribute("aria-label", `${toggle.textContent} the secret of ${key.name ?? "the root key"}`);
  toggle.addEventListener("click", () => {
    if (!revealed.delete(key.api_key)) revealed.add(key.api_key);
    drawn = "";
    look();
  });
  cell.append(value, " ", toggle);
  return cell;
}

function row(key) {
  const line = make("tr", "", { "data-key": key.api_key });
  const known = JSON.stringify(key);
  if (!first && before.get(key.api_key) !== known) line.className = "changed";
  before.set(key.api_key, known);
  const notes = [key.root && "root", ...key.dedicated_for].filter(Boolean).join(", ");
  const state = make("td");
  state.append(make("span", key.enabled ? "enabled" : "disabled", { class: `pill ${key.enabled ? "on" : "off"}` }));
  const name = make("th", key.name ?? "Untitled Root", { scope: "row" });
  if (notes) name.append(make("small", ` (${notes})`));
  const number = make("td");
  number.append(make("code", key.api_key));
  line.append(name, state, number, secret(key), make("td", age(key.created_at)), make("td", age(key.updated_at)));
  return line;
}

function place(environment) {
  const section = make("section");
  const title = make("h2", environment.name);
  title.append(make("code", environment.cloud_name));
  if (!environment.enabled) title.append(make("span", "disabled", { class: "pill off" }));
  const table = make("table");
  const head = make("tr");
  head.append(...["Name", "State", "API key", "API secret", "Created", "Changed"].map((text) => make("th", text, { scope: "col" })));
  const top = make("thead");
  top.append(head);
  const rows = make("tbody");
  rows.append(...environment.keys.map(row));
  table.append(top, rows);
  const scroll = make("div", "", { class: "scroll", tabindex: "0", role: "region", "aria-label": `Keys of ${environment.name}` });
  scroll.append(table);
  section.append(title, scroll);
  return section;
}

async function look() {
  try {
    const text = await (await fetch("/sandbox/state", { cache: "no-store" })).text();
    if (text === drawn) return;
    drawn = text;
    const { environments, users } = JSON.parse(text);
    const keys = environments.flatMap((environment) => environment.keys);
    document.getElementById("places").replaceChildren(...environments.map(place));
    first = false;
    document.getElementById("summary").textContent =
      `${environments.length} product environments, ${keys.length} keys (${keys.filter((key) => key.enabled).length} enabled), ${users.length} users`;
  } catch {
    document.getElementById("summary").textContent = "Can't reach the sandbox. Check that it is still running.";
  }
}

look();
setInterval(look, REFRESH_EVERY);
