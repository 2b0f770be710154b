// The words for everything the API names by a constant. Screens take them from
// here, so that one thing is called the same everywhere.

type Tone = "high" | "medium" | "watch" | "calm" | "good" | "blind" | "plain";

export interface Word {
  text: string;
  tone: Tone;
  about?: string;
}

type Words = Record<string, Word>;

export const levels: Words = {
  high: { text: "High", tone: "high", about: "Strong evidence from independent sources" },
  medium: { text: "Medium", tone: "medium", about: "Enough evidence for a person to look" },
  watch: { text: "Watch", tone: "watch", about: "Worth knowing, not enough to ask anybody for time" },
  none: { text: "None", tone: "calm", about: "Nothing points that way" },
};

export const conclusions: Words = {
  remotely_controlled: { text: "Remote control", tone: "calm", about: "Somebody who is not at the laptop could drive it" },
  in_farm: { text: "Laptop farm", tone: "calm", about: "The laptop may stand in a laptop farm" },
};

export const states: Words = {
  new: { text: "New", tone: "watch", about: "Nobody has taken it yet" },
  in_progress: { text: "In progress", tone: "plain", about: "Somebody works on it" },
  closed: { text: "Closed", tone: "calm", about: "Reviewed and closed with a reason" },
};

export const presences: Words = {
  online: { text: "Online", tone: "good", about: "Heard within the last two heartbeats" },
  late: { text: "Late", tone: "medium", about: "Heard within the last day" },
  silent: { text: "Silent", tone: "high", about: "Not heard for more than a day" },
  never_reported: { text: "Never reported", tone: "blind", about: "Enrolled, and nothing heard since" },
  removed: { text: "Removed", tone: "calm", about: "No longer enrolled" },
};

/** checkStates are how a presence check stands; an answer is evidence to weigh and no verdict. */
export const checkStates: Words = {
  waiting: { text: "Waiting", tone: "blind", about: "The laptop has not taken the question yet" },
  shown: { text: "Asked", tone: "watch", about: "The question is on the laptop's screen" },
  answered: { text: "Answered", tone: "good", about: "Hands at the laptop did what was asked" },
  not_answered: { text: "Not answered", tone: "blind", about: "Nobody did it in time. People step away, and not everybody can do every act: ask them." },
  other_way: { text: "Asks for another way", tone: "watch", about: "The person cannot or would rather not do it like this: call them" },
  cannot_ask: { text: "Could not ask", tone: "blind", about: "Nobody was signed in, or the laptop has none of the means. That says nothing about the person." },
  withdrawn: { text: "Withdrawn", tone: "calm", about: "Taken back before it was answered" },
};

/** means are the acts that a presence check can ask for, and what they are called once done. */
export const means: Record<string, { ask: string; done: string }> = {
  builtin_keyboard: { ask: "press keys of the built-in keyboard", done: "Keys of the built-in keyboard were pressed" },
  lid: { ask: "close and open the lid", done: "The lid was moved" },
  power_plug: { ask: "pull or plug in the power", done: "The power was pulled or plugged in" },
  fingerprint: { ask: "lay a finger on the reader", done: "A fingerprint was read" },
  security_key: { ask: "touch a security key", done: "A security key was touched" },
};

export const coverages: Words = {
  ok: { text: "Looked", tone: "good", about: "Silence here means clean" },
  absent: { text: "Nothing there", tone: "blind", about: "This machine does not hold what is looked at. That is not the same as clean." },
  unsupported: { text: "Cannot look", tone: "blind", about: "This platform does not show it. Other evidence has to stand in." },
  denied: { text: "Not allowed", tone: "blind", about: "The agent lacks a permission. Run farmwatch-agent doctor on the device to see which." },
  failed: { text: "Broke", tone: "blind", about: "The look failed. Run farmwatch-agent doctor on the device to see where." },
};

