package host

import "testing"

func TestWhatMacOSSaysOfASignature(t *testing.T) {
	const thin, bundle = "Mach-O thin (arm64)", "app bundle with Mach-O universal (x86_64 arm64)"
	for name, c := range map[string]struct {
		told codeSignature
		want Program
		none bool
	}{
		"of a company":       {codeSignature{format: bundle, signer: "Developer ID Application: Example (A1B2C3D4E5)", team: "A1B2C3D4E5", identifier: "com.example.app", flags: 0x10000}, Program{Path: "/x", Signature: "valid", Signer: "Developer ID Application: Example (A1B2C3D4E5)", TeamID: "A1B2C3D4E5", BundleID: "com.example.app"}, false},
		"of Apple":           {codeSignature{format: thin, signer: "Software Signing", team: "not set", identifier: "com.apple.ls"}, Program{Path: "/x", Signature: "valid", Signer: "Software Signing", BundleID: "com.apple.ls"}, false},
		"changed since":      {codeSignature{status: -67061, format: thin, team: "A1B2C3D4E5"}, Program{Path: "/x", Signature: "invalid", TeamID: "A1B2C3D4E5"}, false},
		"taken back":         {codeSignature{status: codeRevoked, format: thin, signer: "X"}, Program{Path: "/x", Signature: "invalid", Signer: "X"}, false},
		"unsigned":           {codeSignature{status: codeUnsigned, format: thin}, Program{Path: "/x", Signature: "unsigned"}, false},
		"of a compiler":      {codeSignature{status: codeNotRequired, format: thin, flags: 0x20002, identifier: "a.out"}, Program{Path: "/x", Signature: "unsigned", BundleID: "a.out"}, false},
		"changed, of nobody": {codeSignature{status: -67061, format: thin, flags: 2}, Program{Path: "/x", Signature: "invalid"}, false},
		"of one's own":       {codeSignature{status: codeNotRequired, format: thin, signer: "My own"}, Program{Path: "/x", Signature: "unverified", Signer: "My own"}, false},
		"a script":           {codeSignature{status: codeUnsigned, format: "generic"}, Program{}, true},
		"not found":          {codeSignature{status: -67068, format: thin}, Program{}, true},
	} {
		if got, ok := c.told.program("/x"); got != c.want || ok == c.none {
			t.Errorf("%s: %+v, %t, want %+v", name, got, ok, c.want)
		}
	}
}
