import type { Sanction } from "../gen/farmwatch/console/v1/console_pb";
import { counted, plain, type Word } from "../words";

/** sanctionStates are how a permission stands now. */
export const sanctionStates: Record<string, Word> = {
  in_force: { text: "In force", tone: "good" },
  ends_soon: { text: "Ends soon", tone: "watch", about: "Within 14 days. Its owner renews it by applying its file with a later date." },
  ends_within_a_day: { text: "Ends within a day", tone: "medium", about: "What it permits counts from then on" },
  ended: { text: "Ended", tone: "calm", about: "What it permitted is one alert where it is still in use" },
  revoked: { text: "Revoked", tone: "calm", about: "Ended by a person before its date" },
  replaced: { text: "Replaced", tone: "calm", about: "A later version took its place; what was seen before is judged by this one" },
};

/** holds says whether a sanction permits anything now. */
export const holds = (s: Sanction): boolean => ["in_force", "ends_soon", "ends_within_a_day"].includes(s.state);

/** scope says where a sanction holds. */
export function scope(s: Sanction): string {
  if (s.groups.includes("all-workstations")) return "every device";
  return [...s.groups.map((g) => `group ${g}`), ...s.devices.map((d) => d.name || d.id)].join(", ") || "no device";
}

/** accounts are those under which a product must run; none means under whosever. */
export const accounts = (s: Sanction): string[] => s.tenants.map((t) => t.label || t.pseudonym);

/** terms are all that must hold besides, one line each. */
export function terms(s: Sanction): string[] {
  return [...(s.tenants.length > 0 ? [`only under ${accounts(s).join(" or ")}`] : []), ...conditions(s)];
}

/** conditions are the terms on the session itself. */
export function conditions(s: Sanction): string[] {
  return [
    ...(s.approvedAtConsole ? ["only sessions that the person at the laptop agreed to"] : []),
    ...(s.ticketRequired ? [holds(s) ? `only with a ticket: ${s.tickets.length > 0 ? counted(s.tickets.length, "ticket") : "none"} open` : "only with a ticket"] : []),
    ...(s.hours ? [`only ${s.hours}`] : []),
    ...s.where.map((w) => `only ${plain(w.column).toLowerCase()} ${w.value}`),
  ];
}
