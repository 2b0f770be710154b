package parse

import (
	"bytes"
	"debug/buildinfo"
	"errors"
	"io"
	"os"
	"os/exec"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func parseELF(t testing.TB, program []byte) ELF {
	t.Helper()
	e, err := ParseELF(bytes.NewReader(program), int64(len(program)))
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// A shell is a program of every Linux machine.
func TestParseELF(t *testing.T) {
	shell, err := exec.LookPath("sh")
	if err != nil {
		t.Fatal(err)
	}
	program, err := os.ReadFile(shell)
	if err != nil {
		t.Fatal(err)
	}
	e := parseELF(t, program)
	if !slices.Contains(e.Needed, "libc.so.6") || len(e.BuildID) != 40 || e.Interpreter == "" || e.Bits != 64 {
		t.Errorf("%s: %+v, want it to need the C library, a loader and to have a build id", shell, e)
	}
	if _, err := e.GoBuild(bytes.NewReader(program), int64(len(program))); !errors.Is(err, ErrNotGo) {
		t.Errorf("%s: %v, want it not built by Go", shell, err)
	}
}

// A program written by hand, in either word size and byte order.
func TestELFNotes(t *testing.T) {
	for _, bits := range []int{32, 64} {
		for _, big := range []bool{false, true} {
			e := parseELF(t, smallELF(bits, big))
			if e.Bits != bits || e.Package != "x11vnc" || e.BuildID != "01020304" || e.Interpreter != "/lib/ld.so" {
				t.Errorf("%d bits, big end first %t: %+v", bits, big, e)
			}
			if diff := cmp.Diff([]string{"libvncserver.so.1", "libc.so.6"}, e.Needed); diff != "" {
				t.Errorf("%d bits, big end first %t: libraries (-want +got):\n%s", bits, big, diff)
			}
		}
	}
}

type builder interface {
	GoBuild(io.ReaderAt, int64) (GoBuild, error)
}

func wantBuild(t *testing.T, b builder, program []byte) {
	t.Helper()
	got, err := b.GoBuild(bytes.NewReader(program), int64(len(program)))
	theirs, errTheirs := buildinfo.Read(bytes.NewReader(program))
	if err != nil || errTheirs != nil {
		t.Fatalf("we say %v, Go says %v", err, errTheirs)
	}
	if want := (GoBuild{Version: theirs.GoVersion, Path: "example.org/tunnel/cmd/tunnel", Module: "example.org/tunnel"}); got != want || theirs.Path != want.Path {
		t.Errorf("build %+v, want %+v", got, want)
	}
}

func TestGoBuild(t *testing.T) {
	program := built(t, "linux", "amd64")
	wantBuild(t, parseELF(t, program), program)
	e := parseELF(t, program)
	e.goBuilt = nil // as after strip --strip-section-headers
	wantBuild(t, e, program)
	program = built(t, "linux", "s390x")
	wantBuild(t, parseELF(t, program), program)
	program = built(t, "windows", "amd64")
	wantBuild(t, parsePE(t, program), program)
	program = built(t, "windows", "386")
	wantBuild(t, parsePE(t, program), program)
}

// TestGoBuildOfOld reads what Go wrote before 1.18: texts behind pointers.
func TestGoBuildOfOld(t *testing.T) {
	program, parts := oldGo()
	got, err := goBuild{newWindow(bytes.NewReader(program), int64(len(program))), parts}.find(parts)
	if want := (GoBuild{Version: "go1.17.5", Path: "example.org/old", Module: "example.org/old"}); err != nil || got != want {
		t.Errorf("error %v, build %+v, want %+v", err, got, want)
	}
}

func FuzzELF(f *testing.F) {
	self, err := os.ReadFile("/proc/self/exe")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(self[:8192])
	for _, bits := range []int{32, 64} {
		f.Add(smallELF(bits, bits == 32))
	}
	old, _ := oldGo()
	f.Add(old)
	f.Fuzz(func(t *testing.T, program []byte) {
		e, err := ParseELF(bytes.NewReader(program), int64(len(program)))
		if err == nil {
			if len(e.Needed) > elfNeeded || len(e.BuildID) > 128 || len(e.Package) > textLimit {
				t.Fatalf("%d libraries, build id %q, package %q", len(e.Needed), e.BuildID, e.Package)
			}
			_, _ = e.GoBuild(bytes.NewReader(program), int64(len(program)))
		}
		all := spans{{address: 0, size: uint64(len(program)), offset: 0}}
		_, _ = goBuild{newWindow(bytes.NewReader(program), int64(len(program))), all}.find(all)
	})
}

func BenchmarkParse(b *testing.B) {
	linux, windows := built(b, "linux", "amd64"), rsaMaker(b).authenticode(b, built(b, "windows", "amd64"), "-h", "sha256")
	mac := built(b, "darwin", "arm64")
	for name, read := range map[string]func(){
		"elf": func() { parseELF(b, linux) },
		"go": func() {
			if _, err := parseELF(b, linux).GoBuild(bytes.NewReader(linux), int64(len(linux))); err != nil {
				b.Fatal(err)
			}
		},
		"go-by-debug": func() {
			if _, err := buildinfo.Read(bytes.NewReader(linux)); err != nil {
				b.Fatal(err)
			}
		},
		"pe": func() { parsePE(b, windows) },
		"pe+signature": func() {
			if s, err := authenticode(windows, 64<<20); err != nil || s.Standing != Holds {
				b.Fatal(err)
			}
		},
		"macho+pages": func() { parseMachO(b, mac, 64<<20) },
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				read()
			}
		})
	}
}
