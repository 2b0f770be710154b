import { useEffect, useState, createContext, useContext } from "react";
import { useQueryClient, type InfiniteData, type QueryClient } from "@tanstack/react-query";
import { Code } from "@connectrpc/connect";
import { hasCode, useApi } from "./api";
import type { Alert, ListAlertsResponse, WatchAlertsResponse } from "./gen/farmwatch/console/v1/console_pb";

/** Live says whether changes arrive by themselves now, or the console has to ask. */
export type Live = "connecting" | "live" | "reconnecting";

export const LiveContext = createContext<Live>("connecting");
export const useLive = (): Live => useContext(LiveContext);

/** pollEvery is how often lists are asked for while the stream is down. */
export const pollEvery = 10_000;

export interface Watch {
  open: (signal: AbortSignal) => AsyncIterable<WatchAlertsResponse>;
  onAlert: (alert: Alert) => void;
  onLive: (live: Live) => void;
  quiet?: number; // ms without a word after which a stream counts as dead; the server speaks every 20 s
  wait?: (attempt: number) => number; // ms before the next attempt
}

/** follow keeps a stream open until stop is aborted or the session is over. */
export async function follow(w: Watch, stop: AbortSignal): Promise<void> {
  const wait = w.wait ?? backoff;
  for (let attempt = 0; !stop.aborted; attempt++) {
    try {
      await once(w, stop, () => {
        attempt = 0;
        w.onLive("live");
      });
    } catch (error) {
      if (hasCode(error, Code.Unauthenticated)) return;
    }
    if (stop.aborted) return;
    w.onLive("reconnecting");
    await sleep(wait(attempt), stop);
  }
}

async function once(w: Watch, stop: AbortSignal, heard: () => void): Promise<void> {
  const dead = new AbortController();
  const quiet = w.quiet ?? 45_000;
  let timer = setTimeout(() => dead.abort(), quiet);
  try {
    for await (const message of w.open(AbortSignal.any([stop, dead.signal]))) {
      clearTimeout(timer);
      timer = setTimeout(() => dead.abort(), quiet);
      heard();
      if (message.alert) w.onAlert(message.alert);
    }
  } finally {
    clearTimeout(timer);
  }
}

function backoff(attempt: number): number {
  return Math.min(30_000, 1000 * 2 ** attempt) * (0.75 + Math.random() / 2);
}

function sleep(ms: number, stop: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    stop.addEventListener("abort", () => (clearTimeout(timer), resolve()), { once: true });
  });
}

/** useFollow holds the one stream of this tab and lays what comes into the caches. */
export function useFollow(): Live {
  const api = useApi();
  const client = useQueryClient();
  const [live, setLive] = useState<Live>("connecting");
  useEffect(() => {
    const stop = new AbortController();
    let was: Live = "connecting";
    void follow(
      {
        open: (signal) => api.alerts.watchAlerts({}, { signal }),
        onAlert: (alert) => take(client, alert),
        onLive: (now) => {
          if (now === "live" && was === "reconnecting") void client.invalidateQueries(); // what was missed meanwhile
          was = now;
          setLive(now);
        },
      },
      stop.signal,
    );
    return () => stop.abort();
  }, [api, client]);
  return live;
}

const together = 300; // ms in which changes share one request for the lists
const pending = new WeakMap<QueryClient, ReturnType<typeof setTimeout>>();

/** refreshSoon asks for the lists anew, once for a burst of changes. */
function refreshSoon(client: QueryClient): void {
  if (pending.has(client)) return;
  const ask = () => {
    pending.delete(client);
    void client.invalidateQueries({ queryKey: ["alerts"] });
    void client.invalidateQueries({ queryKey: ["devices"] });
    void client.invalidateQueries({ queryKey: ["notices"] }); // one may tell what alerts told
  };
  pending.set(client, setTimeout(ask, together));
}

/** take lays one changed alert into every list that shows it, at its place, and asks for the rest anew. */
export function take(client: QueryClient, alert: Alert): void {
  const swap = (a: Alert): Alert => (a.id === alert.id ? alert : a);
  client.setQueriesData<Alert[]>({ queryKey: ["order"] }, (old) => old?.map(swap));
  client.setQueriesData<InfiniteData<ListAlertsResponse>>({ queryKey: ["alerts"] }, (old) => {
    return old && { ...old, pages: old.pages.map((p) => ({ ...p, alerts: p.alerts.map(swap) })) };
  });
  void client.invalidateQueries({ queryKey: ["alert", alert.id] });
  void client.invalidateQueries({ queryKey: ["device", alert.subject?.id ?? ""] });
  refreshSoon(client);
}
