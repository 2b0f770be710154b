import { Button } from "@mantine/core";
import { useDocumentTitle } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useNavigate, useSearchParams } from "react-router";
import { Words } from "../alerts/filter-bar";
import { useApi } from "../api";
import type { Sanction } from "../gen/farmwatch/console/v1/console_pb";
import { useKeys } from "../keys";
import { useCursor } from "../part/cursor";
import { Empty, Problem, Waiting } from "../part/notice";
import { useIsAdmin } from "../session";
import { counted } from "../words";
import { GrantDialog } from "./grant";
import { SanctionTable } from "./table";
import { holds, scope } from "./words";
import css from "../alerts/alerts.module.css";

export function Component() {
  const api = useApi();
  const admin = useIsAdmin();
  const [params, setParams] = useSearchParams();
  const [granting, setGranting] = useState(false);
  const text = params.get("text") ?? "";
  const query = useQuery({ queryKey: ["sanctions"], queryFn: ({ signal }) => api.sanctions.listSanctions({}, { signal }), refetchInterval: 30_000 });
  const all = query.data?.sanctions;
  const fitting = all?.filter((s) => fits(s, text));
  useDocumentTitle("Sanctions · farmwatch");
  return (
    <>
      <h1 className="hidden">Sanctions</h1>
      <div role="search" className={css.bar}>
        <Words value={text} onChange={(words) => setParams(words ? { text: words } : {}, { replace: true })} label="Product, place or owner" />
        <span className={css.count}>{all && all.length > 0 && `${counted(all.length, "sanction")}, ${all.filter(holds).length} in force`}</span>
        {admin && <Button onClick={() => setGranting(true)}>Permit for some hours …</Button>}
      </div>
      {query.error && <Problem error={query.error} what="The sanctions could not be fetched." again={() => void query.refetch()} />}
      {query.isPending && <Waiting what="sanctions" />}
      {all?.length === 0 && (
        <Empty title="Nothing is sanctioned: every remote session counts">
          <p>
            A sanction says which remote-access product is the business's own, whose account it belongs to, where, until when and who answers for
            it. Write it as a file and apply it: <code>farmwatchctl sanctions apply -f helpdesk.yaml</code>
          </p>
        </Empty>
      )}
      {all && all.length > 0 && fitting?.length === 0 && (
        <Empty title="No sanction matches these words" shape="search">
          <Button onClick={() => setParams({}, { replace: true })}>Clear filter</Button>
        </Empty>
      )}
      {fitting && fitting.length > 0 && <Rows sanctions={fitting} />}
      {granting && <GrantDialog device="" onDone={() => setGranting(false)} />}
    </>
  );
}

function fits(s: Sanction, text: string): boolean {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  const all = [s.name, s.tools.join(" "), scope(s), s.owner, s.approver, s.createdBy].join(" ").toLowerCase();
  return words.every((w) => all.includes(w));
}

function Rows({ sanctions }: { sanctions: Sanction[] }) {
  const navigate = useNavigate();
  const cursor = useCursor(sanctions.length);
  const chosen = sanctions[cursor.at];
  const open = () => chosen && void navigate(`/sanctions/${encodeURIComponent(chosen.name)}`);
  useKeys([
    { keys: "j", words: "Next row", run: cursor.next },
    { keys: "k", words: "Previous row", run: cursor.previous },
    { keys: "o", words: "Open the row", run: open },
    { keys: "Enter", words: "Open the row", run: open },
  ]);
  return <SanctionTable sanctions={sanctions} cursor={cursor} />;
}
