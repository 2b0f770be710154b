package main

import (
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/farmwatch/farmwatch/server/internal/alert"
	"github.com/farmwatch/farmwatch/server/internal/store"
)

// TestSimulateToACollectorThatLives plays a scenario late and a few laptops in real
// time to a collector in a process of its own, as people do.
func TestSimulateToACollectorThatLives(t *testing.T) {
	agent, folder := buildAgent(t), filepath.Join(t.TempDir(), "state")
	c := start(t, folder)
	_, token, _ := run(t, "token", "create", "--state", folder, "--quiet", "--uses", "20")
	simulate := func(args ...string) string {
		t.Helper()
		args = append([]string{"simulate", "--server", c.address, "--token", strings.TrimSpace(token)}, args...)
		out, err := exec.CommandContext(t.Context(), agent, args...).CombinedOutput()
		if err != nil {
			t.Fatalf("%v: %v\n%s", args, err, out)
		}
		return string(out)
	}
	said := simulate("--scenario", filepath.Join(*scenarios, "pm3-pikvm-shelf.yaml"))
	if !regexp.MustCompile(`(?m)^2 laptops made [0-9]{2,} reports of [0-9]+ kB in \S+; 0 wait to be sent$`).MatchString(said) {
		t.Errorf("it said %s", said)
	}
	said = simulate("--devices", "6", "--for", "4s", "--kits", filepath.Join(*scenarios, "kits"))
	if !regexp.MustCompile(`(?m)^6 laptops made [0-9]+ reports of [0-9]+ kB in \S+; 0 wait to be sent$`).MatchString(said) {
		t.Errorf("it said %s", said)
	}
	s, err := store.Open(t.Context(), filepath.Join(folder, storeFile))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for end := time.Now().Add(30 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		page, err := s.AlertPage(t.Context(), alert.Filter{Limit: 10, Levels: []string{"high"}, Conclusions: []string{"remotely_controlled"}})
		if err != nil {
			t.Fatal(err)
		}
		if len(page.Alerts) == 2 {
			break
		}
		if time.Now().After(end) {
			t.Fatalf("%d alerts came of two laptops on which a KVM was found, want two", len(page.Alerts))
		}
	}
	fleet, err := s.Fleet(t.Context())
	if err != nil || len(fleet) != 8 {
		t.Errorf("%d laptops are enrolled (%v), want 8", len(fleet), err)
	}
}
