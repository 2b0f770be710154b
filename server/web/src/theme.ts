import { createTheme, type CSSVariablesResolver, type MantineColorsTuple } from "@mantine/core";

// Mantine's greys for dark schemes, turned towards the blue of ours.
const dark: MantineColorsTuple = [
  "#e2e8ee", "#c3cdd7", "#98a5b3", "#66737f", "#3a4753", "#2b3640", "#1b242d", "#141b22", "#0d1217", "#090d11",
];

const accent: MantineColorsTuple = [
  "#eaf3fb", "#d2e5f5", "#a6cbea", "#77afde", "#5097d3", "#3384c9", "#1b72ba", "#0f5f9f", "#0c4f85", "#083f6c",
];

/** theme: small, quiet, one accent; sizes for people who look at it all day. */
export const theme = createTheme({
  primaryColor: "accent",
  primaryShade: { light: 7, dark: 6 },
  colors: { accent, dark },
  fontFamily: "'Inter Variable', system-ui, -apple-system, 'Segoe UI', sans-serif",
  fontFamilyMonospace: "'JetBrains Mono Variable', ui-monospace, 'SF Mono', Menlo, Consolas, monospace",
  fontSizes: { xs: "12px", sm: "13px", md: "14px", lg: "16px", xl: "20px" },
  defaultRadius: 5,
  respectReducedMotion: true,
  components: {
    InputWrapper: { styles: { label: { fontSize: 13 }, description: { fontSize: 12 } } },
    Switch: { styles: { label: { fontSize: 13 }, description: { fontSize: 12 } } },
    SegmentedControl: { styles: { label: { paddingInline: 10 } } },
    Kbd: { styles: { root: { fontSize: 11, paddingBlock: 0 } } },
    Button: { defaultProps: { size: "xs", variant: "default" } },
    ActionIcon: { defaultProps: { size: 28, variant: "subtle", color: "gray" } },
    TextInput: { defaultProps: { size: "xs" } },
    NativeSelect: { defaultProps: { size: "xs" } },
    Textarea: { defaultProps: { size: "xs" } },
    Tooltip: { defaultProps: { openDelay: 350, withArrow: true, multiline: true, maw: 320, events: { hover: true, focus: true, touch: true } } },
    Modal: { defaultProps: { radius: 8, closeButtonProps: { "aria-label": "Leave this dialog" }, overlayProps: { backgroundOpacity: 0.5 }, transitionProps: { duration: 80 } } },
  },
});

/** cssVariables hands our own ground and ink colours (src/style.css) to Mantine's parts. */
export const cssVariables: CSSVariablesResolver = () => {
  const ours = {
    "--mantine-color-body": "var(--surface)",
    "--mantine-color-text": "var(--ink)",
    "--mantine-color-dimmed": "var(--ink-soft)",
    "--mantine-color-placeholder": "var(--ink-soft)",
    "--mantine-color-default": "var(--surface)",
    "--mantine-color-default-hover": "var(--hover)",
    "--mantine-color-default-color": "var(--ink)",
    "--mantine-color-default-border": "var(--edge-strong)",
    "--mantine-color-error": "var(--high)",
    "--mantine-color-anchor": "var(--accent)",
  };
  return { variables: {}, light: ours, dark: ours };
};
