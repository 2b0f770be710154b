package report

import (
	"cmp"
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
Sites           %d
Notices         %d
Alerts          %d (%d closed, %d not closed)
`, a.Period.Name, a.Period.From.Format(time.DateOnly), a.Period.To.Format(time.DateOnly), a.AsOf.Format(time.RFC3339),
		a.Version, a.Revision, s.Tree.Size, s.Tree.Root, len(s.Devices), len(s.Sanctions), len(s.Audit), len(sitesBy(a, s)), len(s.Notices), len(s.Alerts), closed, open)
	for _, r := range sortedKeys(reasons) {
		fmt.Fprintf(&b, "  %-32s %d\n", r, reasons[r])
	}
	b.WriteString(readmeFiles)
	b.WriteString(asOf(a, s))
	b.WriteString(readmeShows)
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
assessments how each laptop and each site stood at the end of the period, also where
            that was below an alert (watch) or nothing (none), with how sure it is,
            what was missing, what can never be seen, and what else explains it
              kept         it still stands as it stood then
              judged_anew  it has changed since; judged for that moment again, see below
              level_kept   it has changed since; only the level was the same then
              not_kept     it has changed since; what it was then is not kept
            a laptop that was removed in the period is judged as of just before; one
            without a row had not been judged
alerts      what people reviewed in the period, with level, ledger, reason and timeline;
            one with a site is about the site, and its device is the laptop of it that
            spoke strongest when the alert was opened
findings    what rules found, with the evidence as it was last seen
sites       laptops of different people that certain links join, or did when an alert
            was opened (state is gone where they do no more); place_kind is the
            kind of place, and declared says that the company told it (else it was
            learned); alerts are those about the site
site_members   the laptops of a site: certain ones, and apart from them those that
            only may belong to it, which join nothing and are not counted; person is the
            opaque id of the company's own list; mechanisms let somebody else drive it
site_links  what joins them: certain links, and apart from them possible ones, which
            are shown and join nothing; at most 2,000 of one site, certain ones first
context     the lists that the company had told farmwatch, of people, places, journeys
            and addresses (egress_ is by which laptops go out), and which it had not
notices     what appeared on many laptops at once and was told once, as it was decided
            at the end of the period; undecided ones hold back alerts until somebody does
notice_devices   the laptops of each notice, and when it began there
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
`

const readmeShows = `
WHAT THIS SHOWS

Which laptops reported, on which days and with which sensors; what was found on
them; what was concluded from it, point by point; which laptops share a place, and
by what; who decided what about it and when; what was permitted, by whom, until when.

WHAT THIS CANNOT SHOW

* A day without an alert is not a clean day. Where coverage is not "ok", nothing
  could be seen there, and hardware that forges every descriptor it shows and
  leaves no other trace is not seen by any sensor listed here.
* What a laptop reports is what its operating system says. Whoever controls that
  system, or the hardware below it, can make it say something else.
* That laptops are of one site says that they were in one place or in one pair of
  hands as far as the links tell. Households, offices nobody declared and shared
  desks look alike; a possible link is not evidence that they belong together.
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

// asOf tells which moment each file is of, and what of the end of the period could not be had.
func asOf(a About, s Snapshot) string {
	looked := "never so far, and that no site is here says nothing"
	if !s.Looked.IsZero() {
		looked = s.Looked.UTC().Format(time.RFC3339)
	}
	if !a.over() {
		return fmt.Sprintf(readmeRunning, looked)
	}
	bases := make(map[Basis]int)
	for _, v := range s.Verdicts {
		bases[cmp.Or(v.Basis, Kept)]++
	}
	return fmt.Sprintf(readmeOver, a.Period.To.Format(time.RFC3339), span(a.AsOf.Sub(a.Period.To)), looked,
		len(s.Verdicts), bases[Kept], bases[JudgedAnew], bases[LevelKept], bases[NotKept])
}

const readmeRunning = `
OF WHICH MOMENT THIS IS

The period was not over when this pack was made: all of it is as of then. Sites are as
farmwatch last joined them: %s.
`

const readmeOver = `
OF WHICH MOMENT THIS IS

The period ended at %s. This pack was made %s later.

assessments, notices, notice_devices, context   as of the end of the period
sites, site_members, site_links                 as farmwatch last joined them: %s
devices, alerts, sanctions, presence_checks     as of when the pack was made; timelines,
                                                times and audit tell what came after the end

Assessments: %d. Kept %d, judged anew %d, only the level kept %d, not kept %d.

* What is judged anew is judged from what a laptop had shown by the end, also where it
  told of it later, by the catalogue of this pack and by what is imported now. So missing
  and confidence are of now; what a sensor could not see then and sees now is in coverage
  alone; help by a ticket that was forgotten since counts as help nobody asked for. People
  may have seen another level at the time: timelines of alerts tell which.
* A kept level is one that has lasted since before the end, by what was told since.
* What is not kept is named, and no later level is given in its place.
* Earlier drawings of sites are not kept. What began after the end is left out. What was
  parted since is not here; of a site that is gone there is the name and its alerts, and
  of one without an alert nothing. place_kind, mechanisms, strength, reason, last_seen and
  days are of the last look, which may be the first that joined them. people is empty
  where somebody came later.
* A notice counts a laptop on which it is no longer known when it began (began_at empty).
* An import that was removed since is not in context, a laptop that was removed since is
  in no site and no notice, and farmwatch forgets what it must. audit tells of removals.
`

// span is a duration as people read it.
func span(d time.Duration) string {
	if days := int(d.Hours() / 24); days > 1 {
		return fmt.Sprintf("%d days", days)
	}
	return d.Round(time.Minute).String()
}
