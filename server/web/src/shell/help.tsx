import { Kbd, Modal, Switch } from "@mantine/core";
import { useKeyboard, type Binding } from "../keys";
import css from "./shell.module.css";

/** Help lists the keys that do something on the screen behind it. */
export function Help({ opened, onClose }: { opened: boolean; onClose: () => void }) {
  const { on, setOn, bindings } = useKeyboard();
  return (
    <Modal opened={opened} onClose={onClose} title="Keys on this screen" size="md">
      <table className={css.keys}>
        <tbody>
          {grouped(opened ? bindings() : []).map(([words, keys]) => (
            <tr key={words}>
              <td>
                {keys.map((k, i) => (
                  <span key={k}>
                    {i > 0 && " or "}
                    {k.split(" ").map((part) => (
                      <Kbd key={part} size="xs" mr={3}>
                        {part === "Escape" ? "Esc" : part}
                      </Kbd>
                    ))}
                  </span>
                ))}
              </td>
              <td>{words}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <div className={css.foot}>
        <Switch
          size="xs"
          checked={on}
          onChange={(e) => setOn(e.currentTarget.checked)}
          label="Single keys do something"
          description="Everything they do is also a button. Keys typed into a field never count."
        />
      </div>
    </Modal>
  );
}

/** grouped puts keys that do the same on one line. */
function grouped(bindings: Binding[]): [string, string[]][] {
  const lines = new Map<string, string[]>();
  for (const b of bindings) {
    const keys = lines.get(b.words) ?? [];
    if (!keys.includes(b.keys)) lines.set(b.words, [...keys, b.keys]);
  }
  return [...lines];
}
