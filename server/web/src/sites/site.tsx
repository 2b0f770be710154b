import { Button } from "@mantine/core";
import { useDocumentTitle } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Link, useNavigate, useParams } from "react-router";
import { useApi } from "../api";
import type { GetSiteResponse, Site } from "../gen/farmwatch/console/v1/sites_pb";
import { useKeys } from "../keys";
import { AssessmentPanel } from "../part/assessment";
import { Badge } from "../part/badge";
import { Icon } from "../part/icon";
import { Problem, Waiting } from "../part/notice";
import { Facts, Panel } from "../part/panel";
import { When } from "../part/when";
import { useSession } from "../session";
import { levels, word } from "../words";
import { Graph } from "./graph";
import { Links } from "./links";
import { Members } from "./members";
import { atOnePlace, innocent, laptops, linkKind, people, place, together } from "./words";
import css from "../alert/alert.module.css";

export function Component() {
  const { id = "" } = useParams();
  const api = useApi();
  const navigate = useNavigate();
  const query = useQuery({
    queryKey: ["site", id],
    queryFn: ({ signal }) => api.sites.getSite({ id }, { signal }),
    refetchInterval: 30_000,
  });
  const back = () => void navigate("/sites");
  useKeys([{ keys: "Escape", words: "Back to the list", run: back }]);
  useDocumentTitle(`${query.data?.site?.name ?? "Site"} · farmwatch`);
  return (
    <>
      <nav className={css.steps} aria-label="Back">
        <Button variant="subtle" leftSection={<Icon shape="left" size={12} />} onClick={back}>
          Sites
        </Button>
      </nav>
      {query.error && <Problem error={query.error} what="The site could not be fetched." again={() => void query.refetch()} />}
      {query.isPending && <Waiting what="the site" />}
      {query.data?.site && <Detail site={query.data.site} all={query.data} />}
    </>
  );
}

function Detail({ site: s, all }: { site: Site; all: GetSiteResponse }) {
  const scale = useSession().data?.scale;
  const [lit, light] = useState<string>();
  const certain = all.members.filter((m) => m.certain);
  const possible = all.members.filter((m) => !m.certain);
  return (
    <article>
      <header className={css.head}>
        <div className={css.badges}>
          <Badge word={word(levels, s.level || "none")} />
          <Badge word={place(s)} filled={false} />
          {s.alert && <Link to={`/alerts/${s.alert}`}>open alert</Link>}
        </div>
        <h1>{s.name || s.id}</h1>
        <p className="soft">
          Laptops of {people(s.people)} that {together(s)}. {innocent(s)} Known since <When at={s.since} how="both" />.
        </p>
      </header>
      <div className={css.columns}>
        <div className={css.stack}>
          <Panel title="Laptops and what joins them" flush>
            <Graph all={all} lit={lit} />
          </Panel>
          <Members title="Part of it for certain" members={certain} onLight={light} />
          {possible.length > 0 && <Members title="May be part of it" aside="not counted" members={possible} onLight={light} />}
          <Links links={all.links} onLight={light} />
        </div>
        <div className={css.stack}>
          {all.assessment ? (
            <AssessmentPanel of={all.assessment} scale={scale} />
          ) : (
            <Panel title="Assessment">
              <p className="soft">Not assessed yet. That takes some minutes after a site is found.</p>
            </Panel>
          )}
          <Panel title="About">
            <Facts
              rows={[
                ["Place", <Place site={s} />],
                ["People", people(s.people)],
                ["Laptops", laptops(s)],
                ["Joined by", s.linkKinds.map(linkKind).join(", ") || <span className="soft">nothing now</span>],
                ["Known since", <When at={s.since} how="both" />],
                ["Last met", <When at={s.lastSeen} how="both" />],
                ["Looked at", <When at={all.judgedAt} how="both" never="not yet" />],
                ["Site", <code>{s.id}</code>],
              ]}
            />
          </Panel>
          {atOnePlace(s) && !s.declared && <Ours />}
        </div>
      </div>
    </article>
  );
}

/** Ours says how the company tells that it knows a place. */
function Ours() {
  return (
    <Panel title="Do you know this place?">
      <p>
        An office, a bench or a meeting room of the company: import its router or access point as a dock, with the place it stands at. What laptops call it stands on their pages, under Network interfaces.
      </p>
      <p>
        <code>farmwatchctl context import --kind docks FILE</code>
      </p>
      <p>People who live together: give them one household in the list of people. An admin imports; the sites are looked at again within some minutes.</p>
    </Panel>
  );
}

function Place({ site }: { site: Site }) {
  const kind = place(site);
  return (
    <>
      {kind.text}
      {site.placeKind !== "unknown" && <span className="soft"> – {site.declared ? "declared" : "learned"}</span>}
    </>
  );
}
