//go:build wine

package main_test

import (
	"strings"
	"testing"
	"time"
)

// TestWineService has Windows run the agent: installed by its own command, with
// its files in their usual places, enrolled by a token that lay there, started,
// stopped and started again by the service manager.
func TestWineService(t *testing.T) {
	t.Parallel()
	b, i := newBox(t), collect(t)
	b.begin(i.path("person.log"), "cmd", "/c", "ping -n 600 127.0.0.1") // Wine ends services with the last program of a person
	program := b.copied("farmwatch-agent.exe", "Program Files/farmwatch/farmwatch-agent.exe")
	const place = "ProgramData/farmwatch/"
	b.write(place+"agent.yaml", "server: "+i.agents+"\n")
	b.write(place+"token", i.token("--uses", "1", "--ttl", "10m"))

	b.run(program, "service", "install")
	planned := b.run("reg", "query", `HKLM\System\CurrentControlSet\Services\farmwatch-agent`)
	for _, want := range []string{`service-run --config C:\ProgramData\farmwatch\agent.yaml`, "LocalSystem"} {
		if !strings.Contains(planned, want) {
			t.Errorf("the service does not say %q:\n%s", want, planned)
		}
	}
	b.run(program, "service", "start")
	b.waitFor(place+"agent/agent.log", "connected to the collector")
	if b.read(place+"token") != "" {
		t.Error("the token outlived its use")
	}
	if kept := b.read(place + "agent/identity.json"); !strings.Contains(kept, `"sealed"`) || strings.Contains(kept, `"key"`) {
		t.Errorf("the identity is not sealed: %s", kept)
	}
	db := i.store()
	eventually(t, 30*time.Second, "coverage of the service", func() bool { return number(t, db, `SELECT count(*) FROM coverage`) >= 10 })
	eventually(t, 30*time.Second, "a status by which all is well", func() bool {
		said, _, code := b.try(program, "status") // which the agent writes every ten seconds
		return code == 0 && strings.Contains(said, "The agent runs")
	})
	b.run(program, "service", "stop")
	if state := b.run("sc", "query", "farmwatch-agent"); !strings.Contains(state, "STOPPED") {
		t.Errorf("told to stop, it is %s", state)
	}
	if log := b.read(place + "agent/agent.log"); strings.Contains(log, "level=ERROR") {
		t.Errorf("it did not end in order:\n%s", tail(log, 20))
	}

	sent := number(t, db, `SELECT count(*) FROM entries`)
	b.run("sc", "start", "farmwatch-agent")
	eventually(t, 30*time.Second, "reports after the service was started again", func() bool { return number(t, db, `SELECT count(*) FROM entries`) > sent })
	b.run("sc", "stop", "farmwatch-agent")
	if n := number(t, db, `SELECT count(*) FROM devices`) + number(t, db, `SELECT count(*) FROM gaps`); n != 1 {
		t.Errorf("devices and gaps are %d, want the one device", n)
	}
	b.run(program, "service", "uninstall")
	if out, _, code := b.try("sc", "query", "farmwatch-agent"); code == 0 && strings.Contains(out, "RUNNING") {
		t.Errorf("removed, it is still there: %s", out)
	}
}

// TestWineServiceThatFails: Windows starts again what ends with a code, and an
// administrator reads in the log why.
func TestWineServiceThatFails(t *testing.T) {
	t.Parallel()
	b := newBox(t)
	b.begin(b.prefix+"/person.log", "cmd", "/c", "ping -n 600 127.0.0.1")
	program := b.copied("farmwatch-agent.exe", "farmwatch-agent.exe")
	b.write("ProgramData/farmwatch/agent.yaml", "sever: typo\n")
	b.run(program, "service", "install")
	b.try("sc", "start", "farmwatch-agent")
	eventually(t, time.Minute, "the end of a service that cannot read its configuration", func() bool {
		state, _, _ := b.try("sc", "query", "farmwatch-agent")
		return strings.Contains(state, "STOPPED") && strings.Contains(state, "1066")
	})
	out, errs, code := b.try(program, "service-run")
	if code != 1 || !strings.Contains(errs, "this is how Windows starts the service") {
		t.Errorf("a person who starts it is told %d %s%s", code, out, errs)
	}
}

// waitFor waits for words in a file of drive C:.
func (b *box) waitFor(name, words string) {
	b.t.Helper()
	for range 600 {
		if strings.Contains(b.read(name), words) {
			return
		}
		time.Sleep(100 * time.Millisecond)
	}
	b.t.Fatalf("%s never said %q:\n%s", name, words, tail(b.read(name), 30))
}
