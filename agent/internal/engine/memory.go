package engine

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/farmwatch/farmwatch/proto/catalogue"
	"github.com/farmwatch/farmwatch/proto/finding"
)

// Memory keeps the open findings over a restart, so that what disappeared while
// the agent was down is closed when it comes back.
type Memory interface {
	Load() ([]finding.Finding, error)
	Save([]finding.Finding) error
}

// remember seeds the trackers with what was open when the agent ended.
func (e *Engine) remember() error {
	if e.Memory == nil {
		return nil
	}
	open, err := e.Memory.Load()
	if err != nil {
		return err
	}
	byClass := map[string][]finding.Finding{}
	for _, f := range open {
		if class, known := classOf(e.Catalogue, f); known {
			byClass[class] = append(byClass[class], f)
		}
	}
	for class, findings := range byClass {
		e.tracker(class).Restore(findings)
	}
	return nil
}

// memorize saves what is open now. Evidence stays out: the next start sees it anew.
func (e *Engine) memorize() error {
	if e.Memory == nil || !e.forgot {
		return nil
	}
	var open []finding.Finding
	for _, t := range e.trackers {
		for _, f := range t.Open() {
			f.Evidence = names(f.Evidence)
			open = append(open, f)
		}
	}
	slices.SortFunc(open, func(a, b finding.Finding) int { return cmp.Compare(a.UID, b.UID) })
	if err := e.Memory.Save(open); err != nil {
		return err
	}
	e.forgot = false
	return nil
}

// names keeps which rows there were and forgets what they said.
func names(rows []finding.Observation) []finding.Observation {
	named := make([]finding.Observation, 0, len(rows))
	for _, row := range rows {
		named = append(named, finding.Observation{Class: row.Class, UID: row.UID})
	}
	return named
}

// classOf is the class whose rows a finding rests on.
func classOf(c *catalogue.Catalogue, f finding.Finding) (string, bool) {
	if len(f.Evidence) > 0 {
		return f.Evidence[0].Class, true
	}
	rule, known := c.Rule(f.Rule)
	if !known {
		return "", false
	}
	return rule.Class, true
}

// File is a Memory in one file. A file that cannot be read as such is no
// reason not to start: it is set aside, and what was open is found again.
type File struct{ Path string }

// Load reads the findings; a file that is not there holds none.
func (m File) Load() ([]finding.Finding, error) {
	text, err := os.ReadFile(m.Path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read open findings: %w", err)
	}
	var open []finding.Finding
	if err := json.Unmarshal(text, &open); err != nil {
		if err := os.Rename(m.Path, m.Path+".aside"); err != nil {
			return nil, fmt.Errorf("set unreadable findings aside: %w", err)
		}
		return nil, nil
	}
	return open, nil
}

// Save writes the findings in one step: a reader sees the old file or the new one.
func (m File) Save(open []finding.Finding) error {
	text, err := json.Marshal(open)
	if err != nil {
		return fmt.Errorf("write open findings: %w", err)
	}
	fresh := filepath.Join(filepath.Dir(m.Path), "."+filepath.Base(m.Path))
	if err := os.WriteFile(fresh, text, 0o600); err != nil {
		return fmt.Errorf("write open findings: %w", err)
	}
	if err := os.Rename(fresh, m.Path); err != nil {
		return fmt.Errorf("write open findings: %w", err)
	}
	return nil
}
