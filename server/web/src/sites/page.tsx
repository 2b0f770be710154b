import { Button, NativeSelect } from "@mantine/core";
import { useDocumentTitle } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { useNavigate, useSearchParams } from "react-router";
import { useApi } from "../api";
import type { Site } from "../gen/farmwatch/console/v1/sites_pb";
import { useKeys } from "../keys";
import { useCursor } from "../part/cursor";
import { Empty, Problem, Waiting } from "../part/notice";
import { When } from "../part/when";
import { counted, levels, word } from "../words";
import { everySite } from "./list";
import { SiteTable } from "./table";
import { placeKinds, placeText } from "./words";
import css from "../alerts/alerts.module.css";
import own from "./sites.module.css";

export function Component() {
  const api = useApi();
  const [params, setParams] = useSearchParams();
  const [level, kind] = [params.get("level") ?? "any", params.get("place") ?? "any"];
  const query = useQuery({
    queryKey: ["sites", level, kind],
    queryFn: ({ signal }) => everySite(api, signal, { levels: level === "any" ? [] : [level], placeKinds: kind === "any" ? [] : [kind] }),
    refetchInterval: 30_000,
    placeholderData: (old) => old,
  });
  const sites = query.data?.sites;
  const filtered = level !== "any" || kind !== "any";
  const set = (key: string, value: string) => {
    const next = new URLSearchParams(params);
    if (value === "any") next.delete(key);
    else next.set(key, value);
    setParams(next, { replace: true });
  };
  useDocumentTitle(`Sites${sites ? ` (${sites.length})` : ""} · farmwatch`);
  return (
    <>
      <h1>Laptops that share a place</h1>
      <p className={own.about}>
        A site is laptops of different people that certain links join, such as the same router day after day. Families, flatmates and coworking spaces look so, too. What is only possible joins nothing.
      </p>
      <div role="search" className={css.bar}>
        <NativeSelect aria-label="Level" value={level} onChange={(e) => set("level", e.currentTarget.value)} data={[{ value: "any", label: "Any level" }, ...["high", "medium", "watch", "none"].map((l) => ({ value: l, label: word(levels, l).text }))]} />
        <NativeSelect aria-label="Kind of place" value={kind} onChange={(e) => set("place", e.currentTarget.value)} data={[{ value: "any", label: "Any place" }, ...placeKinds.map((k) => ({ value: k, label: placeText(k) }))]} />
        <span className={css.count}>
          {sites && (
            <>
              {counted(sites.length, "site")}, looked at <When at={query.data?.judgedAt} never="not yet" />
            </>
          )}
        </span>
      </div>
      {query.error && <Problem error={query.error} what="The sites could not be fetched." again={() => void query.refetch()} />}
      {query.isPending && <Waiting what="sites" />}
      {sites?.length === 0 &&
        (filtered ? (
          <Empty title="No site matches this filter" shape="search">
            <Button onClick={() => setParams({}, { replace: true })}>Clear filter</Button>
          </Empty>
        ) : (
          <Empty title="No laptops share a place for certain" shape="laptop">
            <p>It is looked again every few minutes. Laptops of one person are no site.</p>
          </Empty>
        ))}
      {sites && sites.length > 0 && <Rows sites={sites} />}
    </>
  );
}

function Rows({ sites }: { sites: Site[] }) {
  const navigate = useNavigate();
  const cursor = useCursor(sites.length);
  const chosen = sites[cursor.at];
  const open = () => chosen && void navigate(`/sites/${chosen.id}`);
  useKeys([
    { keys: "j", words: "Next row", run: cursor.next },
    { keys: "k", words: "Previous row", run: cursor.previous },
    { keys: "o", words: "Open the row", run: open },
    { keys: "Enter", words: "Open the row", run: open },
  ]);
  return <SiteTable sites={sites} cursor={cursor} />;
}
