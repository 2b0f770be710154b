import type { Assessment, Scale } from "../gen/farmwatch/console/v1/console_pb";
import { conclusions, word } from "../words";
import { LedgerPanel } from "./ledger";
import { When } from "./when";
import css from "./assessment.module.css";

/** AssessmentPanel shows one conclusion: how its score comes about, how sure that is, and what nobody looked at. */
export function AssessmentPanel({ of: a, scale }: { of: Assessment; scale: Scale | undefined }) {
  return (
    <LedgerPanel title={word(conclusions, a.conclusion).text} score={a.score} level={a.level} ledger={a.ledger} scale={scale} plain={a.subject?.kind === "site"}>
      <Sure of={a} />
      {a.score > 0 && <Meaning of={a} />}
      {a.unseen.length > 0 && (
        <details className={css.more}>
          <summary>What farmwatch can never see</summary>
          <Lines of={a.unseen} />
        </details>
      )}
      {a.score > 0 && a.nextStep && (
        <div className={css.next}>
          <h3 className={css.title}>Next step</h3>
          <p>{a.nextStep}</p>
        </div>
      )}
    </LedgerPanel>
  );
}

/** Sure says how sure a conclusion is, since when it holds, and what could not be looked at. */
export function Sure({ of: a, begins = "" }: { of: Assessment; begins?: string }) {
  return (
    <>
      <p className={css.sure}>
        {begins}
        {a.confidence && <>{sureness(a)} </>}
        This level holds since <When at={a.since} how="both" />.
      </p>
      {a.missing.length > 0 && (
        <div className={css.missing} data-blind>
          <h3 className={css.title}>Could not be looked at, or was not imported</h3>
          <Lines of={a.missing} />
        </div>
      )}
    </>
  );
}

/** sureness says what a confidence means here; it is about the evidence and never about the person. */
export function sureness(a: Pick<Assessment, "confidence" | "missing" | "score">): string {
  const because = a.missing.length > 0 ? ", since something could not be looked at or was not imported" : "";
  switch (a.confidence) {
    case "high":
      return "Confidence is high.";
    case "medium":
      return `Confidence is medium${because}.`;
    default:
      return `Confidence is ${a.confidence}${because}.`;
  }
}

function Meaning({ of: a }: { of: Assessment }) {
  const lines = [
    ["What it means", a.why],
    ["What else explains it", a.alternatives],
    ["What would change it", a.change],
  ] as const;
  if (lines.every(([, text]) => !text)) return null;
  return (
    <details className={css.more}>
      <summary>What it means, and what else explains it</summary>
      {lines.map(([title, text]) =>
        text ? (
          <div key={title}>
            <h3 className={css.title}>{title}</h3>
            <p>{text}</p>
          </div>
        ) : null,
      )}
    </details>
  );
}

function Lines({ of }: { of: string[] }) {
  return (
    <ul className={css.list}>
      {of.map((line) => (
        <li key={line}>{line}</li>
      ))}
    </ul>
  );
}
