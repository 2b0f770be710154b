import { Code } from "@connectrpc/connect";
import { useQuery, type UseQueryResult } from "@tanstack/react-query";
import { hasCode, useApi } from "./api";
import type { GetSessionResponse } from "./gen/farmwatch/console/v1/console_pb";

/** useSession is who is signed in; null means nobody. */
export function useSession(): UseQueryResult<GetSessionResponse | null> {
  const api = useApi();
  return useQuery({
    queryKey: ["session"],
    queryFn: async ({ signal }) => {
      try {
        return await api.session.getSession({}, { signal });
      } catch (error) {
        if (hasCode(error, Code.Unauthenticated)) return null;
        throw error;
      }
    },
    staleTime: 5 * 60_000,
  });
}

/** useMayReview says whether the person may move alerts; the server decides, this only keeps dead buttons away. */
export function useMayReview(): boolean {
  const role = useSession().data?.session?.role;
  return role === "analyst" || role === "admin";
}

/** useIsAdmin says whether the person may make enrolment tokens. */
export function useIsAdmin(): boolean {
  return useSession().data?.session?.role === "admin";
}

/** safeNext keeps a path to return to after signing in on this server. */
export function safeNext(next: string | null): string {
  return next && /^\/(?![/\\])/.test(next) && !next.startsWith("/sign-in") ? next : "/alerts";
}
