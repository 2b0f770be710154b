package program

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/farmwatch/farmwatch/agent/internal/host"
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
	live, ctx := host.Live(time.Now), context.Background()
	for name, path := range map[string]string{"elf": shell, "go": self} {
		p := host.Process{Path: path}
		b.Run(name+"/first", func(b *testing.B) {
			var o owners
			o.refresh(ctx, live)
			b.ReportAllocs()
			for b.Loop() {
				r := NewReader()
				r.owners.seen, r.owners.packages, r.owners.paths, r.owners.contents = o.seen, o.packages, o.paths, o.contents
				r.owners.sizes, r.owners.unsized = o.sizes, o.unsized
				identified(b, r, live, p)
			}
		})
		b.Run(name+"/again", func(b *testing.B) {
			r := NewReader()
			identified(b, r, live, p)
			b.ReportAllocs()
			for b.Loop() {
				identified(b, r, live, p)
			}
		})
	}
}

func identified(b *testing.B, r *Reader, h host.Host, p host.Process) {
	b.Helper()
	known, err := r.Read(context.Background(), h, p, "")
	if err != nil || known.Package == "" && known.BuildPath == "" {
		b.Fatalf("error %v, program %+v", err, known)
	}
}
