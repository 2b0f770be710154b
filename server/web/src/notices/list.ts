import { useQuery } from "@tanstack/react-query";
import { useApi } from "../api";

/** useNotices is every notice, or those that nobody has decided on, the latest first. */
export function useNotices(undecided: boolean) {
  const api = useApi();
  return useQuery({
    queryKey: ["notices", undecided ? "undecided" : "every"],
    queryFn: async ({ signal }) => (await api.notices.listNotices({ undecided }, { signal })).notices,
    refetchInterval: 30_000,
  });
}

/** useNoticesOf is the notices that are about a laptop. */
export function useNoticesOf(device: string) {
  const api = useApi();
  return useQuery({
    queryKey: ["notices", "of", device],
    queryFn: async ({ signal }) => (await api.notices.listNotices({ device }, { signal })).notices,
    refetchInterval: 30_000,
  });
}
