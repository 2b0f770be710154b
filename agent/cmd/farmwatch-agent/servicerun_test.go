package main

import (
	"io"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/farmwatch/farmwatch/agent/internal/config"
)

// TestNothingIsWrittenIntoFoldersOfOthers: who may put a folder where the agent's
// will be would otherwise say by a link in it what the system's account writes.
func TestNothingIsWrittenIntoFoldersOfOthers(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("host's own test asks it there")
	}
	state := filepath.Join(t.TempDir(), "agent")
	if err := os.Mkdir(state, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(state, 0o777); err != nil {
		t.Fatal(err)
	}
	c := config.Default()
	c.StateDir, c.LogFile = state, filepath.Join(state, "agent.log")
	if _, _, err := prepared(world{err: io.Discard}, c); err == nil {
		t.Error("a folder that everybody may write into was taken")
	}
	if inside, err := os.ReadDir(state); err != nil || len(inside) > 0 {
		t.Errorf("before it was refused %v was written into it, %v", inside, err)
	}
	if err := guardOwn(state); err == nil {
		t.Error("a configuration would be read from a folder that everybody may write into")
	}
	if err := guardOwn(""); err != nil {
		t.Errorf("where a package makes the folders: %v", err)
	}
}
