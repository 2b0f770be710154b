import { Link, useNavigate } from "react-router";
import type { Site } from "../gen/farmwatch/console/v1/sites_pb";
import { Badge } from "../part/badge";
import type { Cursor } from "../part/cursor";
import { When } from "../part/when";
import { levels, word } from "../words";
import { laptops, linkKind, place } from "./words";
import css from "../part/table.module.css";

export function SiteTable({ sites, cursor }: { sites: Site[]; cursor: Cursor }) {
  const navigate = useNavigate();
  return (
    <div className={css.frame}>
      <table className={css.table}>
        <caption className="hidden">Sites, highest score first</caption>
        <thead>
          <tr>
            <th scope="col">Level</th>
            <th scope="col" className={css.number}>
              Score
            </th>
            <th scope="col" className={css.wide}>
              Site
            </th>
            <th scope="col">Place</th>
            <th scope="col" className={css.number}>
              People
            </th>
            <th scope="col" className={css.number}>
              Laptops
            </th>
            <th scope="col">Known since</th>
            <th scope="col">Last met</th>
            <th scope="col">Alert</th>
          </tr>
        </thead>
        <tbody ref={cursor.body}>
          {sites.map((s, row) => (
            <tr
              key={s.id}
              data-chosen={row === cursor.at || undefined}
              onFocus={() => cursor.set(row)}
              onClick={(e) => e.target instanceof Element && !e.target.closest("a") && !window.getSelection()?.toString() && void navigate(`/sites/${s.id}`)}
            >
              <td>
                <Badge word={word(levels, s.level || "none")} />
              </td>
              <td className={css.number} data-label="Score">
                {s.score}
              </td>
              <td className={css.wide}>
                <Link to={`/sites/${s.id}`} data-row className={css.title}>
                  {s.name || s.id}
                </Link>
                <span className={css.under}>by {s.linkKinds.map(linkKind).join(", ")}</span>
              </td>
              <td>
                <Badge word={place(s)} filled={false} />
              </td>
              <td className={css.number} data-label="People">
                {s.people}
              </td>
              <td className={css.number} data-label="Laptops">
                {laptops(s)}
              </td>
              <td data-label="Known since">
                <When at={s.since} />
              </td>
              <td data-label="Last met">
                <When at={s.lastSeen} />
              </td>
              <td>{s.alert ? <Link to={`/alerts/${s.alert}`}>open</Link> : <span className="soft">none open</span>}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
