import { useDocumentTitle } from "@mantine/hooks";
import { Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useNavigate, useSearchParams } from "react-router";
import { useApi } from "../api";
import { Words } from "../alerts/filter-bar";
import type { Device } from "../gen/farmwatch/console/v1/console_pb";
import { useKeys } from "../keys";
import { useCursor } from "../part/cursor";
import { Install } from "../part/install";
import { Empty, Problem, Waiting } from "../part/notice";
import { useNow } from "../part/when";
import { counted } from "../words";
import { everyDevice, reporting } from "./list";
import { DeviceTable } from "./table";
import css from "../alerts/alerts.module.css";

const drawn = 200; // rows drawn at first; a long table is slow to lay out and nobody reads it whole

export function Component() {
  const api = useApi();
  const [params, setParams] = useSearchParams();
  const text = params.get("text") ?? "";
  const query = useQuery({
    queryKey: ["devices", "query", text],
    queryFn: ({ signal }) => everyDevice(api, signal, text),
    refetchInterval: (q) => ((q.state.data?.length ?? 0) > 1000 ? 60_000 : 15_000), // a large fleet is a large answer
    placeholderData: (old) => old,
  });
  const devices = query.data;
  const [adding, setAdding] = useState(false);
  const search = (words: string) => setParams(words ? { text: words } : {}, { replace: true });
  useDocumentTitle(`Devices${devices ? ` (${devices.length})` : ""} · farmwatch`);
  return (
    <>
      <h1 className="hidden">Devices</h1>
      <div role="search" className={css.bar}>
        <Words value={text} onChange={search} label="Name or id" />
        <span className={css.count}>{devices && (devices.length > 0 || text) && <Heard devices={devices} />}</span>
        {devices && devices.length > 0 && <Button onClick={() => setAdding(!adding)}>Enrol a device</Button>}
      </div>
      {adding && (
        <Empty title="Enrol another laptop" shape="laptop">
          <Install />
        </Empty>
      )}
      {query.error && <Problem error={query.error} what="The devices could not be fetched." again={() => void query.refetch()} />}
      {query.isPending && <Waiting what="devices" />}
      {devices?.length === 0 &&
        (text ? (
          <Empty title="No device matches these words" shape="search">
            <Button onClick={() => search("")}>Clear filter</Button>
          </Empty>
        ) : (
          <Empty title="No device is enrolled yet" shape="laptop">
            <p>A laptop shows here within a minute of its enrolment.</p>
            <Install />
          </Empty>
        ))}
      {devices && devices.length > 0 && <Rows devices={devices} />}
    </>
  );
}

function Heard({ devices }: { devices: Device[] }) {
  const heard = reporting(devices, useNow());
  return (
    <>
      {counted(heard.total, "device")}, {heard.recent} reported in the last 2 minutes
    </>
  );
}

function Rows({ devices }: { devices: Device[] }) {
  const navigate = useNavigate();
  const [limit, setLimit] = useState(drawn);
  const rows = devices.slice(0, limit);
  const cursor = useCursor(rows.length);
  const chosen = rows[cursor.at];
  const open = () => chosen && void navigate(`/devices/${chosen.id}`);
  useKeys([
    { keys: "j", words: "Next row", run: cursor.next },
    { keys: "k", words: "Previous row", run: cursor.previous },
    { keys: "o", words: "Open the row", run: open },
    { keys: "Enter", words: "Open the row", run: open },
  ]);
  return (
    <>
      <DeviceTable devices={rows} cursor={cursor} />
      {rows.length < devices.length && (
        <div className={css.more}>
          <Button onClick={() => setLimit(limit + 1000)}>
            Show more ({rows.length} of {devices.length})
          </Button>
        </div>
      )}
    </>
  );
}
