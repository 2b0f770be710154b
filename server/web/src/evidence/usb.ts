// USB and HID numbers in words: USB-IF class codes and HID Usage Tables 1.5.

const classes: Record<string, string> = {
  "00": "Described per interface", "01": "Audio", "02": "Communications (modem or network)", "03": "HID (input)", "05": "Physical feedback",
  "06": "Still image (PTP)", "07": "Printer", "08": "Mass storage", "09": "Hub", "0a": "Communications, its data", "0b": "Smart card",
  "0d": "Content security", "0e": "Video", "0f": "Personal healthcare", "10": "Audio and video", "11": "Billboard", "12": "USB-C bridge",
  "dc": "Diagnostic", "e0": "Wireless controller", "ef": "Miscellaneous", "fe": "Application specific", "ff": "Vendor's own",
};

const precise: Record<string, string> = {
  "03/01/01": "HID keyboard, works before the system starts (boot protocol)",
  "03/01/02": "HID mouse, works before the system starts (boot protocol)",
  "03/00/00": "HID device, described by its report descriptor",
  "08/06/50": "Mass storage (SCSI disk or CD)",
  "08/06/62": "Mass storage (UAS)",
  "02/02/01": "Serial port (CDC ACM)",
  "02/02/00": "Serial port (CDC ACM)",
  "02/06/00": "Network (CDC Ethernet)",
  "02/0d/00": "Network (CDC NCM)",
  "02/0e/00": "Mobile broadband (MBIM)",
  "e0/01/01": "Bluetooth",
  "e0/01/03": "Network (RNDIS)",
  "ef/04/01": "Network (RNDIS)",
  "01/01/00": "Audio, its control",
  "01/02/00": "Audio, its stream",
  "0e/01/00": "Video, its control",
  "0e/02/00": "Video, its stream",
  "06/01/01": "Still image or phone files (PTP, MTP)",
  "ff/42/01": "Android debugging (ADB)",
};

/** usbInterface says what one interface is, from "class/subclass/protocol" in hexadecimal. */
export function usbInterface(triple: string): string {
  const t = triple.toLowerCase();
  return precise[t] ?? usbClass(t.slice(0, 2));
}

/** usbClass says what a class code stands for. */
export function usbClass(code: string): string {
  return classes[code.toLowerCase()] ?? `Class ${code}`;
}

const pages: Record<string, string> = {
  "01": "Desktop control", "02": "Simulation", "05": "Game control", "06": "Generic device control", "07": "Keyboard keys", "08": "LEDs",
  "09": "Buttons", "0b": "Telephony", "0c": "Media keys", "0d": "Touch or pen", "0e": "Haptics", "14": "Auxiliary display", "20": "Sensor",
  "40": "Medical", "41": "Braille display", "59": "Lights", "84": "Power device (UPS)", "85": "Battery", "8c": "Barcode scanner", "8d": "Scales",
  "8e": "Card reader", "8f": "Camera control", f1d0: "Security key",
};

const usages: Record<string, string> = {
  "01:01": "Pointer", "01:02": "Mouse", "01:04": "Joystick", "01:05": "Game pad", "01:06": "Keyboard", "01:07": "Keypad",
  "01:08": "Multi-axis controller", "01:0e": "System controls", "01:80": "Power keys (sleep, wake)", "0c:01": "Media keys",
  "0d:01": "Digitizer", "0d:02": "Pen", "0d:04": "Touch screen", "0d:05": "Touch pad", "f1d0:01": "Security key (FIDO)",
};

/** hidUsage says what one top-level usage is, from "page:usage" in hexadecimal. */
export function hidUsage(pair: string): string {
  const [page = "", usage = ""] = pair.toLowerCase().split(":").map((n) => n.replace(/^0+(?=..)/, ""));
  const known = usages[`${page}:${usage}`] ?? pages[page];
  if (known) return known;
  return Number.parseInt(page, 16) >= 0xff00 ? "Vendor's own" : `Usage ${pair}`;
}

/** each splits a column of several values. */
export function each(column: string): string[] {
  return column.split(/\s+/).filter(Boolean);
}
