import { Link } from "react-router";
import type { Notice } from "../gen/farmwatch/console/v1/notices_pb";
import { Icon } from "../part/icon";
import { Problem } from "../part/notice";
import { counted } from "../words";
import { useNotices } from "./list";
import { between } from "./words";
import css from "./notices.module.css";

// The first week of a fleet is full of notices; the list of alerts is to be seen all the same.
const most = 3;

/** Standing shows above the alerts what appeared on many laptops and waits for somebody's decision. */
export function Standing() {
  const query = useNotices(true);
  const notices = query.data ?? [];
  if (query.error) return <Problem error={query.error} what="Notices about many laptops could not be fetched." again={() => void query.refetch()} />;
  if (notices.length === 0) return null;
  const more = notices.length - most;
  return (
    <section aria-label="Notices that wait for a decision" className={css.standing}>
      {notices.slice(0, most).map((n) => (
        <One key={n.id} notice={n} />
      ))}
      {more > 0 && (
        <p className={css.rest}>
          <Link to="/notices">{counted(more, "more notice")}</Link> {more === 1 ? "waits" : "wait"} for a decision.
        </p>
      )}
    </section>
  );
}

function One({ notice: n }: { notice: Notice }) {
  return (
    <article className={css.one}>
      <Icon shape="appear" size={16} />
      <div>
        <h2>
          <Link to={`/notices/${n.id}`}>{n.title}</Link> <span className="soft">{between(n)}</span>
        </h2>
        <p>{n.nextStep}</p>
      </div>
      <Link to={`/notices/${n.id}`} className={css.go} aria-label={`Look and decide: ${n.title}`}>
        Look and decide
      </Link>
    </article>
  );
}
