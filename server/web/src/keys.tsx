import { createContext, useCallback, useContext, useEffect, useMemo, useRef, useState, type ReactNode } from "react";

/** Binding is one key, or two one after the other ("g a"), and what it does in words. */
export interface Binding {
  keys: string;
  words: string;
  run: () => void;
}

interface Keyboard {
  on: boolean;
  setOn: (on: boolean) => void;
  bindings: () => Binding[];
  add: (bindings: () => Binding[]) => () => void;
}

const KeyboardContext = createContext<Keyboard | null>(null);
const stored = "farmwatch.keys";
const sequenceTime = 1200; // ms between the two keys of a sequence

/** isTyping says whether a key belongs to where the focus is and not to the page. */
export function isTyping(e: KeyboardEvent): boolean {
  if (e.ctrlKey || e.metaKey || e.altKey || e.isComposing) return true;
  const at = e.target instanceof HTMLElement ? e.target : null;
  if (!at) return false;
  if (at.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(at.tagName)) return true;
  if (at.closest("[role=dialog], [role=menu]")) return true;
  return e.key === "Enter" && /^(A|BUTTON|SUMMARY)$/.test(at.tagName);
}

/** press finds what a key does, given the key pressed just before it. */
export function press(bindings: Binding[], before: string, key: string): Binding | undefined {
  return bindings.find((b) => b.keys === `${before} ${key}`) ?? bindings.find((b) => b.keys === key);
}

export function KeyboardProvider({ children }: { children: ReactNode }) {
  const [on, setOnState] = useState(() => localStorage.getItem(stored) !== "off");
  const sets = useRef(new Set<() => Binding[]>());
  const bindings = useCallback(() => [...sets.current].reverse().flatMap((set) => set()), []);
  const add = useCallback((set: () => Binding[]) => {
    sets.current.add(set);
    return () => void sets.current.delete(set);
  }, []);
  const setOn = useCallback((now: boolean) => {
    localStorage.setItem(stored, now ? "on" : "off");
    setOnState(now);
  }, []);
  useEffect(() => {
    if (!on) return;
    let before = "";
    let at = 0;
    const listen = (e: KeyboardEvent) => {
      if (e.defaultPrevented || isTyping(e) || document.querySelector("[role=dialog]")) return;
      const binding = press(bindings(), e.timeStamp - at < sequenceTime ? before : "", e.key);
      before = e.key;
      at = e.timeStamp;
      if (!binding) return;
      e.preventDefault();
      before = "";
      binding.run();
    };
    window.addEventListener("keydown", listen);
    return () => window.removeEventListener("keydown", listen);
  }, [on, bindings]);
  const keyboard = useMemo(() => ({ on, setOn, bindings, add }), [on, setOn, bindings, add]);
  return <KeyboardContext value={keyboard}>{children}</KeyboardContext>;
}

export function useKeyboard(): Keyboard {
  const keyboard = useContext(KeyboardContext);
  if (!keyboard) throw new Error("useKeyboard is used outside KeyboardProvider");
  return keyboard;
}

/** useKeys binds keys for as long as the component is there; a later component goes first. */
export function useKeys(bindings: Binding[]): void {
  const { add } = useKeyboard();
  const latest = useRef(bindings);
  useEffect(() => {
    latest.current = bindings;
  });
  useEffect(() => add(() => latest.current), [add]);
}
