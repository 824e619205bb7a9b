// Completions for the app's command.

const SUMMARY = ["help · key list · key disable ci-bot", "Cloudinary credentials"];
const FORMS = [
  ["help", "[topic]", "How to use Keysmith"],
  ["whoami", "", "Who you are at Slack and at Cloudinary"],
  ["explain", "<command>", "Who could run it, who would agree, and why"],
  ["env list", "", "Your product environments"],
  ["env show", "<name>", "One environment"],
  ["key list", "[--env …] [--stale 90d]", "The access keys that you may see"],
  ["key show", "<name> [--env …]", "One key, without its secret"],
  ["key create", "<name> [--env …]", "Make a key; you collect it by a one-time link"],
  ["key enable", "<name> [--env …]", "Make a key work"],
  ["key disable", "<name> [--env …]", "Make a key stop working"],
  ["key rename", "<old> <new> [--env …]", "Give a key another name"],
  ["claim", "[id]", "Collect credentials that wait for you"],
];

const form = (prefix) => ([words, usage, summary]) => ({ text: `${prefix}${words}`, usage, summary });
const NOTHING = { offers: [], sure: false, usage: null };

// `sure`: Enter completes the first suggestion instead of sending the text; `usage`: the form being filled in.
export function complete(typed, command) {
  if (!typed.startsWith("/") || typed.includes("\n")) return NOTHING;
  if (command.startsWith(typed)) return { offers: [form("")([command, ...SUMMARY])], sure: typed !== command, usage: null };
  if (!typed.startsWith(`${command} `)) return NOTHING;
  const [prefix, rest] = split(typed, command);
  const offers = FORMS.filter(([words]) => words.startsWith(rest) && words !== rest.trimEnd());
  const begun = FORMS.find(([words]) => `${rest} `.startsWith(`${words} `));
  return {
    offers: begun ? [] : offers.filter(([words]) => prefix === `${command} ` || words !== "explain").map(form(prefix)),
    sure: Boolean(rest) && !begun,
    usage: begun ? form(prefix)(begun) : null,
  };
}

function split(typed, command) {
  const rest = typed.slice(command.length).trimStart().replaceAll(/ +/g, " ").toLowerCase();
  const inner = rest.match(/^explain +/)?.[0];
  return inner ? [`${command} explain `, rest.slice(inner.length)] : [`${command} `, rest];
}
