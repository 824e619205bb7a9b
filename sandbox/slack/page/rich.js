// Rich text blocks.

import { anchor, make } from "./dom.js";
import { channelName, mention, moment } from "./text.js";

const TAGS = { bold: "strong", italic: "em", strike: "s", code: "code" };

function styled(node, style = {}) {
  return Object.entries(TAGS).reduce((inner, [name, tag]) => (style[name] ? make(tag, {}, inner) : inner), node);
}

const ELEMENTS = {
  text: (e) => document.createTextNode(e.text),
  link: (e) => anchor(e.url, e.text ?? e.url),
  user: (e) => mention(e.user_id),
  channel: (e) => channelName(e.channel_id),
  broadcast: (e) => make("span", { class: "mention" }, `@${e.range}`),
  emoji: (e) => document.createTextNode(e.unicode ? String.fromCodePoint(parseInt(e.unicode, 16)) : `:${e.name}:`),
  date: (e) => moment(e.timestamp, e.format, e.fallback),
};

const inline = (elements) =>
  elements.map((e) => styled(ELEMENTS[e.type]?.(e) ?? make("em", { class: "unknown" }, `unsupported: ${e.type}`), e.style));

const BLOCKS = {
  rich_text_section: (b) => make("div", { class: "section" }, ...inline(b.elements)),
  rich_text_preformatted: (b) => make("pre", {}, ...inline(b.elements)),
  rich_text_quote: (b) => make("blockquote", {}, ...inline(b.elements)),
  rich_text_list: (b) => make(b.style === "ordered" ? "ol" : "ul", {}, ...b.elements.map((e) => make("li", {}, ...inline(e.elements)))),
};

export const richText = (block) =>
  make("div", { class: "rich" }, ...block.elements.map((e) => BLOCKS[e.type]?.(e) ?? make("em", { class: "unknown" }, e.type)));
