// Markdown blocks: docs.slack.dev/reference/block-kit/blocks/markdown-block

import { anchor, make } from "../core/dom.js";
import { withEmoji } from "./emoji.js";

// Pairs of a pattern and the rendering of its groups; the match that begins first wins.
const MARKS = [
  [/`([^`\n]+)`/, (code) => make("code", {}, code)],
  [/!?\[([^\]\n]+)\]\(([^)\s]+)\)/, (label, url) => anchor(url, label)],
  [/(\*\*|__)(?=\S)(.+?)\1/, (_mark, inner) => make("strong", {}, inline(inner))],
  [/~~(?=\S)(.+?)~~/, (inner) => make("s", {}, inline(inner))],
  [/(?<!\w)([*_])(?=\S)(.+?)\1(?!\w)/, (_mark, inner) => make("em", {}, inline(inner))],
];

function inline(text) {
  let first = null;
  for (const [pattern, draw] of MARKS) {
    const found = pattern.exec(text);
    if (found && (!first || found.index < first.found.index)) first = { found, draw };
  }
  if (!first) return text ? [withEmoji(text)] : [];
  const { found, draw } = first;
  return [...inline(text.slice(0, found.index)), draw(...found.slice(1)), ...inline(text.slice(found.index + found[0].length))];
}

const cells = (line) => line.replace(/^\s*\|?|\|?\s*$/g, "").split("|").map((cell) => inline(cell.trim()));

function grid([head, , ...body]) {
  const row = (tag) => (line) => make("tr", {}, cells(line).map((cell) => make(tag, tag === "th" ? { scope: "col" } : {}, cell)));
  return make("div", { class: "table", role: "region", "aria-label": "Table", tabindex: "0" },
    make("table", {}, make("thead", {}, row("th")(head)), make("tbody", {}, body.map(row("td")))));
}

const bare = (lines, mark) => lines.map((line) => line.replace(mark, ""));
const ITEM = /^\s*(?:[-*+]|\d+[.)])\s+(?:\[( |x)\]\s+)?/i;
const item = (line) => {
  const box = ITEM.exec(line)[1];
  return make("li", {}, box === undefined ? null : box === " " ? "☐ " : "☑ ", inline(line.replace(ITEM, "")));
};

// Pairs of a test for the lines of a part and its rendering; a part is as long as its lines pass.
const PARTS = [
  [/^\s*\|.*\|\s*$/, grid],
  [/^\s*>/, (lines) => make("blockquote", {}, parts(bare(lines, /^\s*> ?/)))],
  [/^\s*[-*+]\s+/, (lines) => make("ul", {}, lines.map(item))],
  [/^\s*\d+[.)]\s+/, (lines) => make("ol", { start: parseInt(lines[0], 10) }, lines.map(item))],
];
const SINGLE = [
  [/^\s*([-*_])(\s*\1){2,}\s*$/, () => make("hr")],
  [/^#{1,6}\s+/, (line) => make("h2", {}, inline(line.replace(/^#+\s+/, "")))],
];
const begins = (line) => [...PARTS, ...SINGLE].some(([test]) => test.test(line)) || line.startsWith("```");

// The number of lines from the first one for which `holds`.
function run(lines, holds) {
  const end = lines.findIndex((line) => !holds(line));
  return end < 0 ? lines.length : end;
}

function part(lines) {
  if (lines[0].startsWith("```")) {
    const end = run(lines.slice(1), (line) => !line.startsWith("```"));
    return [make("pre", {}, lines.slice(1, end + 1).join("\n")), end + 2];
  }
  const single = SINGLE.find(([test]) => test.test(lines[0]));
  if (single) return [single[1](lines[0]), 1];
  const several = PARTS.find(([test]) => test.test(lines[0]));
  const count = several ? run(lines, (line) => several[0].test(line)) : Math.max(1, run(lines, (line) => line.trim() && !begins(line)));
  const taken = lines.slice(0, count);
  return [several ? several[1](taken) : make("p", { class: "section" }, inline(taken.join("\n"))), count];
}

function parts(lines) {
  const drawn = [];
  for (let at = run(lines, (line) => !line.trim()); at < lines.length; at += run(lines.slice(at), (line) => !line.trim())) {
    const [node, count] = part(lines.slice(at));
    drawn.push(node);
    at += count;
  }
  return drawn;
}

export const markdown = (b) => make("div", { class: "rich markdown" }, parts(b.text.split("\n")));
