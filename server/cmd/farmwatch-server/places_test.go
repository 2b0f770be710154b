package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/farmwatch/farmwatch/server/internal/place"
)

// TestPlaces starts a collector with what people leave in its folder of places:
// it says what it knows them by, what it does not, and serves each time.
func TestPlaces(t *testing.T) {
	var table bytes.Buffer
	source := place.Source{Name: "an example", Version: "1", At: time.Now(), Licence: "CC-BY-4.0", Attribution: "Data by Example."}
	if err := place.Compile(&table, "networks.places", source, strings.NewReader("192.0.2.0,192.0.2.255,7922,Example\n")); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		networks []byte
		says     []string
	}{
		"nothing": {nil, []string{"networks.places", "countries.places", "make geo"}},
		"half":    {table.Bytes(), []string{"Data by Example.", "countries.places"}},
		"damaged": {table.Bytes()[:table.Len()-1], []string{"networks.places: it is damaged or cut short", "countries.places"}},
	} {
		t.Run(name, func(t *testing.T) {
			state := t.TempDir()
			if c.networks != nil {
				if err := os.Mkdir(filepath.Join(state, "geo"), 0o700); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(filepath.Join(state, "geo", "networks.places"), c.networks, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			ctx, stop := context.WithCancel(t.Context())
			var out, log buffer
			ended := make(chan int, 1)
			go func() {
				ended <- execute(ctx, world{now: time.Now, random: rand.Reader, out: &out, err: &log,
					args: []string{"serve", "--state", state, "--agents", "127.0.0.1:0", "--console", "127.0.0.1:0"}})
			}()
			for !strings.Contains(log.String(), "msg=ready") {
				select {
				case code := <-ended:
					t.Fatalf("it ended with %d: %s", code, log.String())
				case <-time.After(5 * time.Millisecond):
				}
			}
			stop()
			if code := <-ended; code != 0 {
				t.Errorf("it stopped with %d: %s", code, log.String())
			}
			code, verified, stderr := run(t, "verify", "--state", state)
			if code != 0 {
				t.Errorf("verify: %d %q", code, stderr)
			}
			for _, words := range c.says {
				if !strings.Contains(log.String(), words) || !strings.Contains(verified, words) {
					t.Errorf("%q is not in the log %q or not in what verify says %q", words, log.String(), verified)
				}
			}
		})
	}
}
