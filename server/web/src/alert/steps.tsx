import { Button } from "@mantine/core";
import { useNavigate } from "react-router";
import { at, isUsual, type Filter } from "../alerts/filter";
import { useAlerts } from "../alerts/list";
import { useKeys } from "../keys";
import { Icon } from "../part/icon";
import css from "./alert.module.css";

/** Steps leads back to the list and along it, keeping the filter it was opened with. */
export function Steps({ id, filter }: { id: string; filter: Filter }) {
  const navigate = useNavigate();
  const { alerts, total } = useAlerts(filter);
  const here = alerts.findIndex((a) => a.id === id);
  const to = (row: number) => {
    const next = here < 0 ? undefined : alerts[row];
    return next && (() => void navigate(at(`/alerts/${next.id}`, filter)));
  };
  const previous = to(here - 1);
  const next = to(here + 1);
  const back = () => void navigate(at("/alerts", filter));
  const step = (words: string, run: (() => void) | undefined, ...keys: string[]) => keys.map((k) => ({ keys: k, words, run: run ?? (() => {}) }));
  useKeys([...step("Next alert of the list", next, "j", "]"), ...step("Previous alert of the list", previous, "k", "["), ...step("Back to the list", back, "Escape")]);
  return (
    <nav className={css.steps} aria-label="Along the list">
      <Button variant="subtle" leftSection={<Icon shape="left" size={12} />} onClick={back}>
        {isUsual(filter) ? "Open alerts" : "Filtered alerts"}
      </Button>
      <span className={css.room} />
      {here >= 0 && (
        <span className="soft num">
          {here + 1} of {Math.max(total, alerts.length)}
        </span>
      )}
      {alerts.length > 1 && (
        <>
          <Button disabled={!previous} onClick={previous} leftSection={<Icon shape="left" size={12} />}>
            Previous
          </Button>
          <Button disabled={!next} onClick={next} rightSection={<Icon shape="right" size={12} />}>
            Next
          </Button>
        </>
      )}
    </nav>
  );
}
