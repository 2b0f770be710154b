package parse

import (
	"encoding/binary"
	"encoding/hex"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// compiled makes a requirement of numbers and texts.
func compiled(parts ...any) []byte {
	var body []byte
	for _, part := range parts {
		switch p := part.(type) {
		case int:
			body = binary.BigEndian.AppendUint32(body, uint32(p))
		case string:
			body = binary.BigEndian.AppendUint32(body, uint32(len(p)))
			body = append(body, p...)
			for len(body)%4 != 0 {
				body = append(body, 0)
			}
		}
	}
	head := binary.BigEndian.AppendUint32(nil, requirementMagic)
	head = binary.BigEndian.AppendUint32(head, uint32(len(body)+12))
	return append(binary.BigEndian.AppendUint32(head, 1), body...)
}

// developerID is Apple's own wording for a program of a developer.
func developerID(identifier, team string) []byte {
	return compiled(opAnd, 15, opAnd, opIdentifier, identifier,
		opOr, opCertGeneric, 0, "\x2a\x86\x48\x86\xf7\x63\x64\x06\x01\x09", 0,
		opAnd, opAnd, opCertGeneric, 1, "\x2a\x86\x48\x86\xf7\x63\x64\x06\x02\x06", 0, opCertGeneric, 0, "\x2a\x86\x48\x86\xf7\x63\x64\x06\x01\x0d", 0,
		opCertField, 0, "subject.OU", 1, team)
}

func TestParseRequirement(t *testing.T) {
	for name, c := range map[string]struct {
		b    []byte
		want Requirement
	}{
		"a developer's":           {developerID("com.philandro.anydesk", "KU6W3B6JMZ"), Requirement{Identifier: "com.philandro.anydesk", Team: "KU6W3B6JMZ"}},
		"a part of macOS":         {compiled(opAnd, opIdentifier, "com.apple.screensharing", opApple), Requirement{Identifier: "com.apple.screensharing", Apple: true}},
		"Apple or another":        {compiled(opOr, opApple, opCodeHash, "0123"), Requirement{}},
		"not Apple's":             {compiled(opNot, opApple), Requirement{}},
		"a file that none signed": {compiled(opCodeHash, "01234567890123456789"), Requirement{}},
	} {
		if got, err := ParseRequirement(c.b); err != nil || got != c.want {
			t.Errorf("%s: %+v, error %v, want %+v", name, got, err, c.want)
		}
	}
	whole := developerID("com.example", "ABCDE12345")
	for n := range whole {
		if got, err := ParseRequirement(whole[:n]); err == nil {
			t.Errorf("its first %d bytes are read as %+v", n, got)
		}
	}
	deep := make([]any, 200)
	for i := range deep {
		deep[i] = opNot
	}
	if _, err := ParseRequirement(compiled(deep...)); err == nil {
		t.Error("a requirement of two hundred denials is read")
	}
}

func TestParseGrants(t *testing.T) {
	text := `[{"service":"kTCCServiceScreenCapture","client":"com.philandro.anydesk","client_type":0,"auth_value":2,"auth_reason":4,"asked":"` + hex.EncodeToString(developerID("com.philandro.anydesk", "KU6W3B6JMZ")) + `"},
{"service":"kTCCServicePostEvent","client":"/usr/local/bin/tool","client_type":1,"auth_value":0,"auth_reason":6,"asked":""}]`
	got, err := ParseGrants([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	want := []Grant{
		{Service: "kTCCServiceScreenCapture", Client: "com.philandro.anydesk", Allowed: true, Reason: 4, Asked: Requirement{Identifier: "com.philandro.anydesk", Team: "KU6W3B6JMZ"}},
		{Service: "kTCCServicePostEvent", Client: "/usr/local/bin/tool", Path: true, Reason: GrantMDM},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got, err := ParseGrants([]byte("\n")); err != nil || got != nil {
		t.Errorf("no rows are %+v, error %v", got, err)
	}
	for name, bad := range map[string][]byte{"words": []byte("Error: in prepare"), "an object": []byte(`{"a":1}`), "too long": make([]byte, grantsMaximum+1)} {
		if got, err := ParseGrants(bad); err == nil {
			t.Errorf("%s are read as %+v", name, got)
		}
	}
}

func FuzzParseGrants(f *testing.F) {
	f.Add([]byte(`[{"service":"a","client":"b","client_type":1,"auth_value":2,"auth_reason":3,"asked":"fade0c00"}]`))
	f.Fuzz(func(t *testing.T, b []byte) {
		grants, err := ParseGrants(b)
		if err != nil && grants != nil {
			t.Errorf("%d rows beside %v", len(grants), err)
		}
		for _, g := range grants {
			if len(g.Client) > settingsValue || len(g.Service) > settingsValue {
				t.Errorf("kept %+v", g)
			}
		}
	})
}

func FuzzParseRequirement(f *testing.F) {
	f.Add(developerID("com.example", "ABCDE12345"))
	f.Add(compiled(opAnd, opIdentifier, "com.apple.x", opApple))
	f.Fuzz(func(t *testing.T, b []byte) {
		if got, err := ParseRequirement(b); err != nil && got != (Requirement{}) || len(got.Identifier) > settingsValue {
			t.Errorf("%+v, error %v", got, err)
		}
	})
}
