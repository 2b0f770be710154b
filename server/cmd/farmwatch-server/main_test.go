package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"
)

// serveInside makes this test binary the collector, so that a test can kill one.
const serveInside = "FARMWATCH_TEST_IS_COLLECTOR"

func TestMain(m *testing.M) {
	if os.Getenv(serveInside) != "" {
		main()
	}
	os.Exit(m.Run())
}

// A buffer may be written and read at once.
type buffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

// run runs one command line.
func run(t *testing.T, args ...string) (code int, out, err string) {
	t.Helper()
	var stdout, stderr buffer
	code = execute(t.Context(), world{args: args, out: &stdout, err: &stderr, now: time.Now, random: rand.Reader})
	return code, stdout.String(), stderr.String()
}

func TestTokens(t *testing.T) {
	state := filepath.Join(t.TempDir(), "state")
	code, out, stderr := run(t, "token", "create", "--state", state, "--uses", "3", "--ttl", "2h", "--description", "the lab", "--quiet")
	if code != 0 || !regexp.MustCompile(`^fwt1-[a-z2-7]{8}-[a-z2-7]{26}-[a-z2-7]{26}\n$`).MatchString(out) {
		t.Fatalf("create: %d %q %q", code, out, stderr)
	}
	id := strings.Split(out, "-")[1]
	if code, out, _ = run(t, "token", "create", "--state", state); code != 0 || !strings.Contains(out, "farmwatch-agent enroll --server localhost:7443 --token fwt1-") {
		t.Errorf("create without --quiet: %d %q", code, out)
	}
	list := func() string {
		_, out, _ := run(t, "token", "list", "--state", state)
		for line := range strings.Lines(out) {
			if strings.HasPrefix(line, id) {
				return strings.Join(strings.Fields(line), " ")
			}
		}
		return ""
	}
	if line := list(); !strings.Contains(line, "open 3 of 3") || !strings.Contains(line, "the lab") {
		t.Errorf("listed as %q", line)
	}
	if code, _, stderr := run(t, "token", "revoke", "--state", state, id); code != 0 {
		t.Errorf("revoke: %d %s", code, stderr)
	}
	if line := list(); !strings.Contains(line, "revoked 3 of 3") {
		t.Errorf("after revoking listed as %q", line)
	}
	if code, _, stderr := run(t, "token", "revoke", "--state", state, "nobody"); code != exitNotFound || !strings.Contains(stderr, `no token has the id "nobody"`) {
		t.Errorf("revoking an unknown one: %d %q", code, stderr)
	}
}

