import type { ReactNode } from "react";

// Drawn here so that the console carries two dozen lines and no icon library.
// All on a 16-pixel grid; a shape stands for one meaning everywhere.
const shapes = {
  high: <path d="M5.3 1.5h5.4l3.8 3.8v5.4l-3.8 3.8H5.3l-3.8-3.8V5.3zM8 4.5v4.2M8 11.3v.2" />,
  medium: <path d="M8 1.8 15 14H1zM8 6v4M8 12v.2" />,
  watch: <path d="M1.2 8S3.6 3.5 8 3.5 14.8 8 14.8 8 12.4 12.5 8 12.5 1.2 8 1.2 8zM8 6a2 2 0 1 1 0 4 2 2 0 0 1 0-4z" />,
  calm: <path d="M8 2a6 6 0 1 1 0 12A6 6 0 0 1 8 2zM5.2 8h5.6" />,
  good: <path d="M8 2a6 6 0 1 1 0 12A6 6 0 0 1 8 2zM5.2 8.2l2 2 3.6-4" />,
  blind: <path d="M2 2l12 12M6.5 3.7A7 7 0 0 1 8 3.5c4.4 0 6.8 4.5 6.8 4.5a12 12 0 0 1-2.1 2.6M3.9 5A12 12 0 0 0 1.2 8s2.4 4.5 6.8 4.5a7 7 0 0 0 3-.7" />,
  copy: <path d="M5.5 5.5h8v8h-8zM10.5 5.5v-3h-8v8h3" />,
  tick: <path d="m3 8.5 3.5 3.5L13 4.5" />,
  left: <path d="M10 3 5 8l5 5" />,
  right: <path d="m6 3 5 5-5 5" />,
  down: <path d="m3 6 5 5 5-5" />,
  sun: <path d="M8 5.2a2.8 2.8 0 1 1 0 5.6 2.8 2.8 0 0 1 0-5.6zM8 1v1.5M8 13.5V15M1 8h1.5M13.5 8H15M3 3l1.1 1.1M11.9 11.9 13 13M3 13l1.1-1.1M11.9 4.1 13 3" />,
  moon: <path d="M13.5 9.7A6 6 0 0 1 6.3 2.5a6 6 0 1 0 7.2 7.2z" />,
  system: <path d="M2 3h12v8H2zM5.5 14h5M8 11v3" />,
  person: <path d="M8 2.5a2.7 2.7 0 1 1 0 5.4 2.7 2.7 0 0 1 0-5.4zM2.7 14c.5-3 2.6-4.3 5.3-4.3s4.8 1.3 5.3 4.3" />,
  help: <path d="M8 2a6 6 0 1 1 0 12A6 6 0 0 1 8 2zM6.2 6.4A1.9 1.9 0 0 1 8 5c1 0 1.9.7 1.9 1.7C9.9 8 8 8.2 8 9.3M8 11.3v.2" />,
  search: <path d="M7 2.5a4.5 4.5 0 1 1 0 9 4.5 4.5 0 0 1 0-9zM10.4 10.4 14 14" />,
  comment: <path d="M2 3h12v8H7.5L4.5 13.8V11H2z" />,
  appear: <path d="M8 2a6 6 0 1 1 0 12A6 6 0 0 1 8 2zM8 5v6M5 8h6" />,
  gone: <path d="M8 2a6 6 0 1 1 0 12A6 6 0 0 1 8 2zM5.5 5.5l5 5M10.5 5.5l-5 5" />,
  step: <path d="M2 12h4V8h4V4h4" />,
  close: <path d="m3.5 3.5 9 9M12.5 3.5l-9 9" />,
  active: <path d="M8 5.8a2.2 2.2 0 1 1 0 4.4 2.2 2.2 0 0 1 0-4.4zM4 12a5.6 5.6 0 0 1 0-8M12 4a5.6 5.6 0 0 1 0 8" />,
  laptop: <path d="M3 3.5h10v7H3zM1.5 12.8h13" />,
} satisfies Record<string, ReactNode>;

export type Shape = keyof typeof shapes;

/** Icon is decoration: the words beside it carry the meaning. */
export function Icon({ shape, size = 14 }: { shape: Shape; size?: number }) {
  return (
    <svg
      viewBox="0 0 16 16"
      width={size}
      height={size}
      fill="none"
      stroke="currentColor"
      strokeWidth="1.5"
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
      focusable="false"
      style={{ flex: "none" }}
    >
      {shapes[shape]}
    </svg>
  );
}
