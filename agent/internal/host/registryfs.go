package host

import (
	"bytes"
	"io/fs"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// What one look into the registry may cost.
const (
	maxRegistryValue = 64 << 10 // bytes of one value
	maxRegistryNames = 65536    // keys, and as many values, of one key
)

// registryRoot is where the registry lies among the files of a Windows machine.
const registryRoot = "registry"

// unnamedValue is what the registry's own editor calls the value without a name.
const unnamedValue = "(default)"

// besideKey marks a value that has the name of a key beside it: a folder cannot
// hold both, and hiding a value behind a key must not work.
const besideKey = " (value)"

// A registry opens keys of one of the two trees there are: HKLM and HKU.
type registry interface {
	// open opens a key by its path, whose elements are joined by backslashes.
	open(root, key string) (registryKey, error)
}

// A registryKey is one open key. Names are as the system has them.
type registryKey interface {
	keys() ([]string, error)
	values() ([]string, error)
	value(name string) (kind uint32, raw []byte, err error)
	written() time.Time
	close()
}

// registryFS serves the registry as files: a key is a folder, a value a file
// that holds its text. Links between keys are followed by the system and not told.
type registryFS struct{ registry }

var (
	_ FS            = registryFS{}
	_ fs.StatFS     = registryFS{}
	_ fs.ReadDirFS  = registryFS{}
	_ fs.ReadFileFS = registryFS{}
)

func registryRoots() []string { return []string{"HKLM", "HKU"} }

// registryPlace is a name below the registry's root, taken apart.
type registryPlace struct{ root, parent, leaf string }

func placeInRegistry(name string) (registryPlace, bool) {
	elements := strings.Split(name, "/")
	if !fs.ValidPath(name) || elements[0] != registryRoot || len(elements) > 1 && !slices.Contains(registryRoots(), elements[1]) {
		return registryPlace{}, false
	}
	for i, element := range elements {
		if elements[i] = registryName(element); i < len(elements)-1 && strings.Contains(elements[i], `\`) {
			return registryPlace{}, false // no key's name holds one
		}
	}
	switch len(elements) {
	case 1:
		return registryPlace{}, true
	case 2:
		return registryPlace{root: elements[1]}, true
	}
	return registryPlace{elements[1], strings.Join(elements[2:len(elements)-1], `\`), elements[len(elements)-1]}, true
}

// fileName writes a name of the registry as one element of a path.
func fileName(name string) string {
	switch name {
	case "":
		return unnamedValue
	case ".", "..":
		return strings.ReplaceAll(name, ".", "%2E")
	}
	return strings.ToValidUTF8(strings.ReplaceAll(name, "/", "%2F"), string(utf8.RuneError))
}

func registryName(element string) string {
	switch element {
	case "%2E", "%2E%2E":
		return strings.ReplaceAll(element, "%2E", ".")
	}
	return strings.ReplaceAll(element, "%2F", "/")
}

// key opens the key of a place itself.
func (f registryFS) key(p registryPlace) (registryKey, error) {
	key := p.parent
	if p.leaf != "" && key != "" {
		key += `\`
	}
	return f.open(p.root, key+p.leaf)
}

// found is what a name stands for: a key or a value.
type found struct {
	name    string
	written time.Time
	key     registryKey // nil for a value, and for the folder of the roots
	folder  bool
	text    []byte
}

func (f registryFS) find(name string) (*found, error) {
	p, ok := placeInRegistry(name)
	if !ok {
		return nil, fs.ErrNotExist
	}
	base := name[strings.LastIndexByte(name, '/')+1:]
	if p.root == "" {
		return &found{name: base, folder: true}, nil
	}
	keyErr := fs.ErrNotExist
	if !strings.Contains(p.leaf, `\`) {
		var key registryKey
		if key, keyErr = f.key(p); keyErr == nil {
			return &found{name: base, folder: true, key: key, written: key.written()}, nil
		}
	}
	if p.leaf == "" {
		return nil, keyErr
	}
	parent, err := f.open(p.root, p.parent)
	if err != nil {
		return nil, firstOf(keyErr, err)
	}
	defer parent.close()
	value, err := valueCalled(parent, p.leaf)
	if err != nil {
		return nil, firstOf(keyErr, err)
	}
	return &found{name: base, written: parent.written(), text: value}, nil
}

// firstOf gives the error that says more: that a key is there and refuses says
// more than that no value has its name.
func firstOf(key, value error) error {
	if isNotExist(value) && key != nil {
		return key
	}
	return value
}

func isNotExist(err error) bool { return err != nil && bareIs(err, fs.ErrNotExist) }

func valueCalled(key registryKey, name string) ([]byte, error) {
	if name == unnamedValue {
		name = ""
	}
	kind, raw, err := key.value(name)
	if plain, ok := strings.CutSuffix(name, besideKey); ok && isNotExist(err) {
		kind, raw, err = key.value(plain)
	}
	if err != nil {
		return nil, err
	}
	return []byte(registryValue(kind, raw)), nil
}

func (f registryFS) look(op, name string) (*found, error) {
	is, err := f.find(name)
	if err != nil {
		return nil, &fs.PathError{Op: op, Path: name, Err: bare(err)}
	}
	return is, nil
}

// Open opens a key or a value.
func (f registryFS) Open(name string) (fs.File, error) {
	is, err := f.look("open", name)
	if err != nil {
		return nil, err
	}
	stat := is.stat()
	if !is.folder {
		return &registryFile{stat, bytes.NewReader(is.text)}, nil
	}
	defer is.close()
	entries, err := f.entries(name, is)
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: name, Err: bare(err)}
	}
	return &registryFolder{stat: stat, openDir: openDir{node: newDir(is.name), left: entries}}, nil
}

// ReadFile gives a value's text.
func (f registryFS) ReadFile(name string) ([]byte, error) {
	is, err := f.look("read", name)
	if err != nil {
		return nil, err
	}
	if is.folder {
		is.close()
		return nil, &fs.PathError{Op: "read", Path: name, Err: errFolder}
	}
	return is.text, nil
}

// Stat describes a key or a value; both were last written when the key was.
func (f registryFS) Stat(name string) (fs.FileInfo, error) {
	is, err := f.look("stat", name)
	if err != nil {
		return nil, err
	}
	is.close()
	return is.stat(), nil
}

// Lstat is Stat: nothing here is a link.
func (f registryFS) Lstat(name string) (fs.FileInfo, error) { return f.Stat(name) }

// ReadLink fails: nothing here is a link.
func (f registryFS) ReadLink(name string) (string, error) {
	if _, err := f.Stat(name); err != nil {
		return "", err
	}
	return "", &fs.PathError{Op: "readlink", Path: name, Err: fs.ErrInvalid}
}

// ReadDir lists the keys and values of a key.
func (f registryFS) ReadDir(name string) ([]fs.DirEntry, error) {
	is, err := f.look("open", name)
	if err != nil {
		return nil, err
	}
	defer is.close()
	if !is.folder {
		return nil, &fs.PathError{Op: "readdir", Path: name, Err: errNoFolder}
	}
	entries, err := f.entries(name, is)
	if err != nil {
		return entries, &fs.PathError{Op: "readdir", Path: name, Err: bare(err)}
	}
	return entries, nil
}

func (f registryFS) entries(name string, is *found) ([]fs.DirEntry, error) {
	if is.key == nil {
		return f.list(name, registryRoots(), nil), nil
	}
	keys, err := is.key.keys()
	if err != nil {
		return nil, err
	}
	values, err := is.key.values()
	return f.list(name, keys, values), err
}

func (f registryFS) list(name string, keys, values []string) []fs.DirEntry {
	entries, taken := make([]fs.DirEntry, 0, len(keys)+len(values)), make(map[string]bool, len(keys))
	add := func(element string, folder bool) {
		entries = append(entries, registryEntry{f, name + "/" + element, element, folder})
	}
	for _, key := range keys {
		taken[strings.ToLower(key)] = true
		add(fileName(key), true)
	}
	for _, value := range values {
		element := fileName(value)
		if taken[strings.ToLower(value)] {
			element += besideKey
		}
		add(element, false)
	}
	slices.SortFunc(entries, func(a, b fs.DirEntry) int { return strings.Compare(a.Name(), b.Name()) })
	return entries
}
