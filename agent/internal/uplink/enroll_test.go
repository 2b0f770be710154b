package uplink

import (
	"context"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

func TestParseToken(t *testing.T) {
	id, secret, pin := "abcdefgh", strings.Repeat("s", 26), strings.Repeat("p", 26)
	good := "fwt1-" + id + "-" + secret + "-" + pin
	token, err := ParseToken("  " + good + "\n")
	if err != nil || token.id != id || token.pin != pin || strings.Contains(token.String(), secret) {
		t.Errorf("ParseToken(%q) = %v, %v", good, token, err)
	}
	for in, want := range map[string]string{
		"":                               "is empty",
		"hello":                          `begins with "fwt1-"`,
		strings.ToUpper(good):            "in capitals",
		"fwt1-" + id + "-" + secret:      "has 3 parts",
		good + "-x":                      "has 5 parts",
		good[:len(good)-1]:               "pin of the enrolment token has 25 characters, want 26",
		"fwt1-abc-" + secret + "-" + pin: "id of the enrolment token has 3 characters",
		"fwt1-" + id + "-" + secret[1:] + "1-" + pin: "character 26 of the secret",
	} {
		_, err := ParseToken(in)
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), secret) {
			t.Errorf("ParseToken(%q): %v, want %q in it", in, err, want)
		}
	}
}

func FuzzParseToken(f *testing.F) {
	f.Add("fwt1-abcdefgh-" + strings.Repeat("s", 26) + "-" + strings.Repeat("p", 26))
	f.Add("fwt1---")
	f.Fuzz(func(t *testing.T, s string) {
		if token, err := ParseToken(s); err == nil && token.text != strings.TrimSpace(s) {
			t.Fatalf("%q became %q", s, token.text)
		}
	})
}

func TestSplitServer(t *testing.T) {
	for in, want := range map[string]string{
		"collector": "collector:7443", "collector:1": "collector:1", "::1": "[::1]:7443", "[::1]": "[::1]:7443",
		"[::1]:5": "[::1]:5", "10.0.0.1": "10.0.0.1:7443", "collector:": "collector:7443", ":5": "", "": "", "a:b:c": "",
	} {
		if got, _, err := splitServer(in); got != want || (err == nil) != (want != "") {
			t.Errorf("splitServer(%q) = %q, %v, want %q", in, got, err, want)
		}
	}
}

func TestEnrollThenKeepTheIdentity(t *testing.T) {
	c, l := newCollector(t, time.Now), loopback(t)
	c.serve(t, l, time.Now().Add(-time.Hour), time.Now().Add(time.Hour), "127.0.0.1")
	identity := c.agent(t, l)
	if c.enrolled.Load() != 1 || identity.DeviceID != "device-1" || identity.AgentID != "agent-1" || identity.Server != l.Addr().String() {
		t.Errorf("enrolled %d times as %+v", c.enrolled.Load(), identity)
	}
	folder := filepath.Join(t.TempDir(), "state")
	keeper := Keeper{Folder: folder}
	if _, err := keeper.Load(); err == nil || !strings.Contains(err.Error(), "not enrolled") {
		t.Errorf("load from nowhere: %v", err)
	}
	for range 2 {
		if err := keeper.Save(identity); err != nil {
			t.Fatal(err)
		}
	}
	loaded, err := keeper.Load()
	if err != nil || !loaded.Key.Equal(identity.Key) || !loaded.Certificate.Equal(identity.Certificate) || loaded.AgentID != "agent-1" {
		t.Errorf("loaded %+v, %v", loaded, err)
	}
	path := filepath.Join(folder, identityFile)
	for name, spoil := range map[string]func() error{
		"can be read by others":   func() error { return os.Chmod(path, 0o644) },
		"enrol this device again": func() error { return os.WriteFile(path, []byte("{}"), 0o600) },
	} {
		if err := keeper.Save(identity); err != nil {
			t.Fatal(err)
		}
		if err := spoil(); err != nil {
			t.Fatal(err)
		}
		if _, err := keeper.Load(); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("load a spoilt identity: %v, want %q in it", err, name)
		}
	}
	if stat, _ := os.Stat(folder); stat.Mode().Perm() != 0o700 {
		t.Errorf("the folder has mode %v", stat.Mode())
	}
}

func FuzzIdentity(f *testing.F) {
	f.Add([]byte(`{"server":"x","key":"AA==","certificate":"AA=="}`))
	f.Add([]byte("null"))
	f.Fuzz(func(t *testing.T, b []byte) {
		if i, _, err := (Keeper{}).parse(b); err == nil && (i.Key == nil || i.Certificate == nil || len(i.Authorities) == 0) {
			t.Fatal("half an identity was taken")
		}
	})
}

