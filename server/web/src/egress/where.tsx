import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { Link } from "react-router";
import { useApi } from "../api";
import type { PlaceNotes, Where } from "../gen/farmwatch/console/v1/console_pb";
import { Badge } from "../part/badge";
import { Problem } from "../part/notice";
import { Facts, Panel } from "../part/panel";
import { When } from "../part/when";
import { word } from "../words";
import { behinds, country, networkClass, others, silence } from "./words";
import css from "./egress.module.css";

/** WherePanel shows where a laptop stands, as far as its connections tell: no address, no map, no history. */
export function WherePanel({ device }: { device: string }) {
  const api = useApi();
  const query = useQuery({
    queryKey: ["where", device],
    queryFn: ({ signal }) => api.egress.getWhere({ device }, { signal }),
    refetchInterval: 60_000,
  });
  const { where, notes, collectorPlace } = query.data ?? {};
  return (
    <Panel title="Where it stands" aside="no address, no map">
      {query.error && <Problem error={query.error} what="Where it stands could not be fetched." again={() => void query.refetch()} />}
      {query.data && !where && <p className="soft">Nothing is noted of the last 30 days. It is judged within some minutes of a heartbeat.</p>}
      {where && <Stand where={where} judgesTrips={collectorPlace !== ""} />}
      {notes && <Notes notes={notes} />}
    </Panel>
  );
}

function Stand({ where: w, judgesTrips }: { where: Where; judgesTrips: boolean }) {
  const c = w.columns;
  const rows: (readonly [string, ReactNode])[] = [
    ["Way out", <Badge word={word(behinds, w.behind)} filled={false} />],
    ["Network", <Network where={w} />],
    ["Country", <Country where={w} />],
    ["Time zone", <Zone where={w} />],
    ["Same place", <Company columns={c} />],
    ["Round trip", <Trip columns={c} judged={judgesTrips} />],
  ];
  const gone = silence(c["silent_days"], c["after_silence"]);
  if (gone) rows.push(["Silence", gone]);
  if (w.listed) rows.push(["Listed", <Badge word={{ text: w.listed, tone: "watch", about: "An imported list of VPN exits, which are shared with everybody who uses that VPN" }} filled={false} />]);
  if (Number(c["flips_most"] ?? 0) > 0) rows.push(["Changes", <Changes columns={c} />]);
  return (
    <>
      <Facts rows={rows} />
      <p className={css.small}>
        Judged <When at={w.judgedAt} how="both" /> from {c["days"] === "1" ? "1 day" : `${c["days"] ?? 0} of the last 30 days`} on which it was heard.
      </p>
    </>
  );
}

// Ways out whose address is of a place.
const telling = ["home", "office", "shared_carrier"];

function Country({ where: w }: { where: Where }) {
  if (!w.country) return <span className="soft">not told by its addresses</span>;
  return (
    <>
      {country(w.country)}
      {!telling.includes(w.behind) && <span className={css.under}>by an address it had before; this one tells none</span>}
    </>
  );
}

function Network({ where: w }: { where: Where }) {
  const kind = networkClass(w.networkClass);
  if (w.ownEgress) {
    return (
      <>
        <Link to="/egress">{w.ownEgress === "learned" ? "learned from many laptops" : w.ownEgress}</Link>
        {w.networkName && <span className={css.under}>{w.networkName}</span>}
      </>
    );
  }
  if (!w.networkName && !kind) return <span className="soft">not known</span>;
  return (
    <>
      {w.networkName || kind}
      {w.networkName && kind && <span className={css.under}>{kind}</span>}
    </>
  );
}

function Zone({ where: w }: { where: Where }) {
  const odd = Number(w.columns["time_zone_elsewhere"] ?? 0);
  return (
    <>
      {w.timeZone || <span className="soft">not told by the laptop</span>}
      {odd > 0 && <span className={css.under}>{odd === 1 ? "on 1 day" : `on ${odd} days`} its clock showed a time that no clock of its country shows</span>}
    </>
  );
}

function Changes({ columns: c }: { columns: Record<string, string> }) {
  return (
    <>
      {c["flips_today"] ?? "0"} on the last day, at most {c["flips_most"]} on one
      <span className={css.under}>between lines of a place and what hides it</span>
    </>
  );
}

/** Company is who else of the company is there, which two laptops of a household are as well. */
function Company({ columns: c }: { columns: Record<string, string> }) {
  const lines = [
    ["behind the same router", others(c["shares_gateway_with"])],
    ["at the same access point", others(c["shares_access_point_with"])],
    ["by the same address", others(c["shares_address_with"])],
  ].filter(([, n]) => n !== "");
  if (lines.length === 0) return <span className="soft">nobody to compare with</span>;
  if (lines.every(([, n]) => n === others("0"))) return <>no other laptop of the company</>;
  const days = Number(c["shared_days"] ?? 0);
  return (
    <>
      {lines.map(([what, n]) => (
        <span key={what} className={css.line}>
          {n} {what}
        </span>
      ))}
      {days > 0 && <span className={css.under}>on {days === 1 ? "1 day" : `${days} days`} it stood with two or more all day long</span>}
    </>
  );
}

function Trip({ columns: c, judged }: { columns: Record<string, string>; judged: boolean }) {
  const ms = c["round_trip_ms"];
  const excess = Number(c["round_trip_excess_ms"] ?? 0);
  if (!ms) return <span className="soft">not measured by an address that tells a place</span>;
  return (
    <>
      {ms === "0" ? "under 10 ms" : `${ms} ms`} at best
      {excess > 0 && <span className={css.under}>{excess} ms longer than its country explains</span>}
      {!judged && <span className={css.under}>not compared: nobody said where the collector stands</span>}
    </>
  );
}

/** Notes says what is not known, and whose data is shown. */
export function Notes({ notes }: { notes: PlaceNotes }) {
  return (
    <div>
      {notes.missing.map((sentence) => (
        <p key={sentence} className={css.missing} data-blind>
          {sentence}
        </p>
      ))}
      {notes.attribution.map((sentence) => (
        <p key={sentence} className={css.small}>
          {sentence}
        </p>
      ))}
    </div>
  );
}
