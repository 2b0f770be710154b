package main

import (
	"encoding/xml"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestCompanionIsForSystemsThatNeedOne(t *testing.T) {
	if code, out, errs := agent(t, "companion"); code != 1 || !strings.Contains(errs, "cannot look at how input arrives in this session") {
		t.Errorf("on Linux ends with %d: %s%s", code, out, errs)
	}
	if _, out, _ := agent(t, "--help"); strings.Contains(out, "companion") {
		t.Error("people are shown a command that is none of theirs")
	}
}

// TestCompanionIsInstalled where launchd starts it, for the program that is there.
func TestCompanionIsInstalled(t *testing.T) {
	folder := t.TempDir()
	file := filepath.Join(folder, companionFile)
	if err := errors.Join(installCompanion("linux", folder, "/x"), removeCompanion("linux", folder), removeCompanion("darwin", folder)); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(file); err == nil {
		t.Error("on Linux there is one")
	}
	if err := installCompanion("darwin", folder, "/opt/R&D/farmwatch-agent"); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(file)
	if err != nil || !strings.Contains(string(text), "<string>/opt/R&amp;D/farmwatch-agent</string>\n\t\t<string>companion</string>") {
		t.Errorf("%v: %s", err, text)
	}
	decoder := xml.NewDecoder(strings.NewReader(string(text)))
	for err = nil; err == nil; {
		_, err = decoder.Token()
	}
	if !errors.Is(err, io.EOF) {
		t.Error(err)
	}
	if err := removeCompanion("darwin", folder); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(file); err == nil {
		t.Error("it is left behind")
	}
	if err := installCompanion("darwin", filepath.Join(folder, "none"), "/x"); err == nil {
		t.Error("what cannot be installed is")
	}
}
