import { useRef, useState, type RefObject } from "react";

/** Cursor is the row that keys act on; moving it moves the focus to that row's link. */
export interface Cursor {
  at: number;
  body: RefObject<HTMLTableSectionElement | null>;
  set: (row: number) => void;
  next: () => void;
  previous: () => void;
}

/** useCursor starts at no row, or where the reader was before. */
export function useCursor(rows: number, before: () => number = () => -1): Cursor {
  const [row, setRow] = useState(before);
  const body = useRef<HTMLTableSectionElement>(null);
  const at = Math.min(row, rows - 1);
  const move = (to: number) => {
    const bounded = Math.max(0, Math.min(rows - 1, to));
    setRow(bounded);
    const link = body.current?.querySelectorAll<HTMLElement>("[data-row]")[bounded];
    link?.focus();
    link?.scrollIntoView({ block: "nearest" });
  };
  return { at, body, set: setRow, next: () => move(at + 1), previous: () => move(at - 1) };
}
