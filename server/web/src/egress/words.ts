import type { Word } from "../words";
import { plain } from "../words";

/** behinds are what can stand between a laptop and the internet. None of them is bad by itself. */
export const behinds: Record<string, Word> = {
  home: { text: "A line for homes", tone: "plain", about: "Or what else such a provider connects, as a small office" },
  office: { text: "A line for companies", tone: "plain", about: "An office, a university, a hotel, a coworking space" },
  corporate: { text: "The company's own way out", tone: "good", about: "Imported, learned from many laptops, or a security service in the cloud" },
  shared_carrier: { text: "A carrier's shared address", tone: "plain", about: "Many homes or telephones go out by it" },
  relay: { text: "A relay", tone: "plain", about: "It hides addresses for everybody, as iCloud Private Relay" },
  vpn: { text: "A VPN for everybody", tone: "watch", about: "Its address says nothing of where the laptop is" },
  hosting: { text: "Servers for rent", tone: "watch", about: "Where VPNs go out as well; its address says nothing of where the laptop is" },
  internal: { text: "A private network", tone: "blind", about: "The collector sees a private address and learns nothing from it" },
  unknown: { text: "Not known", tone: "blind", about: "Nothing is known about this address" },
};

const classes: Record<string, string> = {
  corporate: "A company's own network", relay: "Relay", sase: "Security service in the cloud", vpn: "VPN for everybody", hosting: "Servers for rent",
  mobile: "Mobile telephony", satellite: "Satellite", residential: "Homes", education: "Universities and schools", business: "Companies", internal: "Private addresses",
};

/** networkClass is what a network is mostly used for. */
export function networkClass(name: string): string {
  return classes[name] ?? (name === "unknown" || name === "" ? "" : plain(name));
}

const names = new Intl.DisplayNames(["en"], { type: "region", fallback: "code" });

/** country is the English name of a country. */
export function country(code: string): string {
  return /^[A-Z]{2}$/.test(code) ? (names.of(code) ?? code) : code;
}

/** others says a count of other laptops that is told in steps. */
export function others(step: string | undefined): string {
  switch (step) {
    case undefined:
      return "";
    case "0":
      return "no other";
    case "1":
      return "1 other";
    case "2":
      return "2 others";
    case "3":
      return "3 or 4 others";
    default:
      return `${step} others or more`;
  }
}

export const kinds: Record<string, Word> = {
  corporate: { text: "The company's own", tone: "good", about: "Where the company's networks, VPN or security service go out" },
  vpn_exit: { text: "Exits of VPNs", tone: "watch", about: "Where VPNs for everybody go out" },
  relay: { text: "Relays", tone: "plain", about: "Where services go out that hide addresses for everybody" },
};

export const reasons: Record<string, string> = {
  many_homes: "Many laptops use it that share no router",
  office: "Many laptops use it, and most of them are met elsewhere, too",
};

const silences: Record<string, string> = {
  same_place: "then behind a router that it stood behind before",
  same_country: "then behind another router in the same country",
  other_country: "then behind another router in another country",
  hidden: "then behind another router, by a way that hides the country",
};

/** silence says how long nothing was heard, and what came after. */
export function silence(days: string | undefined, after: string | undefined): string {
  if (!days) return "";
  return `${days} days without a word, ${silences[after ?? ""] ?? plain(after ?? "").toLowerCase()}`;
}
