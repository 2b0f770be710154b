package parse

import (
	"bytes"
	"encoding/binary"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/farmwatch/farmwatch/agent/internal/parse/parsetest"
)

func rustDesk(sign func([]byte) []byte) []byte {
	return parsetest.MachO(parsetest.MacProgram{
		Identifier: "com.carriez.rustdesk", Team: "HZF9JMC8YN", Sign: sign, Body: bytes.Repeat([]byte("code"), 5000),
		Needed: []string{"/usr/lib/libSystem.B.dylib", "@rpath/librustdesk.dylib"},
	})
}

func parseMachO(t testing.TB, program []byte, limit int64) MachO {
	t.Helper()
	m, err := ParseMachO(bytes.NewReader(program), int64(len(program)), limit)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestParseMachO(t *testing.T) {
	for name, m := range map[string]maker{"RSA": rsaMaker(t), "ECDSA": ecdsaMaker(t)} {
		program := rustDesk(m.codesign(t))
		fat := parsetest.MachFat(intel(rustDesk(nil)), program)
		for which, program := range map[string][]byte{"thin": program, "fat": fat} {
			got := parseMachO(t, program, 1<<20)
			if diff := cmp.Diff([]string{"libSystem.B.dylib", "librustdesk.dylib"}, got.Needed); diff != "" || got.Bits != 64 {
				t.Errorf("%s, %s: %d bits, libraries (-want +got):\n%s", name, which, got.Bits, diff)
			}
			s := got.Signature
			if s.Standing != Holds || s.AdHoc || s.Identifier != "com.carriez.rustdesk" || s.TeamID != "HZF9JMC8YN" || s.Signer() == "" || len(s.Chain) != 2 || s.Stamped.IsZero() {
				t.Errorf("%s, %s: signature %+v", name, which, s)
			}
		}
	}
}

// intel makes a program one for another processor.
func intel(program []byte) []byte {
	binary.LittleEndian.PutUint32(program[4:], 0x01000007)
	return program
}

func TestMachOIsBroken(t *testing.T) {
	program := rustDesk(rsaMaker(t).codesign(t))
	team := bytes.Index(program, []byte("HZF9JMC8YN"))
	requirements := bytes.Index(program, []byte{0xfa, 0xde, 0x0c, 0x01})
	for name, test := range map[string]struct {
		program  []byte
		limit    int64
		standing Standing
	}{
		"as it was":         {program, 1 << 20, Holds},
		"a longer program":  {program, 4096, Unproven},
		"other code":        {changed(program, 9000), 1 << 20, Broken},
		"another team":      {changed(program, team), 1 << 20, Broken},
		"other conditions":  {changed(program, requirements+8), 1 << 20, Broken},
		"another directory": {changed(program, team-60), 1 << 20, Broken},
	} {
		if s := parseMachO(t, test.program, test.limit).Signature; s.Standing != test.standing {
			t.Errorf("%s: %+v, want it %s", name, s, test.standing)
		}
	}
	if s := parseMachO(t, rustDesk(nil), 1<<20).Signature; s.Standing != Holds || !s.AdHoc || s.Signer() != "" || s.TeamID == "" {
		t.Errorf("signed by nobody: %+v", s)
	}
}

// Go's own linker writes the hashes that macOS asks for.
func TestMachOFromGo(t *testing.T) {
	program := built(t, "darwin", "arm64")
	m := parseMachO(t, program, 64<<20)
	if s := m.Signature; s.Standing != Holds || !s.AdHoc || s.Identifier != "a.out" {
		t.Errorf("signature %+v, want hashes that hold and no signer", s)
	}
	wantBuild(t, m, program)
	if s := parseMachO(t, changed(program, 5000), 64<<20).Signature; s.Standing != Broken {
		t.Errorf("changed, its signature is %+v", s)
	}
}

func TestParseMachORefuses(t *testing.T) {
	for name, program := range map[string][]byte{
		"nothing": nil, "text": []byte("#!/bin/sh\necho something longer\n"), "a class of Java": {0xca, 0xfe, 0xba, 0xbe, 0, 0, 0, 61, 0, 0},
		"the beginning": rustDesk(nil)[:40], "a file of no programs": {0xca, 0xfe, 0xba, 0xbe, 0, 0, 0, 0},
	} {
		if m, err := ParseMachO(bytes.NewReader(program), int64(len(program)), 1<<20); err == nil {
			t.Errorf("%s is taken for a program of macOS: %+v", name, m)
		}
	}
}

func FuzzMachO(f *testing.F) {
	program := rustDesk(rsaMaker(f).codesign(f))
	f.Add(program)
	f.Add(parsetest.MachFat(rustDesk(nil)))
	f.Fuzz(func(t *testing.T, program []byte) {
		m, err := ParseMachO(bytes.NewReader(program), int64(len(program)), 1<<20)
		if err != nil {
			return
		}
		if len(m.Needed) > machNeeded || len(m.Signature.TeamID) > textLimit {
			t.Fatalf("%d libraries, team %q", len(m.Needed), m.Signature.TeamID)
		}
		_, _ = m.GoBuild(bytes.NewReader(program), int64(len(program)))
	})
}
