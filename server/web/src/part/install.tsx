import { Button } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useApi } from "../api";
import { useIsAdmin, useSession } from "../session";
import { Copy } from "./copy";
import { Problem } from "./notice";
import { When } from "./when";
import css from "./install.module.css";

const day = 86_400n;

/** Install makes a fresh enrolment token and shows the exact line to run on a laptop. */
export function Install() {
  const api = useApi();
  const server = useSession().data?.installServer;
  const admin = useIsAdmin();
  const make = useMutation({
    mutationFn: () => api.tokens.createToken({ description: "made in the console", uses: 1, ttlSeconds: day }),
  });
  if (!admin) {
    return <p>An admin makes the token that a laptop enrols with: here, or by <code>farmwatch-server token create</code>.</p>;
  }
  const made = make.data;
  return (
    <div className={css.install}>
      {made ? (
        <>
          <pre className={css.line} tabIndex={0} aria-label="Install line">
            {made.installLine}
          </pre>
          <div className={css.foot}>
            <Copy text={made.installLine} label="Copy the line" />
            <span className="soft">
              Run it as root on the laptop. Good for {made.token?.usesTotal === 1 ? "one laptop" : `${made.token?.usesTotal} laptops`}, until{" "}
              <When at={made.token?.expiresAt} how="utc" />. Shown only this once.
            </span>
          </div>
        </>
      ) : (
        <p className="soft">
          Install the agent's package on a laptop; it enrols with a one-time token{server ? <> at <code>{server}</code></> : null}.
        </p>
      )}
      <div>
        <Button variant={made ? "default" : "filled"} loading={make.isPending} onClick={() => make.mutate()}>
          {made ? "Make another token" : "Make a token and show the install line"}
        </Button>
      </div>
      {make.error && <Problem error={make.error} what="No token was made." />}
    </div>
  );
}
