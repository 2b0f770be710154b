import { useEffect } from "react";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import type { Alert } from "../gen/farmwatch/console/v1/console_pb";

/** renewed is the rows as they stand on the screen, each as it is by now. */
export function renewed(shown: Alert[], fresh: Alert[]): Alert[] {
  const now = new Map(fresh.map((a) => [a.id, a]));
  return shown.map((a) => now.get(a.id) ?? a);
}

/** arrivals are the rows that came since the list was last put in order. */
export function arrivals(shown: Alert[], fresh: Alert[]): Alert[] {
  const there = new Set(shown.map((a) => a.id));
  return fresh.filter((a) => !there.has(a.id));
}

/**
 * useOrder keeps the rows of one list where they are while the list changes
 * underneath: nothing moves below a cursor until the reader asks for it, and a
 * row that no longer fits the filter stays for as long. The order outlives the
 * screen, so that "next alert" means the next one of the list just left.
 */
export function useOrder(list: string, fresh: Alert[] | undefined, asking: boolean) {
  const client = useQueryClient();
  const { data: kept } = useQuery<Alert[]>({ queryKey: ["order", list], queryFn: () => [], enabled: false, staleTime: Infinity });
  const settle = (alerts: Alert[] | undefined) => client.setQueryData<Alert[]>(["order", list], alerts ?? []);
  useEffect(() => {
    // An empty list has no row under a cursor: what comes first is just shown.
    // While the list is being asked for, what there is may be old: it is not kept yet.
    if (!kept?.length && fresh?.length && !asking) client.setQueryData<Alert[]>(["order", list], fresh);
  }, [client, list, kept, fresh, asking]);
  const shown = kept?.length ? kept : (fresh ?? []);
  return {
    alerts: renewed(shown, fresh ?? []),
    arrived: arrivals(shown, fresh ?? []),
    settle: () => settle(fresh),
    append: (all: Alert[]) => settle([...shown, ...arrivals(shown, all)]),
  };
}
