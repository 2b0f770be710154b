import { Button } from "@mantine/core";
import { useDocumentTitle } from "@mantine/hooks";
import { useEffect, useState, type ReactNode } from "react";
import { useNavigate, useSearchParams } from "react-router";
import { useQueryClient } from "@tanstack/react-query";
import { CloseDialog } from "../alert/close";
import { Refused, useAcknowledge } from "../alert/moves";
import type { Alert } from "../gen/farmwatch/console/v1/console_pb";
import { useKeys } from "../keys";
import { Standing } from "../notices/standing";
import { Problem, Waiting } from "../part/notice";
import { useCursor } from "../part/cursor";
import { useMayReview } from "../session";
import { counted } from "../words";
import { EmptyAlerts } from "./empty";
import { at, isUsual, read, usual, write, type Filter } from "./filter";
import { FilterBar } from "./filter-bar";
import { useAlerts } from "./list";
import { AlertTable } from "./table";
import css from "./alerts.module.css";

export function Component() {
  const [params, setParams] = useSearchParams();
  const client = useQueryClient();
  const filter = read(params);
  const list = useAlerts(filter);
  const { query, alerts, arrived } = list;
  const choose = (next: Filter) => setParams(write(next), { replace: true });
  const { name } = list;
  useEffect(() => {
    client.setQueryData(["order", name], []); // who comes to a list gets it in order; from then on it stands still
  }, [client, name]);
  useDocumentTitle(`${arrived.length > 0 ? "● " : ""}Alerts${query.data ? ` (${list.total})` : ""} · farmwatch`);
  return (
    <>
      <h1 className="hidden">Alerts</h1>
      <Standing />
      <FilterBar filter={filter} onChange={choose} count={query.data ? counted(list.total, "alert") : ""} />
      <Arrived alerts={arrived} onShow={list.settle} />
      {query.error && <Problem error={query.error} what="The alerts could not be fetched." again={() => void query.refetch()} />}
      {query.isPending && <Waiting what="alerts" />}
      {query.data && alerts.length === 0 && <EmptyAlerts filtered={!isUsual(filter)} onClear={() => choose(usual)} />}
      {alerts.length > 0 && (
        <Rows alerts={alerts} filter={filter}>
          {query.hasNextPage && (
            <Button loading={query.isFetchingNextPage} onClick={() => void list.more()}>
              Show more ({alerts.length} of {list.total})
            </Button>
          )}
        </Rows>
      )}
    </>
  );
}

/** Arrived says aloud that there is more, and leaves it to the reader when to look. */
function Arrived({ alerts, onShow }: { alerts: Alert[]; onShow: () => void }) {
  return (
    <div aria-live="polite" className={css.arrived}>
      {alerts.length > 0 && (
        <button type="button" onClick={onShow}>
          {counted(alerts.length, "new alert")} <span>Show and put in order</span>
        </button>
      )}
    </div>
  );
}

function Rows({ alerts, filter, children }: { alerts: Alert[]; filter: Filter; children: ReactNode }) {
  const navigate = useNavigate();
  const mayReview = useMayReview();
  const client = useQueryClient();
  const cursor = useCursor(alerts.length, () => alerts.findIndex((a) => a.id === client.getQueryData(["opened"])));
  const chosen = alerts[cursor.at];
  const [closing, setClosing] = useState<Alert>();
  const take = useAcknowledge();
  const open = () => chosen && void navigate(at(`/alerts/${chosen.id}`, filter));
  useKeys([
    { keys: "j", words: "Next row", run: cursor.next },
    { keys: "k", words: "Previous row", run: cursor.previous },
    { keys: "o", words: "Open the row", run: open },
    { keys: "Enter", words: "Open the row", run: open },
    ...(mayReview
      ? [
          { keys: "a", words: "Acknowledge: take the alert", run: () => chosen && take.mutate(chosen) },
          { keys: "c", words: "Close the alert", run: () => chosen && chosen.state !== "closed" && setClosing(chosen) },
        ]
      : []),
  ]);
  return (
    <>
      <Refused error={take.error} what="The alert was not acknowledged." />
      <AlertTable
        alerts={alerts}
        filter={filter}
        cursor={cursor}
        onTake={mayReview ? take.mutate : undefined}
        onClose={mayReview ? setClosing : undefined}
      />
      <div className={css.more}>{children}</div>
      {closing && <CloseDialog alert={closing} onDone={() => setClosing(undefined)} />}
    </>
  );
}
