// Shows the account, refreshed every second; changed rows are highlighted for a moment.

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

function mark(line, id, known) {
  if (!first && before.get(id) !== known) line.className = "changed";
  before.set(id, known);
}

function pill(text, on) {
  return make("span", text, { class: `pill ${on ? "on" : "off"}` });
}

function named(role) {
  if (!role.content) return role.role;
  const [kind, id] = role.content;
  return `${role.role} (${kind.replace("_id", "")} ${id})`;
}

function rolesOf(account, type, id) {
  return account.held.filter((role) => role.principal_type === type && role.principal_id === id);
}

function rolesOfKey(account, key) {
  const cell = make("td", rolesOf(account, "apiKey", key.api_key).map(named).join(", "), { class: "roles" });
  if (!cell.textContent) cell.append(pill("No role", false));
  return cell;
}

function places(account, scopes) {
  const all = account.environments;
  if (scopes.length === all.length) return "all environments";
  return all.filter((each) => scopes.includes(each.id)).map((each) => each.name).join(", ");
}

function rolesWithScopes(account, type, id) {
  const grouped = new Map();
  for (const role of rolesOf(account, type, id)) {
    const name = role.scope_id ? `${named(role)} in` : `${role.role} of the account`;
    grouped.set(name, [...(grouped.get(name) ?? []), role.scope_id]);
  }
  const text = ([name, scopes]) => (scopes[0] ? `${name} ${places(account, scopes)}` : name);
  const order = ([, scopes]) => (scopes[0] ? 1 : 0);
  return [...grouped].sort((one, other) => order(one) - order(other)).map(text).join("; ");
}

function row(account, key) {
  const line = make("tr", "", { "data-key": key.api_key });
  const roles = account.permissions ? [rolesOfKey(account, key)] : [];
  mark(line, key.api_key, JSON.stringify(key) + roles.map((cell) => cell.textContent));
  const notes = [key.root && "root", ...key.dedicated_for].filter(Boolean).join(", ");
  const state = make("td");
  state.append(pill(key.enabled ? "enabled" : "disabled", key.enabled));
  const name = make("th", key.name ?? "Untitled Root", { scope: "row" });
  if (notes) name.append(make("small", ` (${notes})`));
  const number = make("td");
  number.append(make("code", key.api_key));
  line.append(name, state, ...roles, number, secret(key), make("td", age(key.created_at)), make("td", age(key.updated_at)));
  return line;
}

function table(label, columns, rows) {
  const made = make("table");
  const head = make("tr");
  head.append(...columns.map((text) => make("th", text, { scope: "col" })));
  const top = make("thead");
  top.append(head);
  const body = make("tbody");
  body.append(...rows);
  made.append(top, body);
  const scroll = make("div", "", { class: "scroll", tabindex: "0", role: "region", "aria-label": label });
  scroll.append(made);
  return scroll;
}

function place(account, environment) {
  const section = make("section");
  const title = make("h2", environment.name);
  title.append(make("code", environment.cloud_name));
  if (!environment.enabled) title.append(pill("disabled", false));
  const roles = account.permissions ? ["Roles"] : [];
  const columns = ["Name", "State", ...roles, "API key", "API secret", "Created", "Changed"];
  section.append(title, table(`Keys of ${environment.name}`, columns, environment.keys.map((key) => row(account, key))));
  return section;
}

function principal(account, type, id, name, cells) {
  const line = make("tr", "", { "data-principal": id });
  const roles = account.permissions ? [make("td", rolesWithScopes(account, type, id) || "none", { class: "roles" })] : [];
  line.append(make("th", name, { scope: "row" }), ...cells, ...roles);
  mark(line, id, line.textContent);
  return line;
}

function userRow(account, user) {
  const state = make("td");
  const active = user.enabled && !user.pending;
  state.append(pill(!user.enabled ? "disabled" : user.pending ? "pending" : "active", active));
  const groups = account.groups.filter((group) => user.groups.includes(group.id)).map((group) => group.name);
  const texts = [user.email, user.role, user.providers.join(", ") || "password", groups.join(", ")];
  return principal(account, "user", user.id, user.name, [state, ...texts.map((text) => make("td", text))]);
}

function people(account) {
  const section = make("section");
  const roles = account.permissions ? ["Roles"] : [];
  const columns = ["Name", "State", "Email", "Former role", "Sign-in", "Groups", ...roles];
  if (!account.permissions) columns[3] = "Role";
  const rows = account.users.map((user) => userRow(account, user));
  section.append(make("h2", "Users"), table("Users", columns, rows));
  return section;
}

function others(account) {
  const section = make("section");
  const rows = account.groups.map((group) => principal(account, "group", group.id, group.name, [make("td", "group")]));
  rows.push(principal(account, "provisioningKey", account.own_key, "Account key", [make("td", "account key")]));
  section.append(make("h2", "Groups and the account key"), table("Groups and the account key", ["Name", "Kind", "Roles"], rows));
  return section;
}

async function look() {
  try {
    const text = await (await fetch("/sandbox/state?held", { cache: "no-store" })).text();
    if (text === drawn) return;
    drawn = text;
    const account = JSON.parse(text);
    const { environments, users } = account;
    const keys = environments.flatMap((environment) => environment.keys);
    const sections = [...environments.map((environment) => place(account, environment)), people(account)];
    if (account.permissions) sections.push(others(account));
    document.getElementById("places").replaceChildren(...sections);
    first = false;
    document.getElementById("summary").textContent =
      `${environments.length} product environments, ${keys.length} keys (${keys.filter((key) => key.enabled).length} enabled), ${users.length} users`;
  } catch {
    document.getElementById("summary").textContent = "Can't reach the sandbox. Check that it is still running.";
  }
}

look();
setInterval(look, REFRESH_EVERY);
