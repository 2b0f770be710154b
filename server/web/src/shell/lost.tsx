import { Button } from "@mantine/core";
import { Link, useRouteError } from "react-router";
import { Empty } from "../part/notice";

/** Lost is shown for an address that leads nowhere, and when a screen broke. */
export function Lost() {
  const error = useRouteError();
  return (
    <main>
      <Empty title={error ? "This screen broke" : "There is nothing at this address"} shape="medium">
        <p>
          {error
            ? "Loading it again usually helps. If the server was updated meanwhile, the old screen can no longer be fetched."
            : "The link may be incomplete."}
        </p>
        {error instanceof Error && <code>{error.message}</code>}
        <div>
          {error ? <Button onClick={() => window.location.reload()}>Load again</Button> : <Button component={Link} to="/alerts">To the alerts</Button>}
        </div>
      </Empty>
    </main>
  );
}
