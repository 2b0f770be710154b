package main

import (
	"database/sql"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

func TestVerifyNamesATamperedRecord(t *testing.T) {
	state := filepath.Join(t.TempDir(), "state")
	if code, _, stderr := run(t, "user", "create", "ana", "--role", "analyst", "--state", state); code != 0 {
		t.Fatal(stderr)
	}
	code, out, stderr := run(t, "verify", "--state", state)
	found := regexp.MustCompile(`--size (\d+) --root (\S+)`).FindStringSubmatch(out)
	if code != 0 || found == nil {
		t.Fatalf("verify: %d %q %q", code, out, stderr)
	}
	if code, _, stderr := run(t, "token", "create", "--state", state); code != 0 {
		t.Fatal(stderr)
	}
	if code, _, stderr := run(t, "verify", "--state", state, "--size", found[1], "--root", found[2]); code != 0 {
		t.Errorf("a log that grew: %d %q", code, stderr)
	}
	other := strings.Repeat("A", 43) + "="
	if code, _, stderr := run(t, "verify", "--state", state, "--size", found[1], "--root", other); code != exitFailed || !strings.Contains(stderr, "rewritten") {
		t.Errorf("another root: %d %q", code, stderr)
	}
	if code, _, stderr := run(t, "verify", "--state", state, "--size", "99", "--root", other); code != exitFailed || !strings.Contains(stderr, "once had 99 records") {
		t.Errorf("a longer log: %d %q", code, stderr)
	}
	for _, args := range [][]string{{"--size", "1"}, {"--root", other}, {"--size", "1", "--root", "x"}, {"--size", "-1", "--root", other}} {
		if code, _, stderr := run(t, append([]string{"verify", "--state", state}, args...)...); code != exitUsage {
			t.Errorf("%v: %d %q", args, code, stderr)
		}
	}
	raw, err := sql.Open("sqlite", filepath.Join(state, "farmwatch.db"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := raw.Exec("DROP TRIGGER audit_records_stay; UPDATE audit_records SET object = 'user/eve' WHERE idx = 1"); err != nil {
		t.Fatal(err)
	}
	if err := raw.Close(); err != nil {
		t.Fatal(err)
	}
	if code, _, stderr := run(t, "verify", "--state", state); code != exitFailed || !strings.Contains(stderr, "audit record 1 is not what was recorded") {
		t.Errorf("a tampered record: %d %q", code, stderr)
	}
}
