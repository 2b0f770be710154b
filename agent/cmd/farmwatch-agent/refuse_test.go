//go:build e2e

package main_test

import (
	"bytes"
	"context"
	"log/slog"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/farmwatch/farmwatch/agent/internal/spool"
	"github.com/farmwatch/farmwatch/agent/internal/uplink"
)

// stamp is a time as people read it.
const stamp = `\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ`

// TestRefuseEnrolment: what is wrong with a token, an address or a clock is a
// sentence of its own, in the terminal of whoever installs the agent.
func TestRefuseEnrolment(t *testing.T) {
	d := newDurable(t)
	_, consolePort, _ := strings.Cut(d.console, ":")
	once := d.token()
	d.enrol(t, once, d.agents, true)
	wrong, revoked := d.token("--uses", "2"), d.token()
	d.run("farmwatch-server", "token", "revoke", "--state", d.path("server"), strings.Split(revoked, "-")[1])

	for _, c := range []struct{ name, token, server, want string }{
		{"wrong secret", part(wrong, 2, "a"), d.agents, `knows no such token.*farmwatch-server token create`},
		{"unknown id", part(wrong, 1, "a"), d.agents, `knows no such token`},
		{"expired", d.expired(), d.agents, `token \w{8} has expired: it expired at ` + stamp + `, and the collector's clock says ` + stamp},
		{"second use", once, d.agents, `token \w{8} is used up: all its 1 uses are taken; ask for a new one`},
		{"revoked", revoked, d.agents, `token \w{8} was revoked at ` + stamp},
		{"of another collector", d.foreign(), d.agents, `is not the one this token was made for.*nothing was sent`},
		{"cut when copied", wrong[:len(wrong)-5], d.agents, `the pin of the enrolment token has 21 characters, want 26`},
		{"in capitals", strings.ToUpper(wrong), d.agents, `written in capitals`},
		{"not a token", "open sesame", d.agents, `this is not an enrolment token: one begins with "fwt1-"`},
		{"nobody there", wrong, address(t), `nothing listens at .*connection refused.*its port for agents`},
		{"the console's port", wrong, "127.0.0.1:" + consolePort, `speaks something else than TLS`},
	} {
		t.Run(c.name, func(t *testing.T) {
			said := d.enrol(t, c.token, c.server, false)
			t.Log(said)
			demand(t, said, c.want)
			if secret := strings.Split(c.token, "-"); len(secret) > 2 && strings.Contains(said, secret[2]) {
				t.Error("the secret of the token is repeated")
			}
		})
	}
	t.Run("the token that was mistyped still works", func(t *testing.T) { d.enrol(t, wrong, d.agents, true) })
}

// TestRefuseClockAnHourOff: both clocks are told where a device's clock keeps
// it from enrolling, and where an enrolled device's clock goes wrong later.
func TestRefuseClockAnHourOff(t *testing.T) {
	d := newDurable(t)
	token := d.token("--uses", "2")
	for name, off := range map[string]time.Duration{"an hour ahead": time.Hour, "an hour behind": -time.Hour, "three days behind": -72 * time.Hour} {
		t.Run(name, func(t *testing.T) {
			shifted := func() time.Time { return time.Now().Add(off) }
			_, err := uplink.Enroll(t.Context(), uplink.EnrollConfig{Server: d.agents, Token: token, Now: shifted})
			if err == nil {
				t.Fatal("it was enrolled")
			}
			t.Log(err)
			if off > -24*time.Hour {
				demand(t, err.Error(), `your clock says `+stamp+`, the collector's says `+stamp+`: set the clock and try again`)
			} else {
				demand(t, err.Error(), `not valid yet: it holds from `+stamp+` to `+stamp+`, and this machine's clock says `+stamp+`.*clock is behind`)
			}
			demand(t, err.Error(), shifted().UTC().Format(time.RFC3339)[:len("2006-01-02T15")])
		})
	}
	t.Run("enrolled, then an hour ahead", func(t *testing.T) {
		said := d.connectAt(time.Hour)
		t.Log(said)
		demand(t, said, `level=WARN msg="connected to the collector" clock\.offset=(1h0m|59m59)\S* clock\.here=`+stamp+` clock\.collector=`+stamp)
	})
}

// TestRefuseGuesses: an address that collects refusals is made to wait.
func TestRefuseGuesses(t *testing.T) {
	d := newDurable(t)
	token := d.token()
	for range 30 {
		said := d.enrol(t, part(token, 2, "b"), d.agents, false)
		if strings.Contains(said, "knows no such token") {
			continue
		}
		t.Log(said)
		demand(t, said, `too many enrolments from this address were refused; try again in \d+s`)
		return
	}
	t.Error("thirty guesses at a token were heard")
}

