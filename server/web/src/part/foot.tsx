import { Button } from "@mantine/core";
import css from "../alert/moves.module.css";

/** Foot ends a dialog: what is still missing, the way out, and the deed. */
export function Foot({ missing, deed, busy, onDone }: { missing: string | false; deed: string; busy: boolean; onDone: () => void }) {
  return (
    <div className={css.foot}>
      <span role="alert">{missing}</span>
      <Button onClick={onDone}>Cancel</Button>
      <Button type="submit" variant="filled" loading={busy}>
        {deed}
      </Button>
    </div>
  );
}
