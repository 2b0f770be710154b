//go:build linux

package main

// Items of a HID report descriptor (HID 1.11, section 6.2.2), without their lengths.
const (
	input         = 0x80
	output        = 0x90
	collection    = 0xa0
	endCollection = 0xc0
	usagePage     = 0x04
	logicalMin    = 0x14
	logicalMax    = 0x24
	reportSize    = 0x74
	reportCount   = 0x94
	usage         = 0x08
	usageMin      = 0x18
	usageMax      = 0x28

	wide = 0x100 // the value is written in two bytes, whether it needs them or not
)

// report writes a descriptor from pairs of an item and its value.
func report(pairs ...int) []byte {
	var b []byte
	for i := 0; i < len(pairs); i += 2 {
		item, value := pairs[i], pairs[i+1]
		switch {
		case item == endCollection:
			b = append(b, endCollection)
		case item&wide != 0:
			b = append(b, byte(item)|2, byte(value), byte(value>>8))
		default:
			b = append(b, byte(item)|1, byte(value))
		}
	}
	return b
}

// kvmdKeyboard is the boot keyboard of HID 1.11, appendix B, with the key range
// written as kvmd f14596e writes it: 0 to 255 in two bytes.
func kvmdKeyboard() []byte {
	return report(usagePage, 1, usage, 6, collection, 1,
		usagePage, 7, usageMin, 0xe0, usageMax, 0xe7, logicalMin, 0, logicalMax, 1, reportSize, 1, reportCount, 8, input, 2,
		reportCount, 1, reportSize, 8, input, 1,
		reportCount, 5, reportSize, 1, usagePage, 8, usageMin, 1, usageMax, 5, output, 2,
		reportCount, 1, reportSize, 3, output, 1,
		reportCount, 6, reportSize, 8, logicalMin, 0, wide|logicalMax, 255, usagePage, 7, usageMin, 0, wide|usageMax, 255, input, 0,
		endCollection, 0)
}

// kvmdMouse is a mouse of eight buttons and two wheels as kvmd f14596e
// describes it: one that jumps to positions, or one that moves.
func kvmdMouse(absolute bool) []byte {
	b := report(usagePage, 1, usage, 2, collection, 1, usage, 1, collection, 0,
		usagePage, 9, usageMin, 1, usageMax, 8, logicalMin, 0, logicalMax, 1, reportCount, 8, reportSize, 1, input, 2,
		usagePage, 1, usage, 0x30, usage, 0x31)
	if absolute {
		b = append(b, report(wide|logicalMin, 0, wide|logicalMax, 0x7fff, reportSize, 16, reportCount, 2, input, 2,
			usage, 0x38, logicalMin, -127, logicalMax, 127, reportSize, 8, reportCount, 1, input, 6)...)
	} else {
		b = append(b, report(usage, 0x38, logicalMin, -127, logicalMax, 127, reportSize, 8, reportCount, 3, input, 6)...)
	}
	return append(b, report(usagePage, 12, wide|usage, 0x238, logicalMin, -127, logicalMax, 127, reportSize, 8, reportCount, 1, input, 6,
		endCollection, 0, endCollection, 0)...)
}

// plainKeyboard is the boot keyboard of HID 1.11, appendix B, to the letter.
func plainKeyboard() []byte {
	return report(usagePage, 1, usage, 6, collection, 1,
		usagePage, 7, usageMin, 0xe0, usageMax, 0xe7, logicalMin, 0, logicalMax, 1, reportSize, 1, reportCount, 8, input, 2,
		reportCount, 1, reportSize, 8, input, 1,
		reportCount, 5, reportSize, 1, usagePage, 8, usageMin, 1, usageMax, 5, output, 2,
		reportCount, 1, reportSize, 3, output, 1,
		reportCount, 6, reportSize, 8, logicalMin, 0, logicalMax, 101, usagePage, 7, usageMin, 0, usageMax, 101, input, 0,
		endCollection, 0)
}

// plainMouse is the boot mouse of HID 1.11, appendix B, with a wheel.
func plainMouse() []byte {
	return report(usagePage, 1, usage, 2, collection, 1, usage, 1, collection, 0,
		usagePage, 9, usageMin, 1, usageMax, 3, logicalMin, 0, logicalMax, 1, reportCount, 3, reportSize, 1, input, 2,
		reportCount, 1, reportSize, 5, input, 1,
		usagePage, 1, usage, 0x30, usage, 0x31, usage, 0x38, logicalMin, -127, logicalMax, 127, reportSize, 8, reportCount, 3, input, 6,
		endCollection, 0, endCollection, 0)
}

// tinypilotKeyboard has its lights first and its keys up to 145, as tinypilot 79974fb8 describes it.
func tinypilotKeyboard() []byte {
	return report(usagePage, 1, usage, 6, collection, 1,
		usagePage, 8, usageMin, 1, usageMax, 3, logicalMin, 0, logicalMax, 1, reportSize, 1, reportCount, 3, output, 2,
		usage, 0x4b, reportCount, 1, output, 2, reportCount, 4, output, 1,
		usagePage, 7, usageMin, 0xe0, usageMax, 0xe7, reportCount, 8, input, 2,
		reportSize, 8, reportCount, 1, input, 1,
		usageMin, 0, usageMax, 145, wide|logicalMax, 255, reportCount, 6, input, 0, endCollection, 0)
}

// tinypilotMouse jumps to positions and has two wheels, without an inner collection.
func tinypilotMouse() []byte {
	return report(usagePage, 1, usage, 2, collection, 1,
		usagePage, 9, usageMin, 1, usageMax, 8, logicalMin, 0, logicalMax, 1, reportCount, 8, reportSize, 1, input, 2,
		usagePage, 1, usage, 0x30, usage, 0x31, wide|logicalMin, 0, wide|logicalMax, 0x7fff, reportSize, 16, reportCount, 2, input, 2,
		usage, 0x38, logicalMin, -127, logicalMax, 127, reportSize, 8, reportCount, 1, input, 6,
		usagePage, 12, wide|usage, 0x238, logicalMin, -127, logicalMax, 127, reportSize, 8, reportCount, 1, input, 6, endCollection, 0)
}

// fido is the report of security keys (CTAP 2.1, section 11.2.8): 64 bytes either way.
func fido() []byte {
	return report(wide|usagePage, 0xf1d0, usage, 1, collection, 1,
		usage, 0x20, logicalMin, 0, wide|logicalMax, 255, reportSize, 8, reportCount, 64, input, 2,
		usage, 0x21, logicalMin, 0, wide|logicalMax, 255, reportSize, 8, reportCount, 64, output, 2, endCollection, 0)
}
