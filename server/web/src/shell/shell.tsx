import { useDisclosure } from "@mantine/hooks";
import { useState } from "react";
import { Navigate, Outlet, useLocation, useNavigate } from "react-router";
import { useKeys } from "../keys";
import { LiveContext, useFollow } from "../live";
import { Problem, Waiting } from "../part/notice";
import { useSession } from "../session";
import { Header } from "./header";
import { Help } from "./help";
import css from "./shell.module.css";

/** Shell is what every screen stands in; it lets nobody in who is not signed in. */
export function Shell() {
  const session = useSession();
  const at = useLocation();
  if (session.data === null) {
    return <Navigate to={`/sign-in?next=${encodeURIComponent(at.pathname + at.search)}`} replace />;
  }
  if (session.isPending) return <Waiting what="the console" />;
  if (session.error && !session.data) {
    return (
      <main className={css.alone}>
        <Problem error={session.error} what="The console cannot open." again={() => void session.refetch()} />
      </main>
    );
  }
  return <SignedIn />;
}

function SignedIn() {
  const live = useFollow();
  const navigate = useNavigate();
  const [help, helping] = useDisclosure(false);
  const [, redraw] = useState(0);
  const openHelp = () => {
    redraw((n) => n + 1); // the list of keys is read when it opens
    helping.open();
  };
  useKeys([
    { keys: "g a", words: "Go to alerts", run: () => void navigate("/alerts") },
    { keys: "g d", words: "Go to devices", run: () => void navigate("/devices") },
    { keys: "g p", words: "Go to sites (places)", run: () => void navigate("/sites") },
    { keys: "g s", words: "Go to sanctions", run: () => void navigate("/sanctions") },
    { keys: "g w", words: "Go to ways out", run: () => void navigate("/egress") },
    { keys: "?", words: "This help", run: openHelp },
  ]);
  return (
    <LiveContext value={live}>
      <a href="#main" className={css.skip}>
        Skip to the content
      </a>
      <Header onHelp={openHelp} />
      <main id="main" className={css.main} tabIndex={-1}>
        <Outlet />
      </main>
      <Help opened={help} onClose={helping.close} />
    </LiveContext>
  );
}
