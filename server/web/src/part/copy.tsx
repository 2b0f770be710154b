import { Button } from "@mantine/core";
import { useState } from "react";
import { Icon } from "./icon";

/** Copy puts text on the clipboard and says so. */
export function Copy({ text, label = "Copy" }: { text: string; label?: string }) {
  const [said, setSaid] = useState("");
  const copy = async () => {
    setSaid((await toClipboard(text)) ? "Copied" : "Select the text and copy it by hand");
    setTimeout(() => setSaid(""), 2500);
  };
  return (
    <Button size="compact-xs" leftSection={<Icon shape={said === "Copied" ? "tick" : "copy"} size={12} />} onClick={() => void copy()}>
      <span aria-live="polite">{said || label}</span>
    </Button>
  );
}

/** toClipboard works on plain HTTP as well, where browsers hide the clipboard API. */
async function toClipboard(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const area = document.createElement("textarea");
    area.value = text;
    area.className = "hidden";
    document.body.append(area);
    area.select();
    const done = document.execCommand("copy");
    area.remove();
    return done;
  }
}
