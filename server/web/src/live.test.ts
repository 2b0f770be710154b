import { create } from "@bufbuild/protobuf";
import { Code, ConnectError } from "@connectrpc/connect";
import { expect, test } from "vitest";
import { WatchAlertsResponseSchema, type WatchAlertsResponse } from "./gen/farmwatch/console/v1/console_pb";
import { follow, type Live } from "./live";

const beat = create(WatchAlertsResponseSchema, {});
const change = create(WatchAlertsResponseSchema, { alert: { id: "a1" } });

/** play follows streams that each do as scripted, and tells what came of it. */
async function play(streams: ((signal: AbortSignal) => AsyncIterable<WatchAlertsResponse>)[], quiet = 1000) {
  const stop = new AbortController();
  const lives: Live[] = [];
  const alerts: string[] = [];
  const waits: number[] = [];
  await follow(
    {
      open: (signal) => {
        const next = streams.shift();
        if (!next) {
          stop.abort();
          throw new Error("no stream is left");
        }
        return next(signal);
      },
      onAlert: (a) => alerts.push(a.id),
      onLive: (l) => lives.push(l),
      quiet,
      wait: (attempt) => (waits.push(attempt), 0),
    },
    stop.signal,
  );
  return { lives, alerts, waits };
}

async function* says(...messages: WatchAlertsResponse[]) {
  yield* messages;
}

async function* fails(code = Code.Unavailable): AsyncGenerator<WatchAlertsResponse> {
  throw new ConnectError("gone", code);
}

async function* hangs(signal: AbortSignal): AsyncGenerator<WatchAlertsResponse> {
  yield beat;
  await new Promise((_, reject) => signal.addEventListener("abort", () => reject(new Error("aborted"))));
}

test("the first word makes it live, changes are handed on, heartbeats are not", async () => {
  const { lives, alerts } = await play([() => says(beat, change, beat)]);
  expect(lives).toEqual(["live", "live", "live", "reconnecting"]);
  expect(alerts).toEqual(["a1"]);
});

test("failures in a row wait longer each time; a word heard starts over", async () => {
  const { waits } = await play([() => fails(), () => fails(), () => says(beat), () => fails()]);
  expect(waits).toEqual([0, 1, 0, 1]);
});

test("a stream that falls silent counts as dead", async () => {
  const { lives, alerts } = await play([hangs, () => says(change)], 30);
  expect(lives).toEqual(["live", "reconnecting", "live", "reconnecting"]);
  expect(alerts).toEqual(["a1"]);
});

test("once the session is over nobody knocks again", async () => {
  const { lives, waits } = await play([() => fails(Code.Unauthenticated), () => says(beat)]);
  expect(lives).toEqual([]);
  expect(waits).toEqual([]);
});