// TestRefuseInsecure walks the help of every command of every program: none has
// a way around who is trusted.
func TestRefuseInsecure(t *testing.T) {
	bin, err := filepath.Abs("../../../bin")
	if err != nil {
		t.Fatal(err)
	}
	for _, program := range []string{"farmwatch-agent", "farmwatch-server", "farmwatchctl"} {
		commands := walkHelp(t, filepath.Join(bin, program))
		t.Logf("%s: the help of %d commands", program, commands)
		if commands < 5 {
			t.Errorf("%s: only %d commands were found", program, commands)
		}
		out, err := exec.Command(filepath.Join(bin, program), "--insecure").CombinedOutput()
		if err == nil || !strings.Contains(string(out), "unknown flag: --insecure") {
			t.Errorf("%s --insecure: %v, %s", program, err, out)
		}
	}
}

var (
	around     = regexp.MustCompile(`(?i)insecure|skip.?(tls|verif)|no.?(tls|verif)|plain.?text|trust.?(all|any)|allow.?http`)
	subcommand = regexp.MustCompile(`(?m)^  ([a-z][a-z-]*) +\S`)
)

// walkHelp reads the help of a command and of those below it, and counts them.
func walkHelp(t *testing.T, program string, command ...string) int {
	t.Helper()
	out, err := exec.Command(program, append(command, "--help")...).CombinedOutput()
	if err != nil {
		t.Fatalf("%s %v --help: %v\n%s", program, command, err, out)
	}
	help := string(out)
	if found := around.FindString(help); found != "" {
		t.Errorf("%s %v --help offers %q:\n%s", filepath.Base(program), command, found, help)
	}
	n := 1
	_, below, ok := strings.Cut(help, "Available Commands:\n")
	if !ok {
		return n
	}
	below, _, _ = strings.Cut(below, "\n\n")
	for _, found := range subcommand.FindAllStringSubmatch(below, -1) {
		if found[1] != "help" {
			n += walkHelp(t, program, append(append([]string(nil), command...), found[1])...)
		}
	}
	return n
}

// enrol runs farmwatch-agent enroll in a fresh folder and gives what it said.
func (i *installation) enrol(t *testing.T, token, server string, works bool) string {
	t.Helper()
	c := exec.Command(filepath.Join(i.bin, "farmwatch-agent"), "enroll", "--state", filepath.Join(t.TempDir(), "agent"), "--server", server, "--token", token)
	out, err := c.CombinedOutput()
	if (err == nil) != works {
		t.Fatalf("enroll: %v, %s", err, out)
	}
	return strings.TrimSpace(string(out))
}

// expired makes a token whose life is over. The shortest life is a minute, so
// the test moves its end in the collector's store instead of waiting for it.
func (d *durable) expired() string {
	d.t.Helper()
	token := d.token("--ttl", "1m")
	if _, err := d.store().Exec(`UPDATE tokens SET expires_at = ? WHERE id = ?`, time.Now().Add(-5*time.Minute).UnixMicro(), strings.Split(token, "-")[1]); err != nil {
		d.t.Fatal(err)
	}
	return token
}

// foreign makes a token of another collector.
func (d *durable) foreign() string {
	d.t.Helper()
	return d.run("farmwatch-server", "token", "create", "--state", d.path("other"), "--quiet")
}

// connectAt connects the enrolled device with a clock that is off, and gives what it says about it.
func (d *durable) connectAt(off time.Duration) string {
	d.t.Helper()
	identity, err := uplink.Keeper{Folder: d.path("agent")}.Load()
	if err != nil {
		d.t.Fatal(err)
	}
	folder, err := spool.Folder(d.path("agent/spool"))
	if err != nil {
		d.t.Fatal(err)
	}
	queue, err := spool.Open(folder, spool.Options{})
	if err != nil {
		d.t.Fatal(err)
	}
	defer queue.Close()
	var said bytes.Buffer
	link := uplink.New(identity, queue, uplink.Options{
		AgentVersion: "e2e", BootID: "e2e", Now: func() time.Time { return time.Now().Add(off) },
		Log: slog.New(slog.NewTextHandler(&said, nil)),
	})
	ended := make(chan error, 1)
	ctx, cut := context.WithCancel(d.t.Context())
	defer cut()
	go func() { ended <- link.Run(ctx) }()
	eventually(d.t, 20*time.Second, "the device is connected", func() bool { return !link.Status().ConnectedSince.IsZero() })
	cut()
	<-ended
	return strings.TrimSpace(said.String())
}

// part puts letters in the place of those at the end of one part of a token.
func part(token string, which int, letter string) string {
	parts := strings.Split(token, "-")
	parts[which] = parts[which][:4] + strings.Repeat(letter, len(parts[which])-4)
	return strings.Join(parts, "-")
}

func demand(t *testing.T, said, want string) {
	t.Helper()
	if !regexp.MustCompile(want).MatchString(said) {
		t.Errorf("it says %q, want words like %s", said, want)
	}
}
