import { Tooltip } from "@mantine/core";
import { createContext, useContext, useEffect, useState, type ReactNode } from "react";
import type { Timestamp } from "@bufbuild/protobuf/wkt";
import { ago, dateOf, local, span, utc } from "../time";

const NowContext = createContext(new Date(0));
export const useNow = (): Date => useContext(NowContext);

/** NowProvider is the console's one clock: it ticks, and everything relative moves with it. */
export function NowProvider({ children, every = 5000 }: { children: ReactNode; every?: number }) {
  const [now, setNow] = useState(() => new Date());
  useEffect(() => {
    const timer = setInterval(() => setNow(new Date()), every);
    return () => clearInterval(timer);
  }, [every]);
  return <NowContext value={now}>{children}</NowContext>;
}

interface WhenProps {
  at: Timestamp | undefined;
  how?: "ago" | "utc" | "both" | "age";
  never?: string;
}

/** When writes a moment; hovering or focusing tells it on the server's and the reader's clock. */
export function When({ at, how = "ago", never = "never" }: WhenProps) {
  const now = useNow();
  const date = dateOf(at);
  if (!date) return <span className="soft">{never}</span>;
  const age = how === "age" ? span((now.getTime() - date.getTime()) / 1000) : ago(date, now);
  const label = (
    <>
      {utc(date)}
      <br />
      {local(date)} (yours)
    </>
  );
  return (
    <Tooltip label={label}>
      <time dateTime={date.toISOString()} className="num">
        <span className={how === "both" ? "whole first" : "whole"}>{how === "utc" ? utc(date) : age}</span>
        {how === "both" && (
          <>
            {" "}
            <span className="soft whole">{utc(date)}</span>
          </>
        )}
      </time>
    </Tooltip>
  );
}
