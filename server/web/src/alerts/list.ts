import { useInfiniteQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { useApi } from "../api";
import { pollEvery, useLive } from "../live";
import { ask, write, type Filter } from "./filter";
import { useOrder } from "./order";

/** useAlerts is the list for one filter, kept in the order the reader last saw. */
export function useAlerts(filter: Filter) {
  const api = useApi();
  const live = useLive();
  const name = write(filter).toString();
  const query = useInfiniteQuery({
    queryKey: ["alerts", name],
    queryFn: ({ pageParam, signal }) => api.alerts.listAlerts({ ...ask(filter), pageToken: pageParam }, { signal }),
    initialPageParam: "",
    getNextPageParam: (page) => page.nextPageToken || undefined,
    refetchInterval: live === "live" ? false : pollEvery,
  });
  const pages = query.data?.pages;
  const fresh = useMemo(() => pages?.flatMap((p) => p.alerts), [pages]);
  const { append, ...order } = useOrder(name, fresh, query.isFetching);
  const more = async () => {
    const { data } = await query.fetchNextPage();
    append(data?.pages.flatMap((p) => p.alerts) ?? []);
  };
  return { name, query, ...order, total: pages?.[0]?.total ?? 0, more };
}
