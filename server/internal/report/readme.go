package report

import (
	"fmt"
	"strings"
	"time"
)

// readme tells a person what the pack shows and what it cannot show.
func readme(a About, s Snapshot) []byte {
	closed, open := 0, 0
	reasons := make(map[string]int)
	for _, c := range s.Alerts {
		if c.CloseReason == "" {
			open++
			continue
		}
		closed++
		reasons[string(c.CloseReason)]++
	}
	var b strings.Builder
	fmt.Fprintf(&b, `farmwatch assurance pack for %s

Period          %s to %s (UTC, the end not included)
As of           %s
Made by         farmwatch-server %s, catalogue revision %s
Audit log       %d records, Merkle root %s

Devices         %d
Sanctions       %d
Audit records   %d in the period
Alerts          %d (%d closed, %d not closed)
`, a.Period.Name, a.Period.From.Format(time.DateOnly), a.Period.To.Format(time.DateOnly), a.AsOf.Format(time.RFC3339),
		a.Version, a.Revision, s.Tree.Size, s.Tree.Root, len(s.Devices), len(s.Sanctions), len(s.Audit), len(s.Alerts), closed, open)
	for _, r := range sortedKeys(reasons) {
		fmt.Fprintf(&b, "  %-32s %d\n", r, reasons[r])
	}
	b.WriteString(readmeFiles)
	fmt.Fprintf(&b, readmeVerify, s.Tree.Size, s.Tree.Root)
	return []byte(b.String())
}

func sortedKeys(m map[string]int) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	return sortedBy(keys, strings.Compare)
}

const readmeFiles = `
FILES (each as .csv for a spreadsheet and as .json for a program)

devices     the laptops farmwatch knows, also those removed; enrolled_at is of the
            present installation, audit tells of earlier ones
coverage    device by day by class: could the sensor look?
              ok           it looked
              unsupported  this platform cannot show it
              absent       there was nothing to look at
              denied       a permission was missing
              failed       it broke
              not_heard    the device said nothing that day
gaps        numbers in a device's sequence that will never come, with the reason
alerts      what people reviewed in the period, with level, ledger, reason and timeline
findings    what rules found, with the evidence as it was last seen
sanctions   permissions that were in force in the period, and of which evidence
presence_checks   when people at laptops were asked to show that somebody sits
            there, why, and what came of it; it counts for nothing in any level
              waiting, shown  it was still open when this pack was made
              answered        one of the acts was noticed at the laptop; a socket that
                              is switched from afar, or who is root there, can feign one
              other_way       the person asked to show it in another way
              not_answered    it was shown and its time ended; by itself that says
                              nothing: people are away, or do not see it
              cannot_ask      nobody could be asked; detail says why
              withdrawn       it was taken back
audit       what people decided and which laptops enrolled in the period, with
            the hash of each record
manifest.json lists every file with its SHA-256

In the CSV files a cell that a spreadsheet could take for a formula begins with '.

WHAT THIS SHOWS

Which laptops reported, on which days and with which sensors; what was found on
them; what was concluded from it, point by point; who decided what about it and
when; what was permitted, by whom, until when.

WHAT THIS CANNOT SHOW

* A day without an alert is not a clean day. Where coverage is not "ok", nothing
  could be seen there, and hardware that forges every descriptor it shows and
  leaves no other trace is not seen by any sensor listed here.
* What a laptop reports is what its operating system says. Whoever controls that
  system, or the hardware below it, can make it say something else.
* Laptops on which no agent was ever enrolled are not in this pack. Compare
  devices.csv with the list of laptops you own.
* A level is a strength of evidence about a device. It says nothing about a
  person, and it is not a finding of wrongdoing.
* Times are the collector's, or the device's corrected by the measured offset.
`

const readmeVerify = `
HOW TO CHECK IT

  farmwatchctl report verify PACK.zip      every file against the manifest
  sha256sum FILE                           the same, by hand

The hash of a record in audit.csv is the Base64 of SHA-256 over a zero byte and
the record as JSON without white space, keys in this order, detail as a string:
  {"action":…,"actor":…,"at":…,"detail":"…","index":…,"object":…}

The audit log is a Merkle tree (RFC 6962 hashing). Keep the size and root
above. At any later time, on the server,

  farmwatch-server verify --size %d --root %s

tells whether the log still begins with exactly these records.
`
