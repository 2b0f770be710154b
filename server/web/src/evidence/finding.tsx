import type { Finding } from "../gen/farmwatch/console/v1/console_pb";
import { Badge } from "../part/badge";
import { Copy } from "../part/copy";
import { DeviceLink } from "../part/device-link";
import { When } from "../part/when";
import { severities, word } from "../words";
import { ObservationView } from "./observation";
import css from "./evidence.module.css";

const severityOrder = ["critical", "high", "medium", "low", "informational"];

/** worstFirst puts what is there now before what is gone, and the more harmful before the less. */
export function worstFirst(findings: Finding[]): Finding[] {
  const rank = (f: Finding) => (f.status === "closed" ? severityOrder.length : 0) + severityOrder.indexOf(f.severity);
  return [...findings].sort((a, b) => rank(a) - rank(b));
}

/** toOpen names the findings to show in full at first: the two worst, and of the same evidence only one. */
export function toOpen(findings: Finding[]): Set<string> {
  const seen = new Set<string>();
  const open = findings.filter((f) => {
    const rests = f.evidence.map((o) => o.uid).join(" ");
    if (rests && seen.has(rests)) return false;
    seen.add(rests);
    return true;
  });
  return new Set(open.slice(0, 2).map((f) => f.uid));
}

/** FindingPanel is one claim of one rule with everything it rests on. */
export function FindingPanel({ finding: f, open = false }: { finding: Finding; open?: boolean }) {
  const gone = f.status === "closed";
  return (
    <details id={`finding-${f.uid}`} className={css.finding} open={open} data-gone={gone || undefined}>
      <summary>
        <h3>
          {f.title}
          {f.device && <span className="soft"> · {f.device.name || f.device.id}</span>}
        </h3>
        <span className={css.tags}>
          {gone ? <Badge filled={false} shape="gone" word={{ text: "Gone", tone: "calm" }} /> : <Badge filled={false} shape="active" word={{ text: "There now", tone: "plain" }} />}
          <span className="soft">
            severity {word(severities, f.severity).text.toLowerCase()}, confidence {f.confidence}
          </span>
        </span>
      </summary>
      <div className={css.body}>
        <p className={css.meta}>
          <code>{f.rule}</code>
          {f.device && (
            <span>
              on <DeviceLink subject={f.device} />
            </span>
          )}
          <span>
            {gone ? "from" : "since"} <When at={f.firstSeen} how="utc" />
          </span>
          {gone && (
            <span>
              until <When at={f.lastSeen} how="utc" />
            </span>
          )}
          <span>
            received <When at={f.receivedAt} how="utc" />
          </span>
          {f.techniques.map((t) => (
            <a key={t} href={`https://attack.mitre.org/techniques/${t.replace(".", "/")}/`} target="_blank" rel="noreferrer">
              {t}
            </a>
          ))}
        </p>
        {f.explain && <p className={css.explain}>{f.explain}</p>}
        {f.evidence.map((o, i) => (
          <ObservationView key={o.uid || i} observation={o} />
        ))}
        {f.evidence.length === 0 && <p className="soft">Nothing of this evidence may leave the device; its agent keeps it.</p>}
        {f.check && <ByHand text={f.check} />}
      </div>
    </details>
  );
}

function ByHand({ text }: { text: string }) {
  return (
    <div className={css.check}>
      <div className={css.checkHead}>
        <h4>How to check by hand</h4>
        <Copy text={text} />
      </div>
      <p>{text}</p>
    </div>
  );
}
