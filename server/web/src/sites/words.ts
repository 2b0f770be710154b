import type { Site, SiteLink } from "../gen/farmwatch/console/v1/sites_pb";
import { counted, plain, word, type Word } from "../words";

const places: Record<string, Word> = {
  home: { text: "Home", tone: "calm", about: "Its laptops stay there at night and over the weekend" },
  company: { text: "Company", tone: "good", about: "The company's own, where many laptops of many people meet" },
  staging: { text: "Staging", tone: "good", about: "Where laptops are set up before they are handed out" },
  repair: { text: "Repair", tone: "good", about: "Where laptops come one by one and go again" },
  room: { text: "Meeting room", tone: "good", about: "What stands there belongs to the room" },
  public: { text: "Public place", tone: "calm", about: "A hotel, a coworking space, a train: strangers share it" },
  unknown: { text: "Unknown place", tone: "blind", about: "Nothing says what kind of place it is" },
};

/** place is the kind of place a site is, and how that is known. */
export function place(site: Pick<Site, "placeKind" | "declared">): Word {
  const known = word(places, site.placeKind || "unknown");
  return { ...known, about: `${known.about ?? ""}${known.about ? ". " : ""}${site.declared ? "Somebody declared it so." : "Learned from how laptops come and go."}` };
}

export const placeKinds = Object.keys(places);
export const placeText = (kind: string): string => word(places, kind).text;

const kinds: Record<string, string> = {
  gateway: "the same router",
  access_point: "the same access point",
  kvm: "the same remote-control hardware",
  display: "the same display",
  usb: "the same USB device",
  tenant: "the same account of a remote-access tool",
  peer: "the same other side of remote sessions",
  network: "the same network name",
  address: "the same public address",
  together: "remote sessions that began together",
  turns: "remote sessions that took turns",
};

/** linkKind says by what two laptops are linked. */
export const linkKind = (kind: string): string => kinds[kind] ?? plain(kind).toLowerCase();

/** atOnePlace says whether what joins a site's laptops for certain is the place where they stand. */
export const atOnePlace = (site: Pick<Site, "linkKinds">): boolean => site.linkKinds.length === 0 || site.linkKinds.some((k) => ["gateway", "access_point", "network", "address"].includes(k));

/** together says what laptops of a site have in common; one account reaches laptops that stand far apart. */
export const together = (site: Pick<Site, "linkKinds">): string =>
  atOnePlace(site) ? "share a place" : `are joined by ${list(site.linkKinds.map(linkKind))}, and nothing says that they stand at one place`;

/** innocent says what else looks so. */
export const innocent = (site: Pick<Site, "linkKinds">): string =>
  atOnePlace(site) ? "Families, flatmates and coworking spaces do as well." : "Laptops that a service provider or a helpful colleague looks after are joined so as well.";

/** people says how many persons' laptops it are. */
export const people = (n: number): string => (n === 1 ? "1 person" : `${n.toLocaleString("en")} people`);

/** laptops counts what is certain; what is only possible stands behind it. */
export function laptops(site: Pick<Site, "devices" | "possibleDevices">): string {
  return site.possibleDevices > 0 ? `${site.devices} (+${site.possibleDevices} possible)` : `${site.devices}`;
}

/** strength puts a number from 0 to 1 in a word that nobody has to look up. */
export function strength(of: number): string {
  if (of >= 0.8) return "strong";
  return of >= 0.5 ? "fair" : "weak";
}

/** summary says in one sentence what the drawing shows, for those who do not see it. */
export function summary(site: Pick<Site, "devices" | "possibleDevices" | "people">, links: SiteLink[]): string {
  const certain = [...new Set(links.filter((l) => l.certain).map((l) => linkKind(l.kind)))];
  const joined = certain.length > 0 ? `joined for certain by ${list(certain)}` : "that nothing joins for certain";
  const maybe = site.possibleDevices > 0 ? ` ${counted(site.possibleDevices, "more laptop")} may belong to them.` : "";
  return `${counted(site.devices, "laptop")} of ${people(site.people)}, ${joined}.${maybe} The tables say the same in words.`;
}

function list(words: string[]): string {
  return words.length < 2 ? words.join("") : `${words.slice(0, -1).join(", ")} and ${words.at(-1)}`;
}
