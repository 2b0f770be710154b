package program

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"testing/fstest"
	"time"

	"github.com/farmwatch/farmwatch/agent/internal/host"
	"github.com/farmwatch/farmwatch/agent/internal/parse/parsetest"
)

// BenchmarkPackages reads all that this machine's package databases say of programs.
func BenchmarkPackages(b *testing.B) {
	h := host.Live(time.Now)
	b.ReportAllocs()
	for b.Loop() {
		var o owners
		o.refresh(context.Background(), h)
		if len(o.paths) == 0 {
			b.Fatal("no packages")
		}
		b.ReportMetric(map[bool]float64{true: 1}[o.unsized], "unsized")
		b.ReportMetric(float64(len(o.paths)+len(o.contents))*8/1e3, "kB-kept")
	}
}

// BenchmarkIdentify reads the programs of this machine: when first met, and again.
func BenchmarkIdentify(b *testing.B) {
	self, err := os.Executable()
	if err != nil {
		b.Fatal(err)
	}
	shell, err := filepath.EvalSymlinks("/bin/sh")
	if err != nil {
		b.Fatal(err)
	}
	live := host.Live(time.Now)
	windows := &laptop{system: "windows", files: fstest.MapFS{}, opened: map[string]int{}}
	windows.put("a.exe", parsetest.PE(64, parsetest.ProgramText{Key: "ProductName", Value: "AnyDesk"}))
	mac := &laptop{system: "darwin", files: fstest.MapFS{}, opened: map[string]int{}}
	mac.put("a", parsetest.MachO(parsetest.MacProgram{Identifier: "com.carriez.rustdesk", Body: make([]byte, 1<<20)}))
	for _, c := range []struct {
		name string
		h    host.Host
		path string
	}{{"elf", live, shell}, {"go", live, self}, {"pe", windows, `C:\a.exe`}, {"macho-1MiB", mac, "/a"}} {
		known := NewReader()
		identified(b, known, c.h, c.path)
		b.Run(c.name+"/first", func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				known.files = memory{}
				identified(b, known, c.h, c.path)
			}
		})
		b.Run(c.name+"/again", func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				identified(b, known, c.h, c.path)
			}
		})
	}
}

func identified(b *testing.B, r *Reader, h host.Host, path string) {
	b.Helper()
	known, err := r.Read(context.Background(), h, host.Process{Path: path}, "")
	if err != nil || known == (host.Program{Path: path}) {
		b.Fatalf("error %v, program %+v", err, known)
	}
}
