import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef } from "react";
import { useLocation, useNavigate, useSearchParams } from "react-router";
import { sentence, useApi } from "../api";
import { Icon } from "../part/icon";
import { safeNext } from "../session";
import css from "./signin.module.css";

/** codeFrom reads the one-time code behind the #, where browsers send it to nobody. */
export function codeFrom(hash: string): string {
  return new URLSearchParams(hash.replace(/^#/, "")).get("code") ?? "";
}

export function Component() {
  const api = useApi();
  const client = useQueryClient();
  const navigate = useNavigate();
  const [params] = useSearchParams();
  const at = useLocation();
  const spent = useRef("");
  const next = safeNext(params.get("next"));
  const signIn = useMutation({
    mutationFn: (code: string) => api.session.signIn({ code }),
    onSuccess: async () => {
      await client.resetQueries({ queryKey: ["session"] });
      void navigate(next, { replace: true });
    },
  });
  const { mutate } = signIn;
  useEffect(() => {
    const code = codeFrom(at.hash);
    if (!code || spent.current === code) return;
    spent.current = code; // good once, even where effects run twice
    void navigate({ search: at.search }, { replace: true }); // the code does not stay in the history
    mutate(code);
  }, [at, mutate, navigate]);
  return (
    <main className={css.page}>
      <div className={css.card}>
        <h1 className={css.name}>
          <img src="/favicon.svg" alt="" width={28} height={28} /> farmwatch
        </h1>
        {signIn.isPending || signIn.isSuccess ? <p role="status">Signing you in …</p> : <Explain error={signIn.error} />}
      </div>
    </main>
  );
}

function Explain({ error }: { error: Error | null }) {
  return (
    <>
      {error && (
        <p role="alert" className={css.error}>
          <Icon shape="medium" /> {sentence(error)}
        </p>
      )}
      <h2>You need a sign-in link</h2>
      <p className="soft">
        farmwatch has no passwords. Whoever runs the server makes a link that is good once and for a short time. On the server:
      </p>
      <pre className={css.line}>farmwatch-server user create NAME --role analyst</pre>
      <p className="soft">
        Roles are <b>analyst</b> (reviews alerts), <b>auditor</b> (reads only) and <b>admin</b>. Somebody who is known already gets a new
        link by <code>farmwatch-server user link NAME</code>.
      </p>
    </>
  );
}
