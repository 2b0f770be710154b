import { Link } from "react-router";
import type { Sanction } from "../gen/farmwatch/console/v1/console_pb";
import { Badge } from "../part/badge";
import type { Cursor } from "../part/cursor";
import { When } from "../part/when";
import { word } from "../words";
import { holds, sanctionStates, scope, terms } from "./words";
import css from "../part/table.module.css";

export function SanctionTable({ sanctions, cursor }: { sanctions: Sanction[]; cursor: Cursor }) {
  return (
    <div className={css.frame}>
      <table className={css.table}>
        <caption className="hidden">Sanctions</caption>
        <thead>
          <tr>
            <th scope="col" className={css.wide}>
              What it permits
            </th>
            <th scope="col">Where</th>
            <th scope="col">State</th>
            <th scope="col">Ends</th>
            <th scope="col">Owner</th>
          </tr>
        </thead>
        <tbody ref={cursor.body}>
          {sanctions.map((s, row) => (
            <tr key={s.id} data-chosen={row === cursor.at || undefined} data-quiet={!holds(s) || undefined} onFocus={() => cursor.set(row)}>
              <td className={css.wide}>
                <Link to={`/sanctions/${encodeURIComponent(s.name)}`} data-row className={css.title}>
                  {s.tools.join(", ")}
                </Link>
                <span className={css.under}>
                  {[s.name, ...terms(s)].join(" · ")}
                </span>
              </td>
              <td data-label="Where">
                <span className={css.plain}>{scope(s)}</span>
              </td>
              <td>
                <Badge filled={false} word={word(sanctionStates, s.state)} />
              </td>
              <td data-label="Ends">
                <When at={s.expiresAt} how="utc" />
              </td>
              <td data-label="Owner">
                <span className={css.plain}>{s.owner || s.createdBy}</span>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
