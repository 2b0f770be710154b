package host

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"golang.org/x/tools/txtar"
)

const acting = `-- platform.yaml --
os: linux
-- conduct.yaml --
- {pid: 7, injects: [xtest], captures: [x11]}
-- held.yaml --
/home/anna/helper: 72h
-- denied.yaml --
conduct: a Wayland session
`

func TestRecordedConduct(t *testing.T) {
	h, err := ReadRecording(txtar.Parse([]byte(acting)))
	if err != nil {
		t.Fatal(err)
	}
	source, err := h.(ConductHost).Conduct(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	defer source.Close()
	s, err := source.Next()
	if err != nil || len(s.Programs) != 1 || s.Programs[0].PID != 7 || !errors.Is(s.Partial, ErrDenied) {
		t.Errorf("%+v, %v", s, err)
	}
	if _, err := source.Next(); !errors.Is(err, io.EOF) {
		t.Errorf("%v, want the end", err)
	}
	if age, err := h.(ConductHost).Age(7, "/home/anna/helper"); err != nil || age != 72*time.Hour {
		t.Errorf("%s, %v", age, err)
	}
	if _, err := h.(ConductHost).Age(7, "/home/anna/other"); !errors.Is(err, ErrAbsent) {
		t.Errorf("%v, want absent", err)
	}
	archive, err := Record(context.Background(), h, keep, nil)
	if err != nil {
		t.Fatal(err)
	}
	var text strings.Builder
	for _, f := range archive.Files {
		text.WriteString(f.Name + "\n" + string(f.Data))
	}
	for _, want := range []string{"conduct.yaml\n- pid: 7\n", "injects: [xtest]", "captures: [x11]", "conduct: 'a Wayland session"} {
		if !strings.Contains(text.String(), want) {
			t.Errorf("it is recorded without %q:\n%s", want, text.String())
		}
	}
}

func TestRecordedConductMistakes(t *testing.T) {
	if _, err := ReadRecording(txtar.Parse([]byte("-- conduct.yaml --\n- {injects: [xtest]}\n"))); err == nil || !strings.Contains(err.Error(), "conduct.yaml") {
		t.Errorf("%v", err)
	}
	h, err := ReadRecording(txtar.Parse([]byte("-- platform.yaml --\nos: windows\n")))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := h.(ConductHost).Conduct(context.Background()); !errors.Is(err, ErrAbsent) {
		t.Errorf("%v, want absent", err)
	}
}
