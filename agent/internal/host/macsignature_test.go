package host

import (
	"encoding/hex"
	"testing"
)

func TestWhatMacOSSaysOfASignature(t *testing.T) {
	for name, c := range map[string]struct {
		told codeSignature
		want Program
		none bool
	}{
		"of a company":       {codeSignature{native: true, signer: "Developer ID Application: Example (A1B2C3D4E5)", team: "A1B2C3D4E5", identifier: "com.example.app", flags: 0x10000}, Program{Path: "/x", Signature: "valid", Signer: "Developer ID Application: Example (A1B2C3D4E5)", TeamID: "A1B2C3D4E5", BundleID: "com.example.app"}, false},
		"of Apple":           {codeSignature{native: true, signer: "Software Signing", team: "not set", identifier: "com.apple.ls"}, Program{Path: "/x", Signature: "valid", Signer: "Software Signing", BundleID: "com.apple.ls"}, false},
		"changed since":      {codeSignature{status: -67061, native: true, team: "A1B2C3D4E5"}, Program{Path: "/x", Signature: "invalid", TeamID: "A1B2C3D4E5"}, false},
		"taken back":         {codeSignature{status: codeRevoked, native: true, signer: "X"}, Program{Path: "/x", Signature: "invalid", Signer: "X"}, false},
		"unsigned":           {codeSignature{status: codeUnsigned, native: true}, Program{Path: "/x", Signature: "unsigned"}, false},
		"of a compiler":      {codeSignature{status: codeNotRequired, native: true, flags: 0x20002, identifier: "a.out"}, Program{Path: "/x", Signature: "unsigned", BundleID: "a.out"}, false},
		"changed, of nobody": {codeSignature{status: -67061, native: true, flags: 2}, Program{Path: "/x", Signature: "invalid"}, false},
		"of one's own":       {codeSignature{status: codeNotRequired, native: true, signer: "My own"}, Program{Path: "/x", Signature: "unverified", Signer: "My own"}, false},
		"a script":           {codeSignature{status: codeUnsigned}, Program{}, true},
		"not found":          {codeSignature{status: -67068, native: true}, Program{}, true},
	} {
		if got, ok := c.told.program("/x"); got != c.want || ok == c.none {
			t.Errorf("%s: %+v, %t, want %+v", name, got, ok, c.want)
		}
	}
}

func TestNativeProgram(t *testing.T) {
	for name, c := range map[string]struct {
		head string
		want bool
	}{
		"for Apple's chips": {"cffaedfe0c00000100000000", true}, "for Intel, 32 bits": {"cefaedfe0700000003000000", true},
		"for two processors": {"cafebabe0000000201000007", true}, "for two, large": {"cafebabf0000000201000007", true},
		"a class of Java": {"cafebabe0000003d01000007", false}, "a script": {"23212f62696e2f7368", false}, "of no processor": {"cafebabe00000000", false},
		"cut": {"cffaed", false}, "empty": {"", false},
	} {
		head, err := hex.DecodeString(c.head)
		if got := nativeProgram(head); err != nil || got != c.want {
			t.Errorf("%s: %t, %v, want %t", name, got, err, c.want)
		}
	}
}
