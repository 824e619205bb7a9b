// Block Kit blocks: docs.slack.dev/reference/block-kit/blocks
//
// `on` is the surface that holds them; see client/surfaces.js.

import { anchor, isOwn, isSafe, make } from "../core/dom.js";
import { icon } from "../core/icons.js";
import { state } from "../core/state.js";
import { element } from "./elements.js";
import { field } from "./field.js";
import { markdown } from "./markdown.js";
import { textObject } from "./mrkdwn.js";
import { richText } from "./rich.js";
import { table } from "./table.js";
import { undrawn } from "./undrawn.js";

// The page may show its own and inline images; others are shown as text.
function picture(e) {
  const url = e.image_url ?? "";
  if (url && isOwn(url)) return make("img", { src: url, alt: e.alt_text });
  const label = make("span", { class: "frame" }, icon("picture"), make("span", {}, e.alt_text || "Picture"));
  return isSafe(url) ? anchor(url, label, { class: "picture-link" }) : label;
}

const text = (object, tag = "div") => make(tag, { class: "section" }, textObject(object));

const accessory = (b, on) => (b.accessory.type === "image" ? picture(b.accessory) : element(b.accessory, b, on));

const section = (b, on) =>
  make("div", { class: "split" },
    make("div", { class: "grow" },
      b.text ? text(b.text) : null,
      b.fields ? make("div", { class: "fields" }, b.fields.map((each) => text(each))) : null),
    b.accessory ? make("div", { class: "accessory" }, accessory(b, on)) : null);

const BLOCKS = {
  actions: (b, on) => make("div", { class: "actions" }, b.elements.map((e) => element(e, b, on))),
  context: (b) => make("div", { class: "context" }, b.elements.map((e) => (e.type === "image" ? picture(e) : text(e, "span")))),
  divider: () => make("hr"),
  header: (b) => make("h2", {}, textObject(b.text)),
  image: (b) => make("figure", {}, b.title ? make("figcaption", {}, textObject(b.title)) : null, picture(b)),
  input: field,
  markdown,
  rich_text: richText,
  section,
  table,
};

export const block = (b, on) => BLOCKS[b.type]?.(b, on) ?? undrawn("block", b);

// Items for `list.update`.
export const blockItems = (blocks, on) => blocks.map((b) => ({ key: b.block_id, shape: JSON.stringify([b, state.user.locale]), draw: () => block(b, on) }));
