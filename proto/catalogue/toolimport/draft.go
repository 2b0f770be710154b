package main

import (
	"bytes"
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"

	"golang.org/x/tools/txtar"

	"github.com/farmwatch/farmwatch/proto/catalogue"
)

// draftHead is how many lines of a draft stand before its first artefact.
const draftHead = 5

// draft writes a tool file with these artefacts, one a line.
func (c *compared) draft(id string, artefacts []catalogue.Artefact) []byte {
	var b bytes.Buffer
	category, name, website := "rmm", c.name, c.website
	if c.tool != nil {
		category, name, website = c.tool.Category, c.tool.Name, cmp.Or(c.tool.Website, c.website)
	}
	fmt.Fprintf(&b, "id: %s\nname: %s\ncategory: %s\nwebsite: %s\nartefacts:\n", id, strconv.Quote(name), category, strconv.Quote(website))
	for i := range artefacts {
		b.WriteString(line(&artefacts[i]) + "\n")
	}
	return b.Bytes()
}

// line is one artefact as the catalogue's files write it.
func line(a *catalogue.Artefact) string {
	parts := []string{"type: " + a.Type, "value: " + strconv.Quote(a.Value)}
	if a.Match != "" {
		parts = append(parts, "match: "+a.Match)
	}
	if a.OS != "" {
		parts = append(parts, "os: "+a.OS)
	}
	if len(a.Flags) > 0 {
		parts = append(parts, "flags: ["+strings.Join(a.Flags, ", ")+"]")
	}
	parts = append(parts, "source: ["+strings.Join(a.Source, ", ")+"]")
	return "  - {" + strings.Join(parts, ", ") + "}"
}

var mistake = regexp.MustCompile(`(?m)^tools/draft\.yaml:(\d+): (?:[a-z_.\[\]0-9]+: )?(.*)$`)

// loaderSays asks the catalogue's own loader about each artefact and gives its
// sentence for those that it refuses.
func loaderSays(c *compared, drafts []catalogue.Artefact) []string {
	sentences := make([]string, len(drafts))
	const atOnce = 25 // a file's mistakes are told up to a limit
	for from := 0; from < len(drafts); from += atOnce {
		part := drafts[from:min(from+atOnce, len(drafts))]
		archive := &txtar.Archive{Files: []txtar.File{{Name: "tools/draft.yaml", Data: c.draft("draft", part)}}}
		fsys, err := txtar.FS(archive)
		if err != nil {
			continue // one file of a fixed name is always a file system
		}
		if _, err = catalogue.Load(fsys); err == nil {
			continue
		}
		for _, found := range mistake.FindAllStringSubmatch(err.Error(), -1) {
			if at, err := strconv.Atoi(found[1]); err == nil && at > draftHead && at-draftHead <= len(part) {
				sentences[from+at-draftHead-1] = found[2]
			}
		}
	}
	return sentences
}

// write puts a draft of every tool that has something to add into a folder. A
// file that is there already is never touched.
func (all comparison) write(folder string) error {
	if err := os.MkdirAll(folder, 0o750); err != nil {
		return fmt.Errorf("make the folder for drafts: %w", err)
	}
	for i := range all {
		c := &all[i]
		id := c.id()
		if len(c.adds) == 0 || id == "" {
			continue
		}
		f, err := os.OpenFile(filepath.Join(folder, id+".yaml"), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
		if err != nil {
			return fmt.Errorf("begin the draft of %s: %w", id, err)
		}
		_, err = f.Write(c.draft(id, c.adds))
		if end := f.Close(); err == nil {
			err = end
		}
		if err != nil {
			return fmt.Errorf("write the draft of %s: %w", id, err)
		}
	}
	return nil
}

var notOfID = regexp.MustCompile(`[^a-z0-9]+`)

// id is ours, or made from the product's name.
func (c *compared) id() string {
	if c.tool != nil {
		return c.tool.ID
	}
	return strings.Trim(notOfID.ReplaceAllString(strings.ToLower(c.name), "-"), "-")
}
