package host

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
	"golang.org/x/tools/txtar"
)

// maxRecording is the most a recording of a live machine may hold.
const maxRecording = 32 << 20

// Record writes down a machine as a recording: what sensors read, and no more.
// Serial numbers, names of people and machines, addresses and what command
// lines hold are replaced by what scrub makes of them; packets are not recorded.
// Without somebody who reads lists, Apple's property lists are left out.
func Record(ctx context.Context, h Host, scrub Scrub, read ListReader) (*txtar.Archive, error) {
	r := &recorder{host: h, files: h.Files(), scrubber: newScrubber(scrub), read: read, denied: map[string]string{}, seen: map[string]bool{}}
	r.scrubber.learn(ctx, h)
	if err := r.platform(); err != nil {
		return nil, err
	}
	switch h.Platform().OS {
	case "linux":
		r.linuxFiles()
	case "windows":
		r.windowsFiles()
	case "darwin":
		r.macFiles()
	}
	if err := r.rows(ctx); err != nil {
		return nil, err
	}
	r.tools(ctx)
	if len(r.denied) > 0 {
		if err := r.yaml("denied.yaml", r.denied); err != nil {
			return nil, err
		}
	}
	if r.size > maxRecording {
		return nil, fmt.Errorf("record the machine: more than %d MiB", maxRecording>>20)
	}
	p := h.Platform()
	r.archive.Comment = fmt.Appendf(nil, "A %s machine, %s, recorded and scrubbed by farmwatch-agent record.\n", p.OS, orWords(p.OSVersion, "of unknown version"))
	return &r.archive, ctx.Err()
}

func orWords(text, otherwise string) string {
	if text == "" {
		return otherwise
	}
	return strings.Map(func(c rune) rune {
		if c < ' ' {
			return ' '
		}
		return c
	}, text)
}

type recorder struct {
	host     Host
	files    FS
	scrubber scrubber
	read     ListReader
	archive  txtar.Archive
	denied   map[string]string
	seen     map[string]bool
	size     int

	taskCount int // files of scheduled tasks so far
}

func (r *recorder) platform() error {
	p := r.host.Platform()
	row := platformRow(p)
	row.Name = r.scrubber.named("host", p.Name)
	row.Hardware = r.scrubber.named("hardware", p.Hardware)
	row.BootID = r.scrubber.named("boot", p.BootID)
	return r.yaml("platform.yaml", row)
}

func (r *recorder) yaml(name string, value any) error {
	text, err := yaml.Marshal(value)
	if err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	r.add(name, text)
	return nil
}

// add keeps one file, in hexadecimal where text would not survive.
func (r *recorder) add(name string, content []byte) {
	if r.seen[name] || r.size > maxRecording || !plainName(name) {
		return
	}
	r.seen[name] = true
	if len(content) > 0 && !plain(content) {
		name, content = name+" [hex]", hexLines(content)
	}
	r.size += len(name) + len(content)
	r.archive.Files = append(r.archive.Files, txtar.File{Name: name, Data: content})
}

// plainName says whether a name can stand in a recording and means itself there.
func plainName(name string) bool {
	return !strings.ContainsAny(name, "\n\r") && strings.TrimSpace(name) == name && !strings.Contains(name, " -> ") && !strings.HasSuffix(name, " [hex]")
}

func (r *recorder) link(name, target string) {
	if strings.ContainsAny(target, "\n\r") {
		return
	}
	if !r.seen[name] {
		r.seen[name] = true
		r.archive.Files = append(r.archive.Files, txtar.File{Name: name + " -> " + target})
	}
}

// plain says whether txtar gives the bytes back as they are.
func plain(content []byte) bool {
	return utf8.Valid(content) && content[len(content)-1] == '\n' && !bytes.ContainsAny(content, "\x00\r") &&
		!bytes.HasPrefix(content, []byte("-- ")) && !bytes.Contains(content, []byte("\n-- "))
}

func hexLines(content []byte) []byte {
	var out bytes.Buffer
	for len(content) > 0 {
		n := min(32, len(content))
		out.WriteString(hex.EncodeToString(content[:n]) + "\n")
		content = content[n:]
	}
	return out.Bytes()
}

// rows asks the questions of a Host. What is absent is left out; what is
// refused is said in denied.yaml, beside the rows there are.
func (r *recorder) rows(ctx context.Context) error {
	s := r.scrubber
	processes, err := r.host.Processes(ctx)
	if err := writeRows(r, "processes", processes, err, s.process); err != nil {
		return err
	}
	if err := r.programs(ctx, processes); err != nil {
		return err
	}
	sockets, err := r.host.Sockets(ctx)
	if err := writeRows(r, "sockets", sockets, err, s.socket); err != nil {
		return err
	}
	sessions, err := r.host.Sessions(ctx)
	if err := writeRows(r, "sessions", sessions, err, s.session); err != nil {
		return err
	}
	points, err := r.host.AccessPoints(ctx)
	if err := writeRows(r, "access_points", points, err, s.accessPoint); err != nil {
		return err
	}
	if err := r.conduct(ctx); err != nil {
		return err
	}
	if err := r.flows(ctx); err != nil {
		return err
	}
	return r.able(ctx)
}

