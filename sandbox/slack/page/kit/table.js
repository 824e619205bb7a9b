// Table blocks: docs.slack.dev/reference/block-kit/blocks/table-block

import { make } from "../core/dom.js";
import { richText } from "./rich.js";

const cell = (e) => (e.type === "rich_text" ? richText(e) : String(e.text ?? e.value ?? ""));

export function table(b) {
  const looks = ({ align, is_wrapped: isWrapped } = {}) => [align ? `align-${align}` : null, isWrapped ? "wrapped" : null].filter(Boolean).join(" ") || null;
  const side = (column) => looks(b.column_settings?.[column]);
  const row = (tag) => (cells) => make("tr", {}, cells.map((e, column) => make(tag, { class: side(column), scope: tag === "th" ? "col" : null }, cell(e))));
  const [head, ...body] = b.rows;
  return make("div", { class: "table", role: "region", "aria-label": "Table", tabindex: "0" },
    make("table", {}, make("thead", {}, row("th")(head)), make("tbody", {}, body.map(row("td")))));
}
