import { ActionIcon, Button, NativeSelect, SegmentedControl, TextInput } from "@mantine/core";
import { useEffect, useRef, useState } from "react";
import { useKeys } from "../keys";
import { Icon } from "../part/icon";
import { conclusions, levels } from "../words";
import { isUsual, usual, type Filter } from "./filter";
import css from "./alerts.module.css";

const stateChoices = [
  { value: "open", label: "Open" },
  { value: "new", label: "New" },
  { value: "in_progress", label: "In progress" },
  { value: "closed", label: "Closed" },
  { value: "any", label: "All" },
];
const levelChoices = [{ value: "any", label: "Any level" }, ...["high", "medium", "watch"].map((value) => ({ value, label: levels[value]?.text ?? value }))];
const conclusionChoices = [
  { value: "any", label: "Any conclusion" },
  ...Object.entries(conclusions).map(([value, w]) => ({ value, label: w.text })),
];

interface Props {
  filter: Filter;
  onChange: (filter: Filter) => void;
  count: string;
}

export function FilterBar({ filter, onChange, count }: Props) {
  return (
    <div role="search" className={css.bar}>
      <SegmentedControl
        size="xs"
        aria-label="State"
        value={filter.state}
        data={stateChoices}
        onChange={(state) => onChange({ ...filter, state })}
      />
      <NativeSelect aria-label="Level" value={filter.level} data={levelChoices} onChange={(e) => onChange({ ...filter, level: e.currentTarget.value })} />
      <NativeSelect
        aria-label="Conclusion"
        value={filter.conclusion}
        data={conclusionChoices}
        onChange={(e) => onChange({ ...filter, conclusion: e.currentTarget.value })}
      />
      <Words value={filter.text} onChange={(text) => onChange({ ...filter, text })} label="Words in the title or the device's name" />
      {filter.device && (
        <Button rightSection={<Icon shape="close" size={11} />} onClick={() => onChange({ ...filter, device: "" })}>
          Device {filter.device}
        </Button>
      )}
      {!isUsual(filter) && (
        <Button variant="subtle" onClick={() => onChange(usual)}>
          Clear filter
        </Button>
      )}
      <span className={css.count}>{count}</span>
    </div>
  );
}

/** Words is a field whose text goes into the address a moment after typing stops. */
export function Words({ value, onChange, label }: { value: string; onChange: (text: string) => void; label: string }) {
  const field = useRef<HTMLInputElement>(null);
  const [text, setText] = useState(value);
  const [last, setLast] = useState(value);
  if (value !== last) {
    // The address changed by other means (back, a cleared filter): follow it.
    setLast(value);
    setText(value);
  }
  const change = useRef(onChange);
  useEffect(() => {
    change.current = onChange;
  });
  useEffect(() => {
    if (text === value) return;
    const timer = setTimeout(() => {
      setLast(text); // our own change coming back must not overwrite what is typed meanwhile
      change.current(text);
    }, 250);
    return () => clearTimeout(timer);
  }, [text, value]);
  useKeys([{ keys: "/", words: "To the filter's words", run: () => field.current?.select() }]);
  return (
    <TextInput
      ref={field}
      className={css.words}
      aria-label={label}
      placeholder={label}
      value={text}
      leftSection={<Icon shape="search" size={13} />}
      rightSection={
        text ? (
          <ActionIcon size={20} aria-label="Clear the words" onClick={() => setText("")}>
            <Icon shape="close" size={11} />
          </ActionIcon>
        ) : null
      }
      onChange={(e) => setText(e.currentTarget.value)}
      onKeyDown={(e) => e.key === "Escape" && e.currentTarget.blur()}
    />
  );
}
