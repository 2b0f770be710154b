package sensor

import (
	"bytes"
	"io"
	"os"
	"strings"
	"testing"
	"time"
)

// What is generated from the sensors must be what is committed: the rules are
// refused or accepted by the one, and people are told what leaves by the other.
func TestGeneratedFilesAreFresh(t *testing.T) {
	for name, write := range map[string]func(io.Writer, []Sensor) error{
		"../../../proto/catalogue/classes.yaml": WriteClasses,
		"../../../docs/reference/classes.md":    WriteReference,
	} {
		var want bytes.Buffer
		if err := write(&want, All()); err != nil {
			t.Fatal(err)
		}
		got, err := os.ReadFile(name)
		if err != nil || !bytes.Equal(got, want.Bytes()) {
			t.Errorf("%s is not what the sensors say now: run `make generate` and commit it", strings.TrimPrefix(name, "../../../"))
		}
	}
}

func TestGeneratorsDoNotDependOnOrder(t *testing.T) {
	forward, backward := All(), All()
	for i, j := 0, len(backward)-1; i < j; i, j = i+1, j-1 {
		backward[i], backward[j] = backward[j], backward[i]
	}
	for _, write := range []func(io.Writer, []Sensor) error{WriteClasses, WriteReference} {
		var a, b bytes.Buffer
		if err := write(&a, forward); err != nil {
			t.Fatal(err)
		}
		if err := write(&b, backward); err != nil {
			t.Fatal(err)
		}
		if a.String() != b.String() {
			t.Error("the order of the sensors changes what is generated")
		}
	}
}

// Workers read these texts, so they are a whole sentence or two and short
// phrases, and none accuses.
func TestSensorsSpeakPlainly(t *testing.T) {
	seen := map[string]bool{}
	for _, s := range All() {
		if seen[s.Class] {
			t.Errorf("two sensors look at %s", s.Class)
		}
		seen[s.Class] = true
		if !strings.HasPrefix(s.About, "Looks at ") || !strings.HasSuffix(s.About, ".") || strings.Count(s.About, ". ") > 1 {
			t.Errorf("%s: about %q is not a sentence or two that begin with \"Looks at\"", s.Class, s.About)
		}
		for _, c := range s.Columns {
			if strings.HasSuffix(c.About, ".") || c.About[:1] != strings.ToLower(c.About[:1]) && !strings.HasPrefix(c.About, strings.ToUpper(c.About[:2])) {
				t.Errorf("%s.%s: about %q is not a phrase in lower case without a full stop", s.Class, c.Name, c.About)
			}
			for _, word := range []string{"suspicious", "fraud", "nationality", "accent", "spy", "window title"} {
				if strings.Contains(strings.ToLower(s.About+c.About), word) {
					t.Errorf("%s.%s speaks of %q", s.Class, c.Name, word)
				}
			}
		}
	}
}

// What identifies a person or is a command line never leaves as it is.
func TestPersonalColumnsAreNotPublic(t *testing.T) {
	for _, s := range All() {
		for _, c := range s.Columns {
			switch c.Name {
			case "user", "remote", "remote_address", "gateway", "access_point", "serial", "serial_number", "serial_text":
				if c.Sensitivity == Public {
					t.Errorf("%s.%s is public", s.Class, c.Name)
				}
			case "args", "flags", "path", "boot_id":
				if c.Sensitivity != Local {
					t.Errorf("%s.%s is %s, want local", s.Class, c.Name, c.Sensitivity)
				}
			}
		}
	}
}

func TestSpoken(t *testing.T) {
	for every, want := range map[time.Duration]string{
		time.Second: "second", 2 * time.Second: "2 seconds", time.Minute: "minute", 90 * time.Second: "90 seconds",
		10 * time.Minute: "10 minutes", time.Hour: "hour", 2 * time.Hour: "2 hours",
	} {
		if got := spoken(Sensor{Every: every}); got != want {
			t.Errorf("%s is spoken %q, want %q", every, got, want)
		}
	}
}