// TestEnrollmentSaysWhatIsWrong has one collector for each thing that goes wrong.
func TestEnrollmentSaysWhatIsWrong(t *testing.T) {
	now := time.Now()
	for name, test := range map[string]struct {
		from, to time.Time
		names    string
		prepare  func(c *collector, e *EnrollConfig)
		want     []string
	}{
		"wrong pin": {prepare: func(_ *collector, e *EnrollConfig) { e.Token = newAuthority(t, now).token() },
			want: []string{"is not the one this token was made for", "nothing was sent"}},
		"malformed token": {prepare: func(_ *collector, e *EnrollConfig) { e.Token = "fwt1-x" }, want: []string{"has 2 parts"}},
		"expired": {from: now.Add(-48 * time.Hour), to: now.Add(-24 * time.Hour),
			want: []string{"has expired", clock(now.Add(-24 * time.Hour)), "this machine's clock says " + clock(now)[:16]}},
		"clock behind": {prepare: func(_ *collector, e *EnrollConfig) { e.Now = func() time.Time { return now.Add(-2 * time.Hour) } }, from: now.Add(-time.Hour), to: now.Add(time.Hour),
			want: []string{"is not valid yet", clock(now.Add(-time.Hour)), "this machine's clock says " + clock(now.Add(-2*time.Hour)), "clock is behind"}},
		"other name": {names: "elsewhere.example", want: []string{"for other names", "127.0.0.1"}},
		"used up": {prepare: func(c *collector, _ *EnrollConfig) {
			c.refuse = status.Error(codes.PermissionDenied, "token abcdefgh is used up: ask for a new one")
		}, want: []string{"token abcdefgh is used up: ask for a new one"}},
		"clocks differ": {prepare: func(c *collector, _ *EnrollConfig) {
			c.refuse = status.Error(codes.FailedPrecondition, "your clock says X, the collector's says Y: set the clock and try again")
		}, want: []string{"your clock says X, the collector's says Y"}},
	} {
		t.Run(name, func(t *testing.T) {
			c, l := newCollector(t, time.Now), loopback(t)
			if test.to.IsZero() {
				test.from, test.to = now.Add(-time.Hour), now.Add(time.Hour)
			}
			if test.names == "" {
				test.names = "127.0.0.1"
			}
			c.serve(t, l, test.from, test.to, test.names)
			config := EnrollConfig{Server: l.Addr().String(), Token: c.ca.token(), Now: time.Now}
			if test.prepare != nil {
				test.prepare(c, &config)
			}
			_, err := Enroll(t.Context(), config)
			wantSentence(t, err, test.want...)
			if c.enrolled.Load() != 0 {
				t.Error("it enrolled all the same")
			}
		})
	}
}

func wantSentence(t *testing.T, err error, want ...string) {
	t.Helper()
	if err == nil {
		t.Fatal("no error")
	}
	for _, w := range want {
		if !strings.Contains(err.Error(), w) {
			t.Errorf("error\n%v\nhas no %q", err, w)
		}
	}
	if strings.Contains(err.Error(), "rpc error") || strings.Contains(err.Error(), strings.Repeat("s", 26)) {
		t.Errorf("error\n%v\nholds what is not for people", err)
	}
}

func TestEnrollmentSaysWhyNobodyAnswers(t *testing.T) {
	token := newAuthority(t, time.Now()).token()
	enroll := func(server string, dial DialFunc) error {
		ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
		defer cancel()
		_, err := Enroll(ctx, EnrollConfig{Server: server, Token: token, Now: time.Now, Dial: dial})
		return err
	}
	closed := loopback(t)
	closed.Close()
	wantSentence(t, enroll(closed.Addr().String(), nil), "nothing listens at "+closed.Addr().String(), "connection refused")

	plain := loopback(t)
	go func() {
		for {
			conn, err := plain.Accept()
			if err != nil {
				return
			}
			conn.Write([]byte("HTTP/1.1 400 Bad Request\r\n\r\n"))
		}
	}()
	wantSentence(t, enroll(plain.Addr().String(), nil), "speaks something else than TLS")

	mute := loopback(t)
	wantSentence(t, enroll(mute.Addr().String(), nil), "did not answer in time")

	wantSentence(t, enroll("nowhere.example", func(context.Context, string, string) (net.Conn, error) {
		return nil, &net.OpError{Op: "dial", Err: &net.DNSError{Err: "no such host", Name: "nowhere.example", IsNotFound: true}}
	}), "name of the collector nowhere.example:7443 is not known here")
}
