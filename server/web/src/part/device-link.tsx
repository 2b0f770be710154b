import { Link } from "react-router";
import type { Subject } from "../gen/farmwatch/console/v1/console_pb";

export function DeviceLink({ subject }: { subject: Subject | undefined }) {
  if (!subject) return <span className="soft">unknown</span>;
  const name = subject.name || subject.id;
  return subject.kind === "device" || subject.kind === "" ? <Link to={`/devices/${subject.id}`}>{name}</Link> : <>{name}</>;
}
