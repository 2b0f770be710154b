package host

import (
	"errors"
	"testing"
)

func TestOneFolderHasOneAgent(t *testing.T) {
	folder := t.TempDir() + "/state"
	first, err := Lock(folder)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Lock(folder); !errors.Is(err, ErrInUse) {
		t.Errorf("a second lock gives %v, want %v", err, ErrInUse)
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	again, err := Lock(folder)
	if err != nil {
		t.Fatalf("after the first let go: %v", err)
	}
	again.Close()
}
