package main

import (
	"bytes"
	"os"
	"strings"
	"testing"
)

func TestTable(t *testing.T) {
	kinds, err := readKinds([]byte("# what is what\nkvm tinypilot\n\nlaptop (intel|dell)\n"))
	if err != nil {
		t.Fatal(err)
	}
	got, err := table(map[string]string{
		"001B21": "Intel Corporate\nSomewhere", "000476": "Nobody", "04C98B1": "TinyPilot, LLC", "0002B3": "INTEL CORPORATION", "70B3D5001": "Dell of nine digits",
	}, kinds)
	want := []byte{0, 2, 0x00, 0x02, 0xb3, 0x00, 0x1b, 0x21, 0, 0, 0, 1, 0x70, 0xb3, 0xd5, 0x00, 0x10} // laptops
	want = append(want, make([]byte, 3*3*2)...)                                                        // of three classes there are none
	want = append(want, 0, 0, 0, 1, 0x04, 0xc9, 0x8b, 0x10, 0, 0)                                      // KVMs
	want = append(want, make([]byte, 2*3*2)...)
	if err != nil || !bytes.Equal(got, want) {
		t.Errorf("% x, %v, want % x", got, err, want)
	}
}

func TestOrganisations(t *testing.T) {
	for text, want := range map[string]string{"toaster x": "organisations.txt:1", "# so\nlaptop (": "organisations.txt:2", "laptop": ""} {
		if _, err := readKinds([]byte(text)); want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
	text, err := os.ReadFile("organisations.txt")
	if err != nil {
		t.Fatal(err)
	}
	if kinds, err := readKinds(text); err != nil || len(kinds) < 20 {
		t.Errorf("%d lines, %v", len(kinds), err)
	}
}
