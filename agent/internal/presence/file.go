package presence

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
)

// Load reads what Save kept. A file that is not there holds none; one that
// cannot be read as such is set aside, since the bundle names again what is open.
func Load(path string) ([]Record, error) {
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read presence checks: %w", err)
	}
	var records []Record
	if err := json.Unmarshal(text, &records); err != nil {
		if err := os.Rename(path, path+".aside"); err != nil {
			return nil, fmt.Errorf("set unreadable presence checks aside: %w", err)
		}
		return nil, nil
	}
	return records, nil
}

// Save keeps the records in one step, readable with this mode: a reader sees
// the old file or the new one.
func Save(path string, mode fs.FileMode, records []Record) error {
	text, err := json.Marshal(records)
	if err != nil {
		return fmt.Errorf("keep presence checks: %w", err)
	}
	return replace(path, mode, text)
}

func replace(path string, mode fs.FileMode, text []byte) error {
	if err := os.WriteFile(path+".new", text, mode); err != nil {
		return fmt.Errorf("keep presence checks: %w", err)
	}
	if err := os.Chmod(path+".new", mode); err != nil { // whatever the umask took away
		return fmt.Errorf("keep presence checks: %w", err)
	}
	if err := os.Rename(path+".new", path); err != nil {
		return fmt.Errorf("keep presence checks: %w", err)
	}
	return nil
}
