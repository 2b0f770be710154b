import { Link } from "react-router";
import { useNoticesOf } from "./list";
import { decisions } from "./words";
import { word } from "../words";

/** PartOf says on a laptop's page of which notices it is part: its level is told there, and not by an alert. */
export function PartOf({ device }: { device: string }) {
  const query = useNoticesOf(device);
  return (query.data ?? []).map((n) => (
    <p key={n.id}>
      Part of a notice: <Link to={`/notices/${n.id}`}>{n.title}</Link>. {word(decisions, n.decision).text}. {word(decisions, n.decision).about}.
    </p>
  ));
}
