import { Link } from "react-router";
import type { Subject } from "../gen/farmwatch/console/v1/console_pb";

/** DeviceLink names what something is about, a laptop or a site, and leads there. */
export function DeviceLink({ subject }: { subject: Subject | undefined }) {
  if (!subject) return <span className="soft">unknown</span>;
  const name = subject.name || subject.id;
  return <Link to={pathOf(subject)}>{name}</Link>;
}

/** pathOf is the screen of a laptop or a site. */
export function pathOf(subject: Pick<Subject, "kind" | "id">): string {
  return `/${subject.kind === "site" ? "sites" : "devices"}/${subject.id}`;
}
