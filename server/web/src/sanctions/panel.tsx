import { Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Link } from "react-router";
import { useApi } from "../api";
import { Problem } from "../part/notice";
import { Panel } from "../part/panel";
import { When } from "../part/when";
import { useIsAdmin } from "../session";
import { GrantDialog } from "./grant";
import { terms } from "./words";
import css from "../presence/presence.module.css";

/** SanctionsPanel shows what is permitted on a device now, and lets an admin permit a product for some hours. */
export function SanctionsPanel({ device }: { device: string }) {
  const api = useApi();
  const admin = useIsAdmin();
  const [granting, setGranting] = useState(false);
  const query = useQuery({
    queryKey: ["sanctions", "device", device],
    queryFn: ({ signal }) => api.sanctions.listSanctions({ device }, { signal }),
    refetchInterval: 30_000,
  });
  const sanctions = query.data?.sanctions;
  return (
    <Panel title="Sanctioned here">
      {query.error && <Problem error={query.error} what="The sanctions could not be fetched." again={() => void query.refetch()} />}
      {sanctions?.length === 0 && <p className="soft">Nothing: every remote session on this device counts.</p>}
      <ul className={css.checks}>
        {sanctions?.map((s) => (
          <li key={s.id}>
            <Link to={`/sanctions/${encodeURIComponent(s.name)}`}>{s.tools.join(", ")}</Link> until <When at={s.expiresAt} how="utc" />
            {terms(s).length > 0 && <p className="soft">{terms(s).join("; ")}</p>}
          </li>
        ))}
      </ul>
      {admin && <Button onClick={() => setGranting(true)}>Permit for some hours …</Button>}
      {granting && <GrantDialog device={device} onDone={() => setGranting(false)} />}
    </Panel>
  );
}
