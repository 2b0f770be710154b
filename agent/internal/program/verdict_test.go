package program

import (
	"context"
	"errors"
	"testing"

	"github.com/farmwatch/farmwatch/agent/internal/host"
	"github.com/farmwatch/farmwatch/agent/internal/parse/parsetest"
	"golang.org/x/tools/txtar"
)

// judging is a system that judges signatures and tells no more.
type judging struct {
	host.Host
	says host.Program
	err  error
}

func (j judging) Program(_ context.Context, path string) (host.Program, error) {
	p := j.says
	p.Path = path
	return p, j.err
}

func windowsWith(t *testing.T, program []byte) host.Host {
	t.Helper()
	h, err := host.ReadRecording(&txtar.Archive{Files: []txtar.File{
		{Name: "platform.yaml", Data: []byte("os: windows\n")}, {Name: "files/Program Files/x.exe", Data: program},
	}})
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func TestTheSystemsVerdictStandsBesideWhatTheFileSays(t *testing.T) {
	program := parsetest.PE(64, parsetest.ProgramText{Key: "OriginalFilename", Value: "anydesk.exe"}, parsetest.ProgramText{Key: "ProductName", Value: "AnyDesk"})
	h := judging{Host: windowsWith(t, program), says: host.Program{Signature: "valid", Signer: "Example Makers GmbH"}}
	p, err := NewReader().Read(t.Context(), h, host.Process{PID: 1, Path: `C:\Program Files\x.exe`}, "")
	if want := (host.Program{Path: `C:\Program Files\x.exe`, Signature: "valid", Signer: "Example Makers GmbH", OriginalName: "anydesk.exe", Product: "AnyDesk"}); err != nil || p != want {
		t.Errorf("%+v, %v; want %+v", p, err, want)
	}
}

func TestAProgramOnAnotherDrive(t *testing.T) {
	program := parsetest.PE(64, parsetest.ProgramText{Key: "ProductName", Value: "AnyDesk"})
	h, err := host.ReadRecording(&txtar.Archive{Files: []txtar.File{{Name: "platform.yaml", Data: []byte("os: windows\n")}, {Name: "files/drives/e/x.exe", Data: program}}})
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{`E:\x.exe`: "AnyDesk", `e:\x.exe`: "AnyDesk", `D:\x.exe`: "", `\\server\e\x.exe`: ""} {
		if p, err := NewReader().Read(t.Context(), h, host.Process{PID: 1, Path: path}, ""); err != nil || p.Product != want {
			t.Errorf("%s: %+v, %v", path, p, err)
		}
	}
}

func TestALateVerdictIsAskedForAgain(t *testing.T) {
	h := judging{Host: windowsWith(t, parsetest.PE(64)), err: host.ErrNotYet}
	if p, err := NewReader().Read(t.Context(), h, host.Process{PID: 1, Path: `C:\Program Files\x.exe`}, ""); !errors.Is(err, host.ErrNotYet) || p.Signature != "" {
		t.Errorf("%+v, %v", p, err)
	}
	h.err = host.ErrAbsent
	if _, err := NewReader().Read(t.Context(), h, host.Process{PID: 1, Path: `C:\Program Files\x.exe`}, ""); err != nil {
		t.Errorf("no verdict at all: %v", err)
	}
}