// able asks what only some hosts can tell.
func (r *recorder) able(ctx context.Context) error {
	s := r.scrubber
	if tree, ok := r.host.(DeviceTree); ok {
		devices, err := tree.Devices(ctx)
		if err := writeRows(r, "devices", devices, err, s.device); err != nil {
			return err
		}
	}
	if network, ok := r.host.(InterfaceHost); ok {
		interfaces, err := network.Interfaces(ctx)
		if err := writeRows(r, "interfaces", interfaces, err, s.networkInterface); err != nil {
			return err
		}
	}
	if known, ok := r.host.(NeighbourHost); ok && r.host.Platform().OS != "linux" { // Linux has them among its files
		neighbours, err := known.Neighbours(ctx)
		if err := writeRows(r, "neighbours", neighbours, err, s.neighbour); err != nil {
			return err
		}
	}
	if cameras, ok := r.host.(CameraHost); ok {
		found, err := cameras.Cameras(ctx)
		if err := writeRows(r, "cameras", found, err, s.camera); err != nil {
			return err
		}
	}
	if err := r.clock(ctx); err != nil {
		return err
	}
	kept, ok := r.host.(PowerHost)
	if !ok {
		return nil
	}
	power, err := kept.Power(ctx)
	if err != nil {
		return nil //nolint:nilerr // a machine that does not say how it is fed has no power.yaml
	}
	return r.yaml("power.yaml", powerAsRow(power))
}

// clock records when this was, and its distance from UTC: Windows writes of its
// devices in local time. Linux tells all that is recorded since its start.
func (r *recorder) clock(ctx context.Context) error {
	clock, ok := r.host.(Clock)
	if !ok || r.host.Platform().OS == "linux" {
		return nil
	}
	now, zone, err := clock.Now(ctx)
	if err != nil {
		return nil //nolint:nilerr // a machine that does not say what time it is has no clock.yaml
	}
	row := clockRow{Now: aboutWhen(now)}
	if zone != nil {
		row.Offset = now.In(zone).Format("-07:00")
	}
	return r.yaml("clock.yaml", row)
}

func writeRows[T, Row any](r *recorder, question string, rows []T, err error, scrub func(T) Row) error {
	switch {
	case errors.Is(err, ErrAbsent), errors.Is(err, ErrUnsupported):
		return nil
	case errors.Is(err, ErrDenied):
		r.denied[question] = strings.ReplaceAll(r.scrubber.text(err.Error()), "\n", "; ")
	case err != nil:
		return fmt.Errorf("record %s: %w", question, err)
	}
	scrubbed := make([]Row, len(rows))
	for i, row := range rows {
		scrubbed[i] = scrub(row)
	}
	return r.yaml(question+".yaml", scrubbed)
}

func known(id int) *int {
	if id < 0 {
		return nil
	}
	return &id
}

func (s scrubber) process(p Process) processRow {
	return processRow{
		PID: p.PID, Parent: p.Parent, Name: p.Name, Path: s.text(p.Path), Args: s.args(p.Args),
		UID: known(p.UID), User: s.user(p.User, p.UID), Unit: s.unitName(p.Unit), Started: p.Started,
	}
}

func (s scrubber) socket(k Socket) socketRow {
	row := socketRow{Protocol: k.Protocol, State: k.State, Local: s.addrPort(k.Local).String(), PID: k.PID, UID: known(k.UID)}
	if k.Remote.IsValid() {
		row.Remote = s.addrPort(k.Remote).String()
		row.Inbound = &k.Inbound
	}
	return row
}

func (s scrubber) session(k Session) sessionRow {
	k.User, k.Remote = s.user(k.User, -1), s.remote(k.Remote)
	return sessionRow(k)
}

func (s scrubber) accessPoint(a AccessPoint) accessPointRow {
	return accessPointRow{Interface: s.text(a.Interface), BSSID: s.text(a.BSSID), SSID: s.named("wifi", a.SSID)}
}

// tools keeps the output of the tools whose answers name nobody: the list of
// packages, of macOS' registry what is known to be harmless, and which programs
// have which rights. Logs are left out.
func (r *recorder) tools(ctx context.Context) {
	for _, t := range []Tool{RPMPackages, IORegUSB, IORegHID, IORegDisplay, IORegEDID, PrivacyGrants} {
		output, err := r.host.Run(ctx, t)
		switch {
		case err != nil:
		case t.Name == PrivacyGrants.Name:
			output, err = r.scrubber.grants(output)
		case strings.HasPrefix(t.Name, "ioreg-"):
			output, err = r.scrubber.registry(output)
		}
		if err == nil {
			r.add("tools/"+t.Name, output)
		}
	}
}
