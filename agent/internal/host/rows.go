package host

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/netip"
	"time"

	"go.yaml.in/yaml/v3"
)

// The rows of a recording, as they are written. Pointers tell "not written"
// from zero where zero is an answer.

type platformRow struct {
	OS        string `yaml:"os"`
	OSVersion string `yaml:"os_version,omitempty"`
	Arch      string `yaml:"arch,omitempty"`
	Name      string `yaml:"name,omitempty"`
	Chassis   string `yaml:"chassis,omitempty"`
	Vendor    string `yaml:"vendor,omitempty"`
	Product   string `yaml:"product,omitempty"`
	Hardware  string `yaml:"hardware,omitempty"`
	BootID    string `yaml:"boot_id,omitempty"`
}

type processRow struct {
	PID     int       `yaml:"pid"`
	Parent  int       `yaml:"parent,omitempty"`
	Name    string    `yaml:"name"`
	Path    string    `yaml:"path,omitempty"`
	Args    []string  `yaml:"args,omitempty,flow"`
	UID     *int      `yaml:"uid,omitempty"`
	User    string    `yaml:"user,omitempty"`
	Unit    string    `yaml:"unit,omitempty"`
	Started time.Time `yaml:"started,omitempty"`
}

type socketRow struct {
	Protocol string `yaml:"protocol"`
	State    string `yaml:"state"`
	Local    string `yaml:"local"`
	Remote   string `yaml:"remote,omitempty"`
	PID      int    `yaml:"pid,omitempty"`
	Inbound  *bool  `yaml:"inbound,omitempty"`
	UID      *int   `yaml:"uid,omitempty"`
}

type sessionRow struct {
	ID       string    `yaml:"id,omitempty"`
	User     string    `yaml:"user"`
	Terminal string    `yaml:"terminal,omitempty"`
	Remote   string    `yaml:"remote,omitempty"`
	Kind     string    `yaml:"kind"`
	PID      int       `yaml:"pid,omitempty"`
	Since    time.Time `yaml:"since,omitempty"`
}

type accessPointRow struct {
	Interface string `yaml:"interface"`
	BSSID     string `yaml:"bssid"`
	SSID      string `yaml:"ssid,omitempty"`
}

// readYAML decodes one entry strictly: an unknown field is a mistake, with its line.
func readYAML[T any](fsys fs.FS, name string) (T, error) {
	var value T
	content, err := fs.ReadFile(fsys, name)
	if errors.Is(err, fs.ErrNotExist) {
		return value, fmt.Errorf("%s is not in the recording: %w", name, ErrAbsent)
	}
	if err != nil {
		return value, fmt.Errorf("read %s of the recording: %w", name, err)
	}
	decoder := yaml.NewDecoder(bytes.NewReader(content))
	decoder.KnownFields(true)
	if err := decoder.Decode(&value); err != nil && !errors.Is(err, io.EOF) {
		return value, fmt.Errorf("read %s of the recording: %w", name, err)
	}
	return value, nil
}

func readRows[Row, T any](fsys fs.FS, name string, convert func(Row) (T, error)) ([]T, error) {
	rows, err := readYAML[[]Row](fsys, name)
	if err != nil {
		return nil, err
	}
	list := make([]T, 0, len(rows))
	for i, row := range rows {
		value, err := convert(row)
		if err != nil {
			return nil, fmt.Errorf("read %s of the recording: row %d: %w", name, i+1, err)
		}
		list = append(list, value)
	}
	return list, nil
}

func (r processRow) process() (Process, error) {
	if r.PID <= 0 {
		return Process{}, fmt.Errorf("pid %d", r.PID)
	}
	return Process{PID: r.PID, Parent: r.Parent, Name: r.Name, Path: r.Path, Args: r.Args, UID: orUnknown(r.UID), User: r.User, Unit: r.Unit, Started: r.Started}, nil
}

func (r socketRow) socket() (Socket, error) {
	switch {
	case r.Protocol != "tcp" && r.Protocol != "udp":
		return Socket{}, fmt.Errorf("protocol %q, want tcp or udp", r.Protocol)
	case r.State != stateListen && r.State != stateEstablished && r.State != stateOther:
		return Socket{}, fmt.Errorf("state %q, want listen, established or other", r.State)
	}
	s := Socket{Protocol: r.Protocol, State: r.State, PID: r.PID, UID: orUnknown(r.UID)}
	var err error
	if s.Local, err = netip.ParseAddrPort(r.Local); err != nil {
		return Socket{}, fmt.Errorf("local address: %w", err)
	}
	if r.Remote != "" || r.State == stateEstablished {
		if s.Remote, err = netip.ParseAddrPort(r.Remote); err != nil {
			return Socket{}, fmt.Errorf("remote address: %w", err)
		}
	}
	if r.Inbound != nil {
		s.Inbound = *r.Inbound
	}
	return s, nil
}

func (r sessionRow) session() (Session, error) {
	switch r.Kind {
	case kindConsole, kindGraphical, kindSSH, kindRemoteDesktop, kindUnknown:
		return Session(r), nil
	}
	return Session{}, fmt.Errorf("kind %q, want console, graphical, ssh, remote_desktop or unknown", r.Kind)
}

func (r accessPointRow) accessPoint() (AccessPoint, error) { return AccessPoint(r), nil }

func orUnknown(id *int) int {
	if id == nil {
		return -1
	}
	return *id
}
