import { Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "react-router";
import { Install } from "../part/install";
import { Empty } from "../part/notice";
import { useNow } from "../part/when";
import { everyDevice, reporting } from "../devices/list";
import { useApi } from "../api";
import { counted } from "../words";

/** EmptyAlerts never says "nothing" without saying out of how many devices. */
export function EmptyAlerts({ filtered, onClear }: { filtered: boolean; onClear: () => void }) {
  const api = useApi();
  const now = useNow();
  const devices = useQuery({
    queryKey: ["devices", "every"],
    queryFn: ({ signal }) => everyDevice(api, signal),
    refetchInterval: 30_000,
  });
  if (filtered) {
    return (
      <Empty title="Nothing matches this filter" shape="search">
        <p>There may be alerts that it leaves out.</p>
        <Button onClick={onClear}>Clear filter</Button>
      </Empty>
    );
  }
  if (devices.data?.length === 0) {
    return (
      <Empty title="No device is enrolled yet" shape="laptop">
        <p>farmwatch concludes from what laptops tell about themselves. Enrol the first one:</p>
        <Install />
      </Empty>
    );
  }
  const heard = devices.data && reporting(devices.data, now);
  return (
    <Empty title="No open alerts" shape="good">
      {heard && (
        <p>
          {heard.recent} of {counted(heard.total, "device")} reported in the last 2 minutes.
          {heard.recent < heard.total && (
            <>
              {" "}
              {counted(heard.total - heard.recent, "device")} did not: <Link to="/devices">see which</Link>.
            </>
          )}
        </p>
      )}
      {heard && heard.blind > 0 && (
        <p>
          On {heard.blind} of {heard.total} there is something farmwatch could not look at; silence there does not mean clean.
        </p>
      )}
    </Empty>
  );
}
