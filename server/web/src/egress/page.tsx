import { useDocumentTitle } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { useApi } from "../api";
import type { EgressList, LearnedEgress, ListEgressResponse } from "../gen/farmwatch/console/v1/console_pb";
import { Badge } from "../part/badge";
import { Empty, Problem, Waiting } from "../part/notice";
import { When } from "../part/when";
import { counted, word } from "../words";
import { Notes } from "./where";
import { kinds, networkClass, reasons } from "./words";
import table from "../part/table.module.css";
import css from "./egress.module.css";

export function Component() {
  const api = useApi();
  const query = useQuery({ queryKey: ["egress"], queryFn: ({ signal }) => api.egress.listEgress({}, { signal }), refetchInterval: 60_000 });
  useDocumentTitle("Ways out · farmwatch");
  return (
    <div className={css.stack}>
      <h1>Ways out</h1>
      <p className={css.about}>
        By which addresses laptops reach the internet. What is the company's own says nothing of where a laptop stands, so nobody is compared by it: import it, or let it be learned.
      </p>
      {query.error && <Problem error={query.error} what="The ways out could not be fetched." again={() => void query.refetch()} />}
      {query.isPending && <Waiting what="ways out" />}
      {query.data && <Lists all={query.data} />}
    </div>
  );
}

function Lists({ all }: { all: ListEgressResponse }) {
  return (
    <>
      <section aria-label="Imported">
        <h2>Imported</h2>
        {all.lists.length === 0 ? (
          <Empty title="No list is imported">
            <p>
              An administrator imports a file of addresses or ranges: <code>farmwatchctl egress import offices.csv --label Offices</code>
            </p>
          </Empty>
        ) : (
          <Imported lists={all.lists} />
        )}
      </section>
      <section aria-label="Learned">
        <h2>Learned</h2>
        {all.learned.length === 0 ? (
          <Empty title="Nothing is learned">
            <p>
              An address is taken for the company's own once many laptops use it that share nothing else.{" "}
              {all.judgedAt ? (
                <>
                  Looked <When at={all.judgedAt} />.
                </>
              ) : (
                "Nothing was looked at yet."
              )}
            </p>
          </Empty>
        ) : (
          <Learned list={all.learned} />
        )}
      </section>
      {all.notes && <Notes notes={all.notes} />}
    </>
  );
}

function Imported({ lists }: { lists: EgressList[] }) {
  return (
    <div className={table.frame}>
      <table className={table.table}>
        <caption className="hidden">Imported lists</caption>
        <thead>
          <tr>
            <th scope="col" className={table.wide}>
              List
            </th>
            <th scope="col">What it holds</th>
            <th scope="col" className={table.number}>
              Ranges
            </th>
            <th scope="col">Imported</th>
            <th scope="col">By</th>
          </tr>
        </thead>
        <tbody>
          {lists.map((l) => (
            <tr key={`${l.kind} ${l.label}`}>
              <td className={table.wide}>
                {l.label}
                <span className={table.under}>
                  <span className={css.ranges}>
                    {l.firstRanges.slice(0, 4).join(", ")}
                    {l.ranges > 4 && `, and ${(l.ranges - 4).toLocaleString("en")} more`}
                  </span>
                </span>
              </td>
              <td>
                <Badge filled={false} word={word(kinds, l.kind)} />
              </td>
              <td className={table.number} data-label="Ranges">
                {l.ranges.toLocaleString("en")}
              </td>
              <td data-label="Imported">
                <When at={l.importedAt} />
              </td>
              <td data-label="By">{l.importedBy}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Learned({ list }: { list: LearnedEgress[] }) {
  return (
    <div className={table.frame}>
      <table className={table.table}>
        <caption className="hidden">Learned ways out</caption>
        <thead>
          <tr>
            <th scope="col" className={table.wide}>
              Network
            </th>
            <th scope="col">Laptops</th>
            <th scope="col">Routers</th>
            <th scope="col">Seen</th>
            <th scope="col">Address</th>
          </tr>
        </thead>
        <tbody>
          {list.map((l) => (
            <tr key={l.pseudonym}>
              <td className={table.wide}>
                {l.networkName || networkClass(l.networkClass) || "A network of which nothing is known"}
                <span className={table.under}>{reasons[l.because] ?? l.because}</span>
              </td>
              <td className="num" data-label="Laptops">
                {l.devices.toLocaleString("en")}
              </td>
              <td className="num" data-label="Routers">
                {l.gateways.toLocaleString("en")}
              </td>
              <td className="num" data-label="Seen">
                {l.from === l.until ? l.from : `${l.from} to ${l.until}`}
              </td>
              <td data-label="Address">
                <code title="A keyed hash: the address itself is not kept">{l.pseudonym.slice(0, 14)}…</code>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      <p className="hidden">{counted(list.length, "address")}</p>
    </div>
  );
}
