package host

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"

	"golang.org/x/net/bpf"
)

// recording is a machine met earlier. It never changes, so every question may
// be asked by several at once.
type recording struct {
	platform Platform
	archive  fs.FS
	files    FS
	denied   map[string]string
	programs map[string]Program // by path
}

var (
	_ Host       = (*recording)(nil)
	_ DeviceTree = (*recording)(nil)
)

// OpenRecording opens a recorded machine: a .txtar as ReadRecording describes
// it, or a folder, .tar or .tar.gz. The latter may be laid out like the txtar
// (files/, platform.yaml, …) or hold a Linux machine's sys/, proc/, etc/ …
func OpenRecording(path string) (Host, error) {
	stat, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("open recording: %w", err)
	}
	switch {
	case stat.IsDir():
		f, err := openFolder(path)
		if err != nil {
			return nil, err
		}
		return newRecording(linkFS{f}, false)
	case !stat.Mode().IsRegular(): // a pipe would be waited for for ever
		return nil, fmt.Errorf("open recording %s: %w", path, errSpecial)
	case strings.HasSuffix(path, ".txtar"):
		return openTxtar(path)
	case strings.HasSuffix(path, ".tar"), strings.HasSuffix(path, ".tar.gz"), strings.HasSuffix(path, ".tgz"):
		return openTar(path)
	}
	return nil, fmt.Errorf("open recording %s: want a folder or a name ending in .txtar, .tar or .tar.gz", path)
}

// entryNames are what a recording may hold; expect.yaml and scenario notes are
// for those who judge the recording.
func entryNames() []string {
	return []string{"platform.yaml", "files", "processes.yaml", "programs.yaml", "sockets.yaml", "sessions.yaml", "access_points.yaml", "devices.yaml", "interfaces.yaml", "neighbours.yaml", "power.yaml", "cameras.yaml", "lookups.yaml", "held.yaml", "last_run.yaml", "conduct.yaml", "flows.yaml", "clock.yaml", "denied.yaml", "tools", "records", "packets.pcap", "input.txt", "expect.yaml"}
}

func knownEntry(name string) bool { return slices.Contains(entryNames(), name) }

// newRecording looks at what the archive is. A bare one is a disk itself unless
// it has a platform.yaml or files/.
func newRecording(archive linkFS, laidOut bool) (*recording, error) {
	r := &recording{archive: archive}
	_, noPlatform := archive.Lstat("platform.yaml")
	_, noFiles := archive.Lstat("files")
	switch {
	case !laidOut && noPlatform != nil && noFiles != nil:
		r.archive, r.files = newTreeFS(), archive
	case noFiles != nil:
		r.files = newTreeFS()
	default:
		files, err := archive.below("files")
		if err != nil {
			return nil, err
		}
		r.files = files
	}
	var err error
	if r.platform, err = recordedPlatform(r.archive, r.files); err != nil {
		return nil, err
	}
	r.denied, err = readYAML[map[string]string](r.archive, "denied.yaml")
	if err != nil && !errors.Is(err, ErrAbsent) {
		return nil, err
	}
	if r.programs, err = recordedPrograms(r.archive); err != nil {
		return nil, err
	}
	return r, r.validate()
}

func newTreeFS() linkFS { return linkFS{newTree()} }

// validate reads the rows once, so that a mistake in a recording is met when it
// is opened and not by one sensor among many.
func (r *recording) validate() error {
	var problems []error
	for _, ask := range []func() error{
		func() error { _, err := readRows(r.archive, "processes.yaml", processRow.process); return err },
		func() error { _, err := recordedSockets(r.archive); return err },
		func() error { _, err := readRows(r.archive, "sessions.yaml", sessionRow.session); return err },
		func() error {
			_, err := readRows(r.archive, "access_points.yaml", accessPointRow.accessPoint)
			return err
		},
		func() error { _, err := readRows(r.archive, "devices.yaml", deviceRow.device); return err },
		func() error {
			_, err := readRows(r.archive, "interfaces.yaml", interfaceRow.networkInterface)
			return err
		},
		func() error { _, err := readRows(r.archive, "neighbours.yaml", neighbourRow.neighbour); return err },
		func() error { _, err := readYAML[powerRow](r.archive, "power.yaml"); return err },
		func() error { _, err := readYAML[[]cameraRow](r.archive, "cameras.yaml"); return err },
		func() error { _, err := readRows(r.archive, "lookups.yaml", lookupRow.lookup); return err },
		func() error { _, err := readRows(r.archive, "conduct.yaml", conductRow.conduct); return err },
		func() error { _, err := readRows(r.archive, "flows.yaml", flowRow.flow); return err },
		func() error { _, err := recordedInput(r.archive); return err },
	} {
		if err := ask(); err != nil && !errors.Is(err, ErrAbsent) {
			problems = append(problems, err)
		}
	}
	return errors.Join(problems...)
}

