// Completions for the app's command.

const SUMMARY = ["help · request staging · key list", "Cloudinary credentials"];
const FORMS = [
  ["help", "[topic]", "What you can do, with examples"],
  ["request", "<environment> [name] --reason …", "Request credentials"],
  ["requests", "[mine | pending | all]", "Requests that you opened or can decide"],
  ["claim", "[request]", "Collect credentials that are ready for you"],
  ["approve", "<request> [comment]", "Approve a request"],
  ["deny", "<request> --reason …", "Deny a request"],
  ["ask", "<request> <question>", "Ask the requester a question"],
  ["withdraw", "<request>", "Withdraw your decision"],
  ["cancel", "<request>", "Cancel your request"],
  ["renew", "<request> --reason …", "Request longer access"],
  ["review", "<request>", "Mark an emergency as reviewed"],
  ["result", "<request> <broke | fine>", "Say what the brown-out of a key broke"],
  ["delegate", "[@person]", "Let a colleague decide for you"],
  ["audit", "[--who @person] [--key …] [--since 7d]", "Read the audit log"],
  ["review keys", "[--env …]", "Ask each owner which keys to keep"],
  ["review report", "[review]", "Show how far a review of keys is"],
  ["review mine", "", "Keep or end the keys that you review"],
  ["review answer", "<review> <key> <keep | end>", "Keep a key of a review, or end it"],
  ["report", "[--weekly | --stop]", "Count keys by age, tier and owner"],
  ["key list", "[--env …] [--stale 90d] [--expiring 14d] [--orphaned] [--unclaimed] [--mine] [--tag ci]", "List access keys"],
  ["key show", "<name> [--env …]", "Show a key, without its secret"],
  ["key create", "<name> [--env …] [--role …] [--owner @person] [--expires 30d]", "Create a key"],
  ["key roles", "<name> [add | remove <role>]", "Show a key's roles, add or remove one"],
  ["key why", "<name> [action]", "Explain what a key can do"],
  ["key enable", "<name> [--env …]", "Enable a key"],
  ["key disable", "<name> [--env …]", "Disable a key"],
  ["key rename", "<old> <new> [--env …]", "Rename a key"],
  ["key owner", "<name> [@person] [--also | --remove]", "Show a key's owner, or choose another one"],
  ["key adopt", "<key,key>", "Choose an owner for keys that have none"],
  ["key tag", "<name> <add | remove> <tag>", "Add a tag to a key, or remove one"],
  ["key note", "<name> \"…\"", "Write down what a key is for"],
  ["key rotate", "<name> [--grace 24h] [--compromised]", "Replace a key by a new one"],
  ["rotation", "<request> <step>", "Take a step of a key's rotation"],
  ["key webhook", "<name> [--env …]", "Pin the key that signs webhooks"],
  ["key brownout", "<name> --for 10m", "Disable a key for a time, and ask what broke"],
  ["key delete", "<name> [--env …]", "Disable a key now and delete it in a week"],
  ["key restore", "<name> [--env …]", "Undo a deletion"],
  ["env list", "", "List your product environments"],
  ["env show", "<name>", "Show an environment"],
  ["env create", "<name> [--cloud-name …] [--copy-from …]", "Create an environment"],
  ["env rename", "<name> <new>", "Rename an environment"],
  ["env disable", "<name>", "Disable an environment and everything in it"],
  ["env enable", "<name>", "Enable an environment again"],
  ["env tier", "<name> <tier>", "Set an environment's tier"],
  ["user list", "[--role …] [--env …] [--inactive 90d]", "List the users of the account"],
  ["user show", "<person>", "Show a user"],
  ["user add", "<email> --role … [--env …]", "Invite a person to Cloudinary"],
  ["user role", "<person> <role>", "Change a user's role"],
  ["user envs", "<person> <environments | all>", "Set which environments a user can access"],
  ["user disable", "<person>", "Disable a user"],
  ["user enable", "<person>", "Enable a user"],
  ["user offboard", "<person>", "End everything that a person has"],
  ["user remove", "<person>", "Remove a user"],
  ["group list", "", "List the user groups"],
  ["group show", "<group>", "Show a group's members and roles"],
  ["group create", "<name>", "Create a user group"],
  ["group rename", "<group> <new>", "Rename a user group"],
  ["group remove", "<group>", "Remove a user group, not its members"],
  ["group add", "<group> <person>", "Put a person into a group"],
  ["group drop", "<group> <person>", "Take a person out of a group"],
  ["leak dismiss", "<key>", "Say that a key did not leak"],
  ["leak review", "<key>", "Mark a disabled leaked key as reviewed"],
  ["leak disown", "<key>", "Say that another person opened the link to a key"],
  ["links", "", "List the one-time links that are live"],
  ["links revoke", "<key>", "End a one-time link before it is opened"],
  ["whoami", "", "Your accounts in Slack and Cloudinary"],
  ["explain", "<command>", "Who can run a command and who approves it"],
  ["link", "<@person>", "Link a person to another Cloudinary user"],
  ["doctor", "", "Check Keysmith's setup"],
];

const form = (prefix) => ([words, usage, summary]) => ({ text: `${prefix}${words}`, usage, summary });
const NOTHING = { offers: [], usage: null };

// `usage` is the form that is being filled in.
export function complete(typed, command) {
  if (!typed.startsWith("/") || typed.includes("\n")) return NOTHING;
  if (command.startsWith(typed)) return { offers: [form("")([command, ...SUMMARY])], usage: null };
  if (!typed.startsWith(`${command} `)) return NOTHING;
  const [prefix, rest] = split(typed, command);
  const offers = FORMS.filter(([words]) => words.startsWith(rest) && words !== rest.trimEnd());
  const begun = FORMS.find(([words]) => `${rest} `.startsWith(`${words} `));
  return {
    offers: begun ? [] : offers.filter(([words]) => prefix === `${command} ` || words !== "explain").map(form(prefix)),
    usage: begun ? form(prefix)(begun) : null,
  };
}

function split(typed, command) {
  const rest = typed.slice(command.length).trimStart().replaceAll(/ +/g, " ").toLowerCase();
  const inner = rest.match(/^explain +/)?.[0];
  return inner ? [`${command} explain `, rest.slice(inner.length)] : [`${command} `, rest];
}
