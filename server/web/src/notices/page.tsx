import { useDocumentTitle } from "@mantine/hooks";
import { Link } from "react-router";
import type { Notice } from "../gen/farmwatch/console/v1/notices_pb";
import { Badge } from "../part/badge";
import { Empty, Problem, Waiting } from "../part/notice";
import { word } from "../words";
import { useNotices } from "./list";
import { between, decisions } from "./words";
import css from "../part/table.module.css";
import own from "./notices.module.css";

export function Component() {
  const query = useNotices(false);
  useDocumentTitle("Notices · farmwatch");
  return (
    <>
      <h1>What appeared on many laptops at once</h1>
      <p className={own.about}>
        It is told once, and somebody decides once for all of them. Until then, and where it was expected, a laptop of which nothing else is known gets no alert for it; its own page shows it all the same.
      </p>
      {query.error && <Problem error={query.error} what="The notices could not be fetched." again={() => void query.refetch()} />}
      {query.isPending && <Waiting what="notices" />}
      {query.data?.length === 0 && (
        <Empty title="Nothing has appeared on many laptops at once" shape="good">
          <p>Twenty laptops or more within three days, and two in a hundred of the fleet, make a notice.</p>
        </Empty>
      )}
      {query.data && query.data.length > 0 && <Table notices={query.data} />}
    </>
  );
}

function Table({ notices }: { notices: Notice[] }) {
  return (
    <div className={css.frame}>
      <table className={css.table}>
        <caption className="hidden">Notices, the latest first</caption>
        <thead>
          <tr>
            <th scope="col">Decision</th>
            <th scope="col" className={css.wide}>
              Notice
            </th>
            <th scope="col">Began</th>
            <th scope="col">Decided by</th>
          </tr>
        </thead>
        <tbody>
          {notices.map((n) => (
            <tr key={n.id}>
              <td>
                <Badge word={word(decisions, n.decision)} />
              </td>
              <td className={css.wide}>
                <Link to={`/notices/${n.id}`} className={css.title}>
                  {n.title}
                </Link>
                <span className={css.under}>{n.nextStep}</span>
              </td>
              <td data-label="Began">{between(n)}</td>
              <td data-label="Decided by">{n.decidedBy || <span className="soft">nobody yet</span>}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