func recordedPlatform(archive fs.FS, files FS) (Platform, error) {
	row, err := readYAML[platformRow](archive, "platform.yaml")
	if err != nil && !errors.Is(err, ErrAbsent) {
		return Platform{}, err
	}
	platform := Platform(row)
	if platform.OS == "" || platform.OS == "linux" {
		platform = linuxPlatform(files).under(platform)
	}
	return platform, nil
}

// Platform is as platform.yaml says, filled up from the recorded files.
func (r *recording) Platform() Platform { return r.platform }

// Files is the recorded disk.
func (r *recording) Files() FS { return r.files }

// Run gives what the tool printed when the machine was recorded.
func (r *recording) Run(_ context.Context, t Tool) ([]byte, error) {
	listed, err := listedTool(t)
	if err != nil {
		return nil, err
	}
	output, err := fs.ReadFile(r.archive, "tools/"+listed.Name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("tools/%s is not in the recording: %w", listed.Name, ErrAbsent)
	}
	return output, err
}

// Processes come from processes.yaml or, on Linux, from the recorded /proc.
func (r *recording) Processes(context.Context) ([]Process, error) {
	rows, err := readRows(r.archive, "processes.yaml", processRow.process)
	if errors.Is(err, ErrAbsent) && r.platform.OS == "linux" {
		rows, err = filedProcesses(r.files)
	}
	return rows, r.orDenied("processes", err)
}

// Sockets come from sockets.yaml or, on Linux, from the recorded /proc.
func (r *recording) Sockets(context.Context) ([]Socket, error) {
	rows, err := recordedSockets(r.archive)
	if errors.Is(err, ErrAbsent) && r.platform.OS == "linux" {
		rows, err = filedSockets(r.files)
	}
	return rows, r.orDenied("sockets", err)
}

// Sessions come from sessions.yaml or, on Linux, from the recorded /run.
func (r *recording) Sessions(context.Context) ([]Session, error) {
	rows, err := readRows(r.archive, "sessions.yaml", sessionRow.session)
	if errors.Is(err, ErrAbsent) && r.platform.OS == "linux" {
		rows, err = filedSessions(r.files)
	}
	return rows, r.orDenied("sessions", err)
}

// AccessPoints come from access_points.yaml.
func (r *recording) AccessPoints(context.Context) ([]AccessPoint, error) {
	rows, err := readRows(r.archive, "access_points.yaml", accessPointRow.accessPoint)
	return rows, r.orDenied("access_points", err)
}

// Packets replays packets.pcap through the filter, so that only what the kernel
// would have passed is seen.
func (r *recording) Packets(_ context.Context, filter []bpf.RawInstruction) (PacketSource, error) {
	if reason, ok := r.denied["packets"]; ok {
		return nil, fmt.Errorf("%s: %w", reason, ErrDenied)
	}
	capture, err := fs.ReadFile(r.archive, "packets.pcap")
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("packets.pcap is not in the recording: %w", ErrAbsent)
	}
	if err != nil {
		return nil, fmt.Errorf("read packets.pcap of the recording: %w", err)
	}
	return newReplay(capture, filter)
}

// orDenied repeats what the recording host could not see whole.
func (r *recording) orDenied(question string, err error) error {
	reason, denied := r.denied[question]
	if !denied || (err != nil && !errors.Is(err, ErrAbsent)) {
		return err
	}
	return fmt.Errorf("%s: %w", reason, ErrDenied)
}

// recordedSockets reads sockets.yaml; where a row does not say who opened the
// connection, the recorded listeners do.
func recordedSockets(archive fs.FS) ([]Socket, error) {
	rows, err := readRows(archive, "sockets.yaml", func(r socketRow) (socketRow, error) {
		_, err := r.socket()
		return r, err
	})
	if err != nil {
		return nil, err
	}
	sockets := make([]Socket, len(rows))
	for i, row := range rows {
		sockets[i], _ = row.socket() // converted without error just above
	}
	markInbound(sockets)
	for i, row := range rows {
		if row.Inbound != nil {
			sockets[i].Inbound = *row.Inbound
		}
	}
	return sockets, nil
}
