package api

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
	"golang.org/x/tools/txtar"

	"github.com/farmwatch/farmwatch/proto/catalogue"
	consolev1 "github.com/farmwatch/farmwatch/proto/farmwatch/console/v1"
	"github.com/farmwatch/farmwatch/server/internal/assess"
)

// ruleFiles are files of the catalogue as somebody sent them, put to where the
// catalogue has such files.
type ruleFiles struct {
	archive txtar.Archive
	held    []assess.Proposed
	names   []string // what stands where, and what the sender calls it, in pairs
}

// A glance is as much of a file as says where it belongs.
type glance struct {
	ID         string `yaml:"id"`
	Conclusion string `yaml:"conclusion"`
	Watch      int    `yaml:"watch"`
	Class      string `yaml:"class"`
	Artefacts  any    `yaml:"artefacts"` // of a tool
	Identity   any    `yaml:"identity"`  // of a device
}

var (
	plainID   = regexp.MustCompile(`^[a-z][a-z0-9_]*(\.[a-z0-9_]+)+$`) // of a rule or composite
	plainName = regexp.MustCompile(`^[a-z0-9][a-z0-9-]*$`)             // of a tool or device
)

// readRuleFiles finds out what each file is. What is wrong inside one is for the
// catalogue's own loader to say.
func readRuleFiles(files []*consolev1.RuleFile) (*ruleFiles, error) {
	if len(files) == 0 || len(files) > mostFiles {
		return nil, invalid("send between 1 and %d files, not %d", mostFiles, len(files))
	}
	all := &ruleFiles{}
	for i, f := range files {
		var g glance
		_ = yaml.Unmarshal([]byte(f.GetText()), &g) // the loader says with its line what is no YAML
		place, what := g.place(i)
		if at := slices.Index(all.names, place); at >= 0 {
			return nil, invalid("%s: %s stands in %s already", f.GetName(), what.ID, all.names[at+1])
		}
		all.names = append(all.names, place, calledAs(f.GetName(), i))
		all.held = append(all.held, what)
		all.archive.Files = append(all.archive.Files, txtar.File{Name: place, Data: []byte(f.GetText())})
	}
	return all, nil
}

// place says where in a catalogue a file belongs, and what it proposes.
func (g glance) place(number int) (name string, what assess.Proposed) {
	switch {
	case g.ID == "" && g.Conclusion == "" && g.Class == "" && g.Watch != 0:
		return "assess/scale.yaml", assess.Proposed{Kind: assess.ProposedScale, ID: assess.ScaleID}
	case g.Artefacts != nil:
		return g.below("tools", number), assess.Proposed{Kind: assess.ProposedTool, ID: g.ID}
	case g.Identity != nil:
		return g.below("devices", number), assess.Proposed{Kind: assess.ProposedDevice, ID: g.ID}
	case !plainID.MatchString(g.ID):
		return fmt.Sprintf("rules/unplaced/%d.yaml", number), assess.Proposed{Kind: assess.ProposedRule, ID: g.ID}
	case g.Conclusion != "":
		return "assess/" + g.ID + ".yaml", assess.Proposed{Kind: assess.ProposedComposite, ID: g.ID}
	}
	group, _, _ := strings.Cut(g.ID, ".")
	return "rules/" + group + "/" + g.ID + ".yaml", assess.Proposed{Kind: assess.ProposedRule, ID: g.ID}
}

// below names a file in a folder by its id, of which the catalogue says what is wrong with it.
func (g glance) below(folder string, number int) string {
	if !plainName.MatchString(g.ID) {
		return fmt.Sprintf("%s/unplaced/%d.yaml", folder, number)
	}
	return folder + "/" + g.ID + ".yaml"
}

// calledAs is what a file is called where its mistakes are told.
func calledAs(name string, number int) string {
	name = strings.TrimSpace(strings.Map(func(r rune) rune {
		if r < ' ' {
			return -1
		}
		return r
	}, path.Clean(name)))
	if name == "" || name == "." || len(name) > 200 {
		return fmt.Sprintf("file %d", number+1)
	}
	return name
}

// over gives the catalogue with the files put over it, or every mistake in them
// with the sender's name of the file and the line.
func (f *ruleFiles) over(c *catalogue.Catalogue) (*catalogue.Catalogue, error) {
	var files fs.FS
	files, err := txtar.FS(&f.archive)
	if err != nil {
		return nil, fmt.Errorf("lay out the files: %w", err)
	}
	after, err := catalogue.Overlay(c, files)
	if err != nil {
		return nil, invalid("%w", errors.New(strings.NewReplacer(f.names...).Replace(err.Error())))
	}
	return after, nil
}