export const severities: Words = {
  critical: { text: "Critical", tone: "high" },
  high: { text: "High", tone: "high" },
  medium: { text: "Medium", tone: "medium" },
  low: { text: "Low", tone: "watch" },
  informational: { text: "Informational", tone: "calm" },
};

export const roles: Words = {
  admin: { text: "Admin", tone: "calm", about: "Reviews alerts and keeps tokens, sanctions and users" },
  analyst: { text: "Analyst", tone: "calm", about: "Reviews alerts" },
  auditor: { text: "Auditor", tone: "calm", about: "Reads everything, moves nothing" },
};

const untold: Word = { text: "Unknown", tone: "blind", about: "It has told nothing yet, which is not the same as nothing to tell" };

/** deviceLevel is the level of a device; of one that never reported there is none to know. */
export function deviceLevel(device: { level: string; presence: string }): Word {
  return device.presence === "never_reported" ? untold : word(levels, device.level || "none");
}

/** word looks a constant up; one this console does not know yet is shown as it came. */
export function word(words: Words, name: string): Word {
  return words[name] ?? { text: plain(name) || "Unknown", tone: "calm" };
}

/** plain turns a constant into words: process_open_sockets → Process open sockets. */
export function plain(name: string): string {
  const text = name.replaceAll("_", " ").trim();
  return text.charAt(0).toUpperCase() + text.slice(1);
}

export interface Reason {
  id: string;
  text: string;
  about: string;
}

export const reasonGroups: { text: string; reasons: Reason[] }[] = [
  {
    text: "It was real",
    reasons: [
      { id: "true_positive_remote_operator", text: "Remote operator", about: "Somebody else worked on this laptop from afar" },
      { id: "true_positive_policy_violation", text: "Against policy", about: "Real, and not allowed here, without a remote operator" },
    ],
  },
  {
    text: "It was real and fine",
    reasons: [
      { id: "benign_sanctioned", text: "Sanctioned", about: "The business allows this tool on this device" },
      { id: "benign_own_equipment", text: "Own equipment", about: "The person's KVM switch, dock or capture card" },
      { id: "security_test", text: "Security test", about: "An exercise or a red team" },
    ],
  },
  {
    text: "It was not what it looked like",
    reasons: [
      { id: "false_positive_logic", text: "Rule mistaken", about: "The evidence is true, the rule draws the wrong conclusion" },
      { id: "false_positive_data", text: "Evidence mistaken", about: "Wrong device, forged or stale" },
    ],
  },
  {
    text: "Neither",
    reasons: [
      { id: "duplicate", text: "Duplicate", about: "Another alert already covers it" },
      { id: "insufficient_evidence", text: "Not enough evidence", about: "It could not be decided" },
    ],
  },
];

const reasonTexts = new Map(reasonGroups.flatMap((g) => g.reasons.map((r) => [r.id, r.text] as const)));

/** readable puts the reasons that a text names by their ids in words. */
export function readable(text: string): string {
  return text.replace(/[a-z]+(?:_[a-z]+)+|duplicate/g, (id) => reasonTexts.get(id)?.toLowerCase() ?? id);
}

export function reasonText(id: string): string {
  return reasonTexts.get(id) ?? plain(id);
}

/** fewestCharacters a comment must have to close an alert of that level for that reason; the server insists on the same. */
export function fewestCharacters(level: string, reason: string): number {
  const explained = level === "high" || reason === "insufficient_evidence" || reason.startsWith("false_positive_");
  return explained ? 20 : 0;
}

/** counted writes a number with its noun: 1 device, 3 devices. */
export function counted(n: number, noun: string): string {
  return `${n.toLocaleString("en")} ${n === 1 ? noun : `${noun}s`}`;
}

/** timeline says what kind of thing happened, shortly. */
export const timeline: Record<string, string> = {
  state_changed: "Alert",
  finding_opened: "Evidence appeared",
  finding_closed: "Evidence gone",
  level_changed: "Level changed",
  comment: "Comment",
  presence_check: "Presence check",
};
