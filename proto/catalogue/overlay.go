package catalogue

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
)

// Overlay gives a catalogue with the YAML files of rules/, tools/, devices/ and assess/ put
// over it: what has the same id, and the scale, is replaced. It is as strict as Load, and
// the error has every mistake with its file and line. A rule that names devices by their
// kind names a new one where its file is put over as well: how it was written is not kept.
func Overlay(c *Catalogue, files fs.FS) (*Catalogue, error) {
	if c.index == nil {
		return nil, errors.New("put files over a catalogue: it was not loaded, so nothing says what rows may say")
	}
	l := &loader{fsys: files, origin: map[string]string{}, classes: c.index.columns, below: c.Tools}
	over := Catalogue{Scale: c.Scale, Unseen: c.Unseen}
	l.strayFiles()
	l.loadDevices(&over)
	l.devices = replaced(c.Devices, over.Devices, func(d *Device) string { return d.ID })
	l.loadRules(&over)
	l.loadTools(&over)
	out := &Catalogue{
		Rules: replaced(c.Rules, over.Rules, func(r *Rule) string { return r.ID }),
		Tools: replaced(c.Tools, over.Tools, toolKey), Devices: l.devices, Bystanders: c.Bystanders,
	}
	out.build(c.index.columns)
	l.loadAssess(&over, out.EveryRule(), c.Composites)
	out.Composites = replaced(c.Composites, over.Composites, func(x *Composite) string { return x.ID })
	out.Scale, out.Unseen = over.Scale, over.Unseen
	if len(l.mistakes) > 0 {
		return nil, errors.Join(l.mistakes...)
	}
	sum := sha256.Sum256([]byte(c.Revision + " " + l.revision()))
	out.Revision = hex.EncodeToString(sum[:])[:32]
	return out, nil
}

// overlaid are the folders of which files can be put over a catalogue.
var overlaid = []string{"rules", "tools", "devices", "assess"}

func toolKey(t *Tool) string { return t.ID }

// strayFiles refuses what would silently not be read.
func (l *loader) strayFiles() {
	err := fs.WalkDir(l.fsys, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		folder, _, _ := strings.Cut(name, "/")
		if !d.IsDir() && !slices.Contains(overlaid, folder) && path.Base(name) != "README.md" {
			l.mistakes = append(l.mistakes, fmt.Errorf("%s:1: not below rules/, tools/, devices/ or assess/, so it would not be read", name))
		}
		return nil
	})
	if err != nil {
		l.mistakes = append(l.mistakes, fmt.Errorf(".:1: list the files: %w", err))
	}
}

// replaced gives both lists in one, by id; of two with the same id the later one.
func replaced[T any](before, over []T, id func(*T) string) []T {
	byID := map[string]T{}
	for _, list := range [][]T{before, over} {
		for i := range list {
			byID[id(&list[i])] = list[i]
		}
	}
	var list []T
	for _, key := range slices.Sorted(maps.Keys(byID)) {
		list = append(list, byID[key])
	}
	return list
}
