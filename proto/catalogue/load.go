package catalogue

import (
	"cmp"
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

// maxFiles bounds how many files one catalogue may hold.
const maxFiles = 10_000

// Load reads a catalogue from rules/, tools/, devices/, assess/ and
// classes.yaml. It is strict: the error joins every mistake of every file, each
// as "file:line: sentence", and a catalogue with a mistake is not used at all.
func Load(fsys fs.FS) (*Catalogue, error) {
	c, l := load(fsys)
	if len(l.mistakes) > 0 {
		return nil, errors.Join(l.mistakes...)
	}
	return c, nil
}

func load(fsys fs.FS) (*Catalogue, *loader) {
	l := &loader{fsys: fsys, origin: map[string]string{}}
	c := &Catalogue{}
	l.loadClasses()
	l.loadDevices(c)
	l.loadRules(c)
	l.loadTools(c)
	l.loadBystanders(c)
	slices.SortStableFunc(c.Rules, func(a, b Rule) int { return cmp.Compare(a.ID, b.ID) })
	c.build(l.classes)
	if !l.loadAssess(c, c.EveryRule(), nil) {
		l.mistakes = append(l.mistakes, fmt.Errorf("%s:1: the file is missing, so no level has a number", scaleName))
	}
	c.Revision = l.revision()
	return c, l
}

// A loader gathers the mistakes of all files, so that one run shows them all.
type loader struct {
	fsys     fs.FS
	classes  map[string]class
	devices  []Device
	below    []Tool            // of the catalogue over which the files are put
	origin   map[string]string // file of each id, to name both when an id stands twice
	names    []string
	mistakes []error
}

// files lists the YAML files below a folder, in order. A README beside them is
// allowed, anything else is a mistake: a rule in x.yml would silently not load.
func (l *loader) files(folder string) []string {
	var found []string
	err := fs.WalkDir(l.fsys, folder, func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() || path.Base(name) == "README.md":
		case path.Ext(name) != ".yaml":
			l.mistakes = append(l.mistakes, fmt.Errorf("%s:1: not a .yaml file, so it would not be read", name))
		case len(l.names)+len(found) >= maxFiles:
			return fmt.Errorf("more than %d files", maxFiles)
		default:
			found = append(found, name)
		}
		return nil
	})
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		l.mistakes = append(l.mistakes, fmt.Errorf("%s:1: list the folder: %w", folder, err))
	}
	l.names = append(l.names, found...)
	return found
}

// read decodes one file into a struct; what finds more mistakes adds to the
// returned file and hands it to keep.
func (l *loader) read(name string, into any) *yamlFile {
	f := openYAML(l.fsys, name)
	f.decode(into)
	return f
}

// keep takes over a file's mistakes and says whether it had none.
func (l *loader) keep(f *yamlFile) bool {
	l.mistakes = append(l.mistakes, f.mistakes...)
	return len(f.mistakes) == 0
}

// claim refuses an id that another file has already.
func (l *loader) claim(f *yamlFile, kind, id string) {
	if id == "" {
		return
	}
	if other, taken := l.origin[kind+" "+id]; taken {
		f.at("id", "id %q stands in %s already", id, other)
		return
	}
	l.origin[kind+" "+id] = f.name
}

// revision names the catalogue by its files' names and bytes.
func (l *loader) revision() string {
	names := slices.Clone(l.names)
	slices.Sort(names)
	h := sha256.New()
	for _, name := range names {
		text, err := readLimited(l.fsys, name)
		if err != nil {
			continue // read before, with its mistake kept
		}
		h.Write(fmt.Appendf(nil, "%d %s %d ", len(name), name, len(text)))
		h.Write(text)
	}
	return hex.EncodeToString(h.Sum(nil))[:32]
}

// required refuses each of the named texts that is missing.
func required(f *yamlFile, texts map[string]string) {
	for _, key := range slices.Sorted(maps.Keys(texts)) {
		if strings.TrimSpace(texts[key]) == "" && f.root != nil && f.lines[key] == 0 {
			f.at(parent(key), "%s is missing", key)
		}
	}
}
