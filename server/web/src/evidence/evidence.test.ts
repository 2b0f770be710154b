import { create } from "@bufbuild/protobuf";
import { expect, test } from "vitest";
import { FindingSchema } from "../gen/farmwatch/console/v1/console_pb";
import { toOpen } from "./finding";
import { classTitle, headline, lines, raw } from "./columns";
import { readFileSync } from "node:fs";
import { aboutClass, aboutColumn, readClasses } from "./classes";
import { hidUsage, usbInterface } from "./usb";

test.each([
  ["03/01/01", "HID keyboard, works before the system starts (boot protocol)"], ["08/06/50", "Mass storage (SCSI disk or CD)"],
  ["02/0D/00", "Network (CDC NCM)"], ["0b/00/00", "Smart card"], ["77/00/00", "Class 77"],
])("interface %s is %s", (triple, text) => expect(usbInterface(triple)).toBe(text));

test.each([
  ["01:06", "Keyboard"], ["0001:0002", "Mouse"], ["0d:77", "Touch or pen"], ["ff00:01", "Vendor's own"], ["f1d0:01", "Security key (FIDO)"], ["77:01", "Usage 77:01"],
])("usage %s is %s", (pair, text) => expect(hidUsage(pair)).toBe(text));

test("an observation reads in words, what matters first and a plain no last", () => {
  const read = lines("usb_devices", { has_audio: "false", speed_mbps: "480", product: "Thing", interfaces: "03/01/01 08/06/50", vendor_id: "abcd" });
  expect(read.map((l) => l.column)).toEqual(["product", "vendor_id", "interfaces", "speed_mbps", "has_audio"]);
  expect(read[2]).toEqual({
    column: "interfaces", label: "Interfaces", raw: "03/01/01 08/06/50",
    value: ["HID keyboard, works before the system starts (boot protocol)", "Mass storage (SCSI disk or CD)"],
  });
  expect(read[3]).toEqual({ column: "speed_mbps", label: "Speed", value: ["480 Mbit/s"] });
  expect(read[4]?.value).toEqual(["No"]);
});

test("EDID fields read in words", () => {
  const read = lines("connected_displays", { preferred_mode: "1920x1080@60.00", manufacturer_id: "LNX", has_serial: "true" });
  expect(Object.fromEntries(read.map((l) => [l.label, l.value[0]]))).toEqual({
    Manufacturer: "Linux (made up, not a monitor maker)", "Preferred mode": "1920 × 1080 at 60.00 Hz", "Has a serial": "Yes",
  });
});

test("a class and columns of tomorrow are shown all the same", () => {
  expect(lines("brand_new", { some_column: "x" })).toEqual([{ column: "some_column", label: "Some column", value: ["x"] }]);
  expect(classTitle("brand_new")).toBe("Brand new");
  expect(headline({})).toBe("no columns");
});

test("raw is JSON with columns in order, whatever they hold", () => {
  const hostile = { class: "usb_devices", uid: "u", columns: { product: '"><script>', manufacturer: "\u0000\u202e" } };
  expect(JSON.parse(raw(hostile))).toEqual(hostile);
  expect(raw(hostile).indexOf("manufacturer")).toBeLessThan(raw(hostile).indexOf("product"));
});

test("the sensors' own description is read whole", () => {
  const text = readFileSync("../../proto/catalogue/classes.yaml", "utf8");
  const classes = Object.values(readClasses(text));
  const abouts = classes.flatMap((c) => [c.about, ...Object.values(c.columns)]);
  expect(abouts).toHaveLength(text.match(/^ +about: /gm)?.length ?? 0);
  expect(abouts.filter((a) => a === "" || /^['"|>]/.test(a))).toEqual([]);
  expect(aboutClass("usb_devices")).toMatch(/USB/);
  expect(aboutColumn("listening_ports", "port")).toBe("port number");
  expect(aboutColumn("brand_new", "x")).toBeUndefined();
});

test.each(["usb_devices", "connected_displays", "processes", "listening_ports", "logged_in_users", "network_interfaces"])(
  "%s is a class the sensors still have",
  (name) => expect(aboutClass(name)).toBeTruthy(),
);

test("the two worst findings are open at first, and of one evidence only one", () => {
  const claim = (uid: string, ...rests: string[]) => create(FindingSchema, { uid, evidence: rests.map((r) => ({ uid: r })) });
  expect([...toOpen([claim("a", "usb"), claim("b", "usb"), claim("c", "usb", "display"), claim("d")])]).toEqual(["a", "c"]);
  expect([...toOpen([claim("a"), claim("b")])]).toEqual(["a", "b"]);
});
