package program

import (
	"context"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"sync"

	"github.com/farmwatch/farmwatch/agent/internal/host"
)

// owners knows which installed package a program belongs to. Of the package
// databases it keeps a number for each program's path and content: eight bytes
// where the path alone has fifty.
type owners struct {
	mu       sync.Mutex
	seen     string // state of the databases that was read
	packages []string
	paths    index
	contents index
	sizes    []uint32 // of the files whose content is known
	unsized  bool     // some of them are not where their packages put them
	sha256   bool     // some of them are known by it, others by MD5
}

// of gives the package of a program by its path.
func (o *owners) of(ctx context.Context, h host.Host, p host.Process, f file, trusted bool) string {
	if name := boxed(h.Files(), p, f.path); name != "" {
		return name
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	o.refresh(ctx, h)
	if !trusted {
		return ""
	}
	return o.paths.find(pathKey(f.path), o.packages)
}

// refresh reads the databases again when one of them changed.
func (o *owners) refresh(ctx context.Context, h host.Host) {
	files := h.Files()
	state := ""
	for _, database := range []string{
		"var/lib/dpkg/status", "var/lib/pacman/local",
		"usr/lib/sysimage/rpm/rpmdb.sqlite", "usr/lib/sysimage/rpm/Packages.db", "var/lib/rpm/rpmdb.sqlite", "var/lib/rpm/Packages.db", "var/lib/rpm/Packages",
	} {
		if stat, err := fs.Stat(files, database); err == nil {
			state += fmt.Sprintf("%s %d %d\n", database, stat.Size(), stat.ModTime().UnixNano())
		}
	}
	if state == o.seen {
		return
	}
	b := builder{ctx: ctx, files: files}
	b.dpkg()
	b.pacman()
	if strings.Contains(state, "rpm") {
		b.rpm(h)
	}
	if ctx.Err() != nil {
		return // what was read in part is read again
	}
	o.seen, o.packages, o.paths, o.contents = state, b.packages, b.paths.sorted(), b.contents.sorted()
	slices.Sort(b.sizes)
	o.sizes, o.unsized, o.sha256 = slices.Clone(slices.Compact(b.sizes)), b.unsized, strings.Contains(state, "rpm")
}

// mayHave says whether a package may have a file of this size, so that what no
// package can have is not read.
func (o *owners) mayHave(size int64) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	if len(o.contents) == 0 || size == 0 || size > provedLimit {
		return false
	}
	_, found := slices.BinarySearch(o.sizes, uint32(size))
	return found || o.unsized
}

// knowSHA256 says whether there are packages that know their files by it.
func (o *owners) knowSHA256() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.sha256
}

// withContent gives the package that has a file of this content.
func (o *owners) withContent(s sums) string {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, key := range []uint64{s.md5, s.sha256} {
		if name := o.contents.find(key, o.packages); key != 0 && name != "" {
			return name
		}
	}
	return ""
}

// boxed gives the package of a program that brings its own disk: of snap by its
// path, of flatpak by a file at its root or, seen from outside, by its path.
func boxed(files host.FS, p host.Process, name string) string {
	elements := strings.Split(strings.TrimPrefix(name, "/"), "/")
	switch {
	case len(elements) > 3 && elements[0] == "snap":
		return elements[1]
	case len(elements) > 2 && elements[0] == "var" && strings.HasPrefix(name, "/var/lib/snapd/snap/"):
		return elements[4]
	case elements[0] == "app" && p.PID > 0:
		text, err := fs.ReadFile(files, fmt.Sprintf("proc/%d/root/.flatpak-info", p.PID))
		if err != nil || len(text) > 64<<10 {
			return ""
		}
		for line := range strings.Lines(string(text)) {
			if id, ok := strings.CutPrefix(line, "name="); ok {
				return tidy(id)
			}
		}
		return ""
	}
	if _, below, ok := strings.Cut(name, "/flatpak/app/"); ok {
		id, _, _ := strings.Cut(below, "/")
		return tidy(id)
	}
	return ""
}

func tidy(name string) string {
	name = strings.TrimSpace(name)
	return strings.ToValidUTF8(name[:min(len(name), 200)], "")
}
