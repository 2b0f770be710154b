import yaml from "../../../../proto/catalogue/classes.yaml?raw";
import collector from "../../../../proto/catalogue/collector.yaml?raw";

/** ClassAbout is what the sensors say of a class of observations and of its columns. */
interface ClassAbout {
  about: string;
  columns: Record<string, string>;
}

/**
 * readClasses reads the sensors' own generated description (`make generate`).
 * The file is regular, two spaces a level and one key a line, so no YAML
 * library has to come along; a test reads the real file.
 */
export function readClasses(text: string): Record<string, ClassAbout> {
  const classes: Record<string, ClassAbout> = {};
  let at: ClassAbout | undefined;
  let column = "";
  for (const row of text.split("\n")) {
    const [, indent = "", key = "", value = ""] = /^( *)([a-z_0-9]+): ?(.*)$/.exec(row) ?? [];
    if (!key) continue;
    if (indent.length === 0) at = classes[key] = { about: "", columns: {} };
    else if (indent.length === 2 && key === "about" && at) at.about = unquoted(value);
    else if (indent.length === 4) column = key;
    else if (indent.length === 6 && key === "about" && at) at.columns[column] = unquoted(value);
  }
  return classes;
}

function unquoted(value: string): string {
  if (value.startsWith("'")) return value.slice(1, -1).replaceAll("''", "'");
  return value.startsWith('"') ? (JSON.parse(value) as string) : value;
}

// What the collector works out stands beside what sensors see.
const classes = { ...readClasses(yaml), ...readClasses(collector) };

/** aboutClass says what a class looks at, and what for. */
export function aboutClass(name: string): string | undefined {
  return classes[name]?.about;
}

/** aboutColumn says what a column holds. */
export function aboutColumn(name: string, column: string): string | undefined {
  return classes[name]?.columns[column];
}
