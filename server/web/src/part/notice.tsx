import { Button } from "@mantine/core";
import type { ReactNode } from "react";
import { sentence } from "../api";
import { Icon, type Shape } from "./icon";
import css from "./notice.module.css";

/** Empty is what a screen says when it has nothing to show: why, and what to do next. */
export function Empty({ title, children, shape = "calm" }: { title: string; children?: ReactNode; shape?: Shape }) {
  return (
    <div className={css.empty}>
      <span className={css.sign}>
        <Icon shape={shape} size={26} />
      </span>
      <h2>{title}</h2>
      {children}
    </div>
  );
}

/** Problem says what went wrong and offers to try again. */
export function Problem({ error, what, again }: { error: unknown; what: string; again?: () => void }) {
  return (
    <div role="alert" className={css.problem}>
      <Icon shape="medium" size={16} />
      <div>
        <strong>{what}</strong> {sentence(error)}
      </div>
      {again && <Button onClick={again}>Try again</Button>}
    </div>
  );
}

/** Waiting keeps a quiet place; it says what it waits for only to those who listen. */
export function Waiting({ what }: { what: string }) {
  return (
    <div className={css.waiting} role="status">
      <span className="hidden">Loading {what}</span>
    </div>
  );
}
