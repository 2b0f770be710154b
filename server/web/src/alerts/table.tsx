import { ActionIcon, Tooltip } from "@mantine/core";
import { Link, useNavigate } from "react-router";
import type { Alert } from "../gen/farmwatch/console/v1/console_pb";
import { Active, Badge } from "../part/badge";
import type { Cursor } from "../part/cursor";
import { pathOf } from "../part/device-link";
import { Icon, type Shape } from "../part/icon";
import { When } from "../part/when";
import { conclusions, levels, reasonText, states, word } from "../words";
import { at, type Filter } from "./filter";
import css from "../part/table.module.css";

interface Props {
  alerts: Alert[];
  filter: Filter;
  cursor: Cursor;
  onTake?: ((alert: Alert) => void) | undefined;
  onClose?: ((alert: Alert) => void) | undefined;
}

export function AlertTable({ alerts, cursor, ...rest }: Props) {
  return (
    <div className={css.frame}>
      <table className={css.table}>
        <caption className="hidden">Alerts, highest score first</caption>
        <thead>
          <tr>
            <th scope="col">Level</th>
            <th scope="col" className={css.number}>
              Score
            </th>
            <th scope="col" className={css.wide}>
              What
            </th>
            <th scope="col">About</th>
            <th scope="col">State</th>
            <th scope="col">With</th>
            <th scope="col">Evidence</th>
            <th scope="col" className={css.number}>
              Age
            </th>
            <th scope="col">
              <span className="hidden">Actions</span>
            </th>
          </tr>
        </thead>
        <tbody ref={cursor.body}>
          {alerts.map((alert, row) => (
            <Row key={alert.id} alert={alert} chosen={row === cursor.at} onFocus={() => cursor.set(row)} {...rest} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

interface RowProps extends Omit<Props, "alerts" | "cursor"> {
  alert: Alert;
  chosen: boolean;
  onFocus: () => void;
}

function Row({ alert, filter, chosen, onFocus, onTake, onClose }: RowProps) {
  const navigate = useNavigate();
  const to = at(`/alerts/${alert.id}`, filter);
  return (
    <tr data-chosen={chosen || undefined} data-quiet={alert.state === "closed" || undefined} onFocus={onFocus} onClick={(e) => opens(e.target) && void navigate(to)}>
      <td>
        <Badge word={word(levels, alert.level)} />
      </td>
      <td className={css.number} data-label="Score">
        {alert.score}
      </td>
      <td className={css.wide}>
        <Link to={to} data-row className={css.title}>
          {alert.title}
        </Link>
        <span className={css.under}>{word(conclusions, alert.conclusion).text}</span>
      </td>
      <td>
        <Link to={pathOf(alert.subject ?? { kind: "device", id: "" })} className={css.plain}>
          {alert.subject?.name || alert.subject?.id}
        </Link>
        {alert.subject?.kind === "site" && <span className={css.under}>a site: laptops that share a place</span>}
      </td>
      <td>
        <Badge filled={false} word={word(states, alert.state)} shape={stateShapes[alert.state] ?? "calm"} />
        {alert.closeReason && <span className={css.under}>{reasonText(alert.closeReason)}</span>}
      </td>
      <td data-label="With">{alert.assignee || <span className="soft">nobody</span>}</td>
      <td>
        <Active now={alert.active} />
      </td>
      <td className={css.number} data-label="Age">
        <When at={alert.openedAt} how="age" />
      </td>
      <td className={css.actions}>
        {alert.state === "new" && onTake && <Action label="Acknowledge" shape="tick" about={alert} run={onTake} />}
        {alert.state !== "closed" && onClose && <Action label="Close" shape="close" about={alert} run={onClose} />}
      </td>
    </tr>
  );
}

export const stateShapes: Record<string, Shape> = { new: "appear", in_progress: "person", closed: "good" };

function Action({ label, shape, about, run }: { label: string; shape: Shape; about: Alert; run: (alert: Alert) => void }) {
  return (
    <Tooltip label={label}>
      <ActionIcon size={24} aria-label={`${label}: ${about.title}`} onClick={() => run(about)}>
        <Icon shape={shape} />
      </ActionIcon>
    </Tooltip>
  );
}

/** opens says whether a click on a row meant the row; a link, a button or chosen text means itself. */
function opens(target: EventTarget): boolean {
  return target instanceof Element && !target.closest("a, button") && !window.getSelection()?.toString();
}
