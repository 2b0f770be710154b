import { useMutation, useQueryClient } from "@tanstack/react-query";
import { isConflict, sentence, useApi, type Api } from "../api";
import type { Alert } from "../gen/farmwatch/console/v1/console_pb";
import { take } from "../live";
import { Icon } from "../part/icon";
import { Problem } from "../part/notice";
import css from "./moves.module.css";

/** useMove asks the server for one move and lays its answer, or how the alert is by now, into the screens. */
function useMove<T extends { alert: Alert }>(move: (api: Api, m: T) => Promise<{ alert?: Alert }>) {
  const api = useApi();
  const client = useQueryClient();
  return useMutation({
    mutationFn: (m: T) => move(api, m),
    onSuccess: ({ alert }) => {
      if (alert) take(client, alert);
    },
    onError: (error) => {
      if (!isConflict(error)) return;
      void client.invalidateQueries({ queryKey: ["alerts"] });
      void client.invalidateQueries({ queryKey: ["alert"] });
    },
  });
}

export function useAcknowledge() {
  const move = useMove((api, { alert }: { alert: Alert }) => api.alerts.acknowledgeAlert({ id: alert.id, etag: alert.etag }));
  return { ...move, mutate: (alert: Alert) => move.mutate({ alert }) };
}

export function useClose() {
  return useMove((api, { alert, ...why }: { alert: Alert; reason: string; comment: string }) =>
    api.alerts.closeAlert({ id: alert.id, etag: alert.etag, ...why }),
  );
}

export function useReopen() {
  return useMove((api, { alert, comment }: { alert: Alert; comment: string }) =>
    api.alerts.reopenAlert({ id: alert.id, etag: alert.etag, comment }),
  );
}

export function useComment() {
  return useMove((api, { alert, comment }: { alert: Alert; comment: string }) => api.alerts.commentAlert({ id: alert.id, comment }));
}

/** Refused says kindly why a move was not made. */
export function Refused({ error, what }: { error: unknown; what: string }) {
  if (!error) return null;
  if (!isConflict(error)) return <Problem error={error} what={what} />;
  return (
    <div role="alert" className={css.conflict}>
      <Icon shape="person" size={16} />
      <div>
        <strong>Somebody was quicker.</strong> {sentence(error)} Nothing of yours was lost; what you see now is how it stands.
      </div>
    </div>
  );
}
