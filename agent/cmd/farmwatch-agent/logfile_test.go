package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestLogIsBoundedAndKeepsWhatIsNewest(t *testing.T) {
	path := filepath.Join(t.TempDir(), "logs", "agent.log")
	log, err := openLog(path, 100)
	if err != nil {
		t.Fatal(err)
	}
	line := func(b byte) string { return strings.Repeat(string(b), 29) + "\n" }
	for b := byte('a'); b <= 'k'; b++ {
		if n, err := log.Write([]byte(line(b))); n != 30 || err != nil {
			t.Fatal(n, err)
		}
	}
	content := func(name string) string {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	if got := content(path); got != line('j')+line('k') {
		t.Errorf("the log holds %q", got)
	}
	if got := content(path + ".old"); got != line('g')+line('h')+line('i') {
		t.Errorf("the one before holds %q", got)
	}
	if err := log.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := log.Write([]byte("late")); err == nil {
		t.Error("a closed log was written")
	}
	again, err := openLog(path, 100)
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	if _, err := again.Write([]byte(line('l'))); err != nil || content(path) != line('j')+line('k')+line('l') {
		t.Errorf("a log that was there is not gone on with: %v", err)
	}
	if _, err := again.Write([]byte(strings.Repeat("m", 300))); err != nil || len(content(path)) != 300 {
		t.Errorf("a line longer than a log is lost: %v", err)
	}
}

// TestLogThatCannotTurnStaysBounded: a folder stands where the old log would go.
func TestLogThatCannotTurnStaysBounded(t *testing.T) {
	path := filepath.Join(t.TempDir(), "agent.log")
	if err := os.MkdirAll(filepath.Join(path+".old", "taken"), 0o700); err != nil {
		t.Fatal(err)
	}
	log, err := openLog(path, 10)
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	for _, words := range []string{"first\n", "second\n"} {
		if _, err := log.Write([]byte(words)); err != nil {
			t.Fatal(err)
		}
	}
	if text, err := os.ReadFile(path); err != nil || string(text) != "second\n" {
		t.Errorf("the log holds %q, %v", text, err)
	}
}