func TestMistakes(t *testing.T) {
	state := t.TempDir()
	broken := filepath.Join(state, "server.yaml")
	if err := os.WriteFile(broken, []byte("stat_dir: /x\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	secure := filepath.Join(state, "secure.yaml")
	if err := os.WriteFile(secure, []byte("console: :0\nconsole_certificate: /none.crt\nconsole_key: /none.key\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if code, _, stderr := run(t, "migrate", "--state", state); code != 0 {
		t.Fatal(stderr)
	}
	for name, test := range map[string]struct {
		args []string
		code int
		want string
	}{
		"no use":             {[]string{"token", "create", "--state", state, "--uses", "0"}, exitUsage, "between 1 and"},
		"no such group":      {[]string{"token", "create", "--state", state, "--group", "Help Desk"}, exitUsage, "no name of a group"},
		"unknown flag":       {[]string{"serve", "--insecure"}, exitUsage, "--insecure"},
		"unknown command":    {[]string{"toekn"}, exitUsage, `unknown command "toekn"`},
		"unknown subcommand": {[]string{"token", "mint"}, exitUsage, `unknown command "mint"`},
		"no argument":        {[]string{"user", "create"}, exitUsage, "takes 1 argument, not 0"},
		"unknown key":        {[]string{"serve", "--config", broken}, 1, "stat_dir"},
		"no such file":       {[]string{"migrate", "--config", filepath.Join(state, "none.yaml")}, 1, "none.yaml"},
		"console everywhere": {[]string{"serve", "--state", state, "--console", ":7480"}, 1, "set console_certificate"},
		"no certificate":     {[]string{"serve", "--config", secure, "--state", state, "--agents", "127.0.0.1:0"}, 1, "read the console's certificate"},
		"no such user":       {[]string{"user", "link", "nobody", "--state", state}, exitNotFound, "no user of this name"},
	} {
		t.Run(name, func(t *testing.T) {
			code, _, stderr := run(t, test.args...)
			if code != test.code || !strings.Contains(stderr, test.want) {
				t.Errorf("exit %d, %q; want %d and %q", code, stderr, test.code, test.want)
			}
		})
	}
}

func TestBackup(t *testing.T) {
	folder := t.TempDir()
	state, copied, again := filepath.Join(folder, "state"), filepath.Join(folder, "copy"), filepath.Join(folder, "again")
	_, token, _ := run(t, "token", "create", "--state", state, "--quiet")
	if code, out, stderr := run(t, "backup", copied, "--state", state); code != 0 || !strings.Contains(out, copied) {
		t.Fatalf("backup: %d %q %q", code, out, stderr)
	}
	if code, _, stderr := run(t, "restore", copied, "--state", again); code != 0 {
		t.Fatalf("restore: %d %q", code, stderr)
	}
	_, out, _ := run(t, "token", "list", "--state", again)
	_, second, _ := run(t, "token", "create", "--state", again, "--quiet")
	if !strings.Contains(out, strings.Split(token, "-")[1]) || token[len(token)-27:] != second[len(second)-27:] {
		t.Errorf("the restored collector has tokens %q and makes %q, want those and the pin of %q", out, second, token)
	}
	lone := filepath.Join(folder, "lone")
	if err := errors.Join(os.Mkdir(lone, 0o700), os.WriteFile(filepath.Join(lone, "farmwatch.db-wal"), nil, 0o600)); err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		args []string
		want string
	}{
		"over a backup":    {[]string{"backup", copied, "--state", state}, "file exists"},
		"over a collector": {[]string{"restore", copied, "--state", state}, "nothing was restored"},
		"beside a log":     {[]string{"restore", copied, "--state", lone}, "already holds farmwatch.db-wal"},
		"of nothing":       {[]string{"restore", folder, "--state", filepath.Join(folder, "new")}, "is no backup"},
	} {
		if code, _, stderr := run(t, test.args...); code != 1 || !strings.Contains(stderr, test.want) {
			t.Errorf("%s: %d %q", name, code, stderr)
		}
	}
}

// A mistyped folder must not be found in order, nor be copied as if it were a collector.
func TestWhereNoCollectorIs(t *testing.T) {
	folder := t.TempDir()
	nowhere := filepath.Join(folder, "nowhere")
	for _, args := range [][]string{
		{"verify"}, {"backup", filepath.Join(folder, "copy")}, {"token", "list"}, {"token", "revoke", "x"}, {"user", "link", "ana"},
	} {
		code, _, stderr := run(t, append(args, "--state", nowhere)...)
		if code != exitNotFound || !strings.Contains(stderr, "there is no collector in "+nowhere) {
			t.Errorf("%v: %d %q", args, code, stderr)
		}
	}
	if _, err := os.Stat(nowhere); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("looking made a folder: %v", err)
	}
}

func TestMigrate(t *testing.T) {
	code, out, stderr := run(t, "migrate", "--state", t.TempDir())
	if code != 0 || !strings.HasPrefix(out, "the store's tables are at version ") {
		t.Errorf("%d %q %q", code, out, stderr)
	}
}

// TestServe starts, says where it listens, prints a link, and stops in order.
func TestServe(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	var out, stderr buffer
	ended := make(chan int)
	state := t.TempDir()
	go func() {
		ended <- execute(ctx, world{now: time.Now, random: rand.Reader, out: &out, err: &stderr, environ: []string{"FARMWATCH_LOG_FORMAT=json"},
			args: []string{"serve", "--state", state, "--agents", "127.0.0.1:0", "--console", "127.0.0.1:0", "--sign-in-link", "admin"}})
	}()
	deadline := time.After(time.Minute)
	for !strings.Contains(out.String(), "sign-in link") || !strings.Contains(stderr.String(), `"msg":"ready"`) {
		select {
		case code := <-ended:
			t.Fatalf("ended with %d before it was ready: %s", code, stderr.String())
		case <-deadline:
			t.Fatalf("not ready: %s", stderr.String())
		case <-time.After(10 * time.Millisecond):
		}
	}
	served := regexp.MustCompile(`http://127\.0\.0\.1:[1-9]\d*/sign-in#code=`).FindString(out.String())
	if served == "" {
		t.Errorf("printed %q", out.String())
	}
	if _, link, _ := run(t, "user", "link", "admin", "--state", state); !strings.Contains(link, served) {
		t.Errorf("a later link is %q, want one to where the console is served: %s", link, served)
	}
	if !regexp.MustCompile(`"agents.address":"127\.0\.0\.1:[1-9]\d*"`).MatchString(stderr.String()) {
		t.Errorf("logged %q", stderr.String())
	}
	stop()
	if code := <-ended; code != 0 {
		t.Errorf("stopped with %d: %s", code, stderr.String())
	}
	copied := filepath.Join(t.TempDir(), "copy")
	if code, _, stderr := run(t, "backup", copied, "--state", state); code != 0 {
		t.Fatalf("backup: %d %q", code, stderr)
	}
	for _, name := range []string{caFile, keyFile, placeFile, signFile, storeFile} {
		if about, err := os.Stat(filepath.Join(copied, name)); err != nil || about.Mode().Perm() != 0o600 {
			t.Errorf("the backup of a collector that served: %s is %v, %v", name, about, err)
		}
	}
}
