import { Button } from "@mantine/core";
import { useDocumentTitle } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Link, useNavigate, useParams } from "react-router";
import { useApi } from "../api";
import type { GetNoticeResponse, Notice, NoticeDevice } from "../gen/farmwatch/console/v1/notices_pb";
import { useKeys } from "../keys";
import { Badge } from "../part/badge";
import { Icon } from "../part/icon";
import { Problem, Waiting } from "../part/notice";
import { Facts, Panel } from "../part/panel";
import { When } from "../part/when";
import { useMayReview } from "../session";
import { counted, levels, word } from "../words";
import { Decide } from "./decide";
import { between, decisions, unlisted } from "./words";
import own from "./notices.module.css";
import css from "../alert/alert.module.css";

export function Component() {
  const { id = "" } = useParams();
  const api = useApi();
  const navigate = useNavigate();
  const query = useQuery({ queryKey: ["notice", id], queryFn: ({ signal }) => api.notices.getNotice({ id }, { signal }), refetchInterval: 30_000 });
  const back = () => void navigate("/alerts");
  useKeys([{ keys: "Escape", words: "Back to the list", run: back }]);
  useDocumentTitle(`${query.data?.notice?.title ?? "Notice"} · farmwatch`);
  return (
    <>
      <nav className={css.steps} aria-label="Back">
        <Button variant="subtle" leftSection={<Icon shape="left" size={12} />} onClick={back}>
          Alerts
        </Button>
        <Link to="/notices">All notices</Link>
      </nav>
      {query.error && <Problem error={query.error} what="The notice could not be fetched." again={() => void query.refetch()} />}
      {query.isPending && <Waiting what="the notice" />}
      {query.data?.notice && <Detail notice={query.data.notice} all={query.data} />}
    </>
  );
}

function Detail({ notice: n, all }: { notice: Notice; all: GetNoticeResponse }) {
  return (
    <article>
      <header className={css.head}>
        <div className={css.badges}>
          <Badge word={word(decisions, n.decision)} />
        </div>
        <h1>{n.title}</h1>
        <p className="soft">It began there {between(n)}. A roll-out of the company or of its service provider looks so; so does something that nobody ordered.</p>
      </header>
      <div className={css.columns}>
        <div className={`${css.stack} ${own.beside}`}>
          <Decision notice={n} />
          <Panel title="About">
            <Facts
              rows={[
                ["What", <code>{n.subject}</code>],
                ["Laptops", n.devices.toLocaleString("en")],
                ["First one", <When at={n.from} how="both" />],
                ["Last one", <When at={n.to} how="both" />],
                ["Answers to", <Tenant of={n} />],
                ["Notice", <code>{n.id}</code>],
              ]}
            />
          </Panel>
        </div>
        <Laptops devices={all.devices} of={n.devices} />
      </div>
    </article>
  );
}

function Tenant({ of: n }: { of: Notice }) {
  if (!n.tenant) return <span className="soft">not told: whose account it is was not seen</span>;
  return (
    <>
      one account or server for all of them <code title="A keyed hash: the name itself is not kept">{n.tenant.slice(0, 14)}…</code>
    </>
  );
}

function Decision({ notice: n }: { notice: Notice }) {
  const mayReview = useMayReview();
  const [anew, setAnew] = useState(false);
  const open = mayReview && (n.decision === "" || anew);
  return (
    <Panel title={n.decision === "" ? "Decide once for all of them" : "Decision"}>
      {n.decision !== "" && (
        <>
          <p className={own.said}>“{n.comment}”</p>
          <p className="soft">
            {n.decidedBy} said that it was {n.decision === "expected" ? "expected" : "not expected"}, <When at={n.decidedAt} how="both" />.
          </p>
        </>
      )}
      <p className={own.next}>
        <b>Next step:</b> {n.nextStep}
        {n.decision === "expected" && (
          <>
            {" "}
            <Link to="/sanctions">Sanctions</Link>
          </>
        )}
        {n.decision === "unexpected" && (
          <>
            {" "}
            <Link to="/alerts">Alerts</Link>
          </>
        )}
      </p>
      {open && (
        <div className={own.again}>
          <Decide notice={n} onDone={() => setAnew(false)} />
        </div>
      )}
      {mayReview && !open && (
        <div className={own.again}>
          <Button onClick={() => setAnew(true)}>Decide otherwise</Button>
        </div>
      )}
      {!mayReview && <p className="soft">Your role reads notices and does not decide on them; ask an analyst.</p>}
    </Panel>
  );
}

function Laptops({ devices, of }: { devices: NoticeDevice[]; of: number }) {
  const cut = unlisted(of, devices.length);
  const apart = devices.filter((d) => d.alert);
  const rest = devices.filter((d) => !d.alert);
  return (
    <div className={css.stack}>
      {apart.length > 0 && (
        <Panel title="With an open alert" aside={`${counted(apart.length, "laptop")} of ${of.toLocaleString("en")}`} flush>
          <ul className={own.laptops}>
            {apart.map((d) => (
              <li key={d.id}>
                <Link to={`/devices/${d.id}`}>{d.name || d.id}</Link>{" "}
                <Link to={`/alerts/${d.alert}`} aria-label={`Alert of ${d.name || d.id}, level ${d.level}`}>
                  <Badge word={word(levels, d.level)} />
                </Link>
              </li>
            ))}
          </ul>
        </Panel>
      )}
      <Panel title={apart.length > 0 ? "The other laptops" : "Laptops"} aside={`${counted(rest.length, "laptop")}, in the order in which it began`} flush>
        {devices.length === 0 && <p className={own.cut}>It is about no laptop any more.</p>}
        {devices.length > 0 && apart.length === 0 && <p className={own.cut}>None of them has an open alert.</p>}
        <ol className={own.laptops}>
          {rest.map((d) => (
            <li key={d.id}>
              <Link to={`/devices/${d.id}`}>{d.name || d.id}</Link>
            </li>
          ))}
        </ol>
        {cut && <p className={own.cut}>{cut}</p>}
      </Panel>
    </div>
  );
}
