package host

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
)

func TestDoor(t *testing.T) {
	path := filepath.Join(t.TempDir(), "door")
	if err := os.WriteFile(path, nil, 0o600); err != nil { // as an agent that was killed leaves it
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() {
		ended <- Door(ctx, path, 8, func(said []byte, account int) string { return fmt.Sprintf("%q by %d", said, account) })
	}()
	account := os.Getuid()
	if runtime.GOOS != "linux" {
		account = -1
	}
	for said, heard := range map[string]string{"hello": "hello", "": "", "eight by": "eight by", strings.Repeat("x", 10000): "xxxxxxxxx"} {
		var answer string
		err := os.ErrNotExist
		for range 200 {
			if answer, err = Knock(ctx, path, []byte(said)); err == nil || !errors.Is(err, os.ErrNotExist) && !strings.Contains(err.Error(), "refused") {
				break // not merely that the door is not open yet
			}
			time.Sleep(10 * time.Millisecond)
		}
		if want := fmt.Sprintf("%q by %d\n", heard, account); answer != want && len(said) > 0 && len(said) < 9 {
			t.Errorf("%.20q: %q, %v, want %q", said, answer, err, want)
		}
	}
	if stat, err := os.Stat(path); err != nil {
		t.Error(err)
	} else if stat.Mode().Perm() != 0o666 {
		t.Errorf("mode %v", stat.Mode())
	}
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}
