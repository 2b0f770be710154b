package main

import (
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// What somebody downloaded is read with limits: a list of tools is small.
const (
	maxFiles    = 5000
	maxOneTool  = 1 << 20  // bytes of a file about one product
	maxExport   = 64 << 20 // bytes of the export of all
	maxProducts = 5000
	maxValues   = 2000 // of one product
)

// A product is one entry of the public list, with the values it names.
type product struct {
	file     string // and, in an export, which entry
	name     string
	website  string
	values   []value
	mistakes []string // of the entry as a whole
}

// A value is one text of an entry and where it stands.
type value struct {
	where string // "Network.Domains[2]"
	kind  string // our type of artefact
	os    string
	text  string
}

// read gives the products of all files below a folder. A file that cannot be
// read is a product with a mistake, so that the others are still shown.
func read(fsys fs.FS) ([]product, error) {
	var list []product
	files := 0
	err := fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		if files++; files > maxFiles {
			return fmt.Errorf("more than %d files", maxFiles)
		}
		list = append(list, readFile(fsys, name)...)
		if len(list) > maxProducts {
			return fmt.Errorf("more than %d products", maxProducts)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read the folder: %w", err)
	}
	if len(list) == 0 {
		return nil, errors.New("the folder holds no .yaml, .yml, .json or .csv file")
	}
	return list, nil
}

func readFile(fsys fs.FS, name string) []product {
	var entries []any
	var err error
	switch strings.ToLower(path.Ext(name)) {
	case ".yaml", ".yml":
		entries, err = limited(fsys, name, maxOneTool, decodeYAML)
	case ".json":
		entries, err = limited(fsys, name, maxExport, decodeJSON)
	case ".csv":
		entries, err = limited(fsys, name, maxExport, decodeCSV)
	default:
		return nil
	}
	if err != nil {
		return []product{{file: name, mistakes: []string{err.Error()}}}
	}
	var list []product
	for i, entry := range entries {
		file := name
		if len(entries) > 1 {
			file = fmt.Sprintf("%s[%d]", name, i)
		}
		list = append(list, productOf(file, entry))
	}
	return list
}

func limited(fsys fs.FS, name string, most int64, decode func([]byte) ([]any, error)) ([]any, error) {
	f, err := fsys.Open(name)
	if err != nil {
		return nil, fmt.Errorf("open: %w", err)
	}
	defer func() { _ = f.Close() }() // it was read only
	text, err := io.ReadAll(io.LimitReader(f, most+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("read: %w", err)
	case int64(len(text)) > most:
		return nil, fmt.Errorf("the file is larger than %d KiB", most>>10)
	}
	return decode(text)
}

func decodeYAML(text []byte) ([]any, error) {
	var document any
	if err := yaml.Unmarshal(text, &document); err != nil {
		return nil, fmt.Errorf("not YAML: %w", err)
	}
	return entriesOf(document), nil
}

func decodeJSON(text []byte) ([]any, error) {
	var document any
	if err := json.Unmarshal(text, &document); err != nil {
		return nil, fmt.Errorf("not JSON: %w", err)
	}
	return entriesOf(document), nil
}

func entriesOf(document any) []any {
	if list, ok := document.([]any); ok {
		return list[:min(len(list), maxProducts+1)]
	}
	return []any{document}
}

// decodeCSV gives each row the shape that the other forms have. Its columns are
// flat, paths are joined by commas and artefacts are JSON within a column.
func decodeCSV(text []byte) ([]any, error) {
	rows, err := csv.NewReader(strings.NewReader(string(text))).ReadAll()
	if err != nil {
		return nil, fmt.Errorf("not CSV: %w", err)
	}
	if len(rows) == 0 || !slices.Contains(rows[0], "Name") || !slices.Contains(rows[0], "Artifacts") {
		return nil, errors.New("the table has no columns Name and Artifacts: want the export of all tools")
	}
	var list []any
	for _, row := range rows[1:] {
		cell := map[string]any{}
		for i, column := range rows[0] {
			cell[column] = row[i]
		}
		var artefacts any
		if text, _ := cell["Artifacts"].(string); text != "" {
			if err := json.Unmarshal([]byte(text), &artefacts); err != nil {
				list = append(list, fmt.Errorf("column Artifacts of %v is not JSON: %w", cell["Name"], err))
				continue
			}
		}
		paths, _ := cell["InstallationPaths"].(string)
		list = append(list, map[string]any{
			"Name": cell["Name"], "Artifacts": artefacts,
			"Details": map[string]any{"Website": cell["Website"], "PEMetadata": cell, "InstallationPaths": strings.Split(paths, ", ")},
		})
	}
	return list, nil
}
