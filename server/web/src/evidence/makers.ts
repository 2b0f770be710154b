// Who stands behind the numbers met most often: USB vendor ids and the
// three-letter manufacturer ids of EDIDs. An unknown one is shown as it is.

const usb: Record<string, string> = {
  "03f0": "HP", "0403": "FTDI", "0424": "Microchip (hubs)", "045e": "Microsoft", "046d": "Logitech", "0483": "STMicroelectronics", "04b4": "Cypress",
  "04d9": "Holtek", "04e8": "Samsung", "04f2": "Chicony", "0525": "Netchip (Linux gadget)", "0557": "ATEN", "05ac": "Apple", "05e3": "Genesys Logic",
  "0627": "QEMU", "0781": "SanDisk", "0951": "Kingston", "0b95": "ASIX", "0bda": "Realtek", "1050": "Yubico", "1209": "pid.codes (open hardware)",
  "17ef": "Lenovo", "17e9": "DisplayLink", "18d1": "Google", "1a40": "Terminus (hubs)", "1a86": "WCH", "1d6b": "Linux Foundation (the kernel's own number)",
  "1fc9": "NXP", "2109": "VIA Labs", "2341": "Arduino", "2e8a": "Raspberry Pi", "345f": "MacroSilicon", "413c": "Dell", "534d": "MacroSilicon", "8087": "Intel",
  "feed": "Hobby firmware (QMK)",
};

const edid: Record<string, string> = {
  AAC: "AcerView", ACI: "ASUS", ACR: "Acer", AOC: "AOC", APP: "Apple", AUO: "AU Optronics", AUS: "ASUS", BNQ: "BenQ", BOE: "BOE", CMN: "Innolux",
  DEL: "Dell", EIZ: "Eizo", ENC: "Eizo", GSM: "LG", HPN: "HP", HWP: "HP", IVM: "Iiyama", IVO: "InfoVision", LEN: "Lenovo", LGD: "LG Display",
  LNX: "Linux (made up, not a monitor maker)", MSI: "MSI", NEC: "NEC", PHL: "Philips", RHT: "Red Hat (virtual)", SAM: "Samsung", SDC: "Samsung Display",
  SHP: "Sharp", SNY: "Sony", VIZ: "Vizio", VSC: "ViewSonic",
};

export function usbVendor(id: string): string {
  return usb[id.toLowerCase()] ?? id;
}

export function displayMaker(id: string): string {
  return edid[id.toUpperCase()] ?? id;
}
