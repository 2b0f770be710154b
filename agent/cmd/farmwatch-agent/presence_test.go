package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/tools/txtar"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/farmwatch/farmwatch/agent/internal/config"
	"github.com/farmwatch/farmwatch/agent/internal/host"
	"github.com/farmwatch/farmwatch/agent/internal/presence"
	"github.com/farmwatch/farmwatch/agent/internal/sensor"
	agentv1 "github.com/farmwatch/farmwatch/proto/farmwatch/agent/v1"
)

// TestPresenceTryOnRecordedMachines: hands on the laptop's own keyboard answer, and nothing else that types.
func TestPresenceTryOnRecordedMachines(t *testing.T) {
	for file, test := range map[string]struct {
		code    int
		state   presence.State
		refused string
	}{
		"typing-and-mouse":      {0, presence.Answered, ""},
		"clamshell-with-mouse":  {exitFailed, presence.NotAnswered, "not built into"},
		"typed-in-batches":      {exitFailed, presence.NotAnswered, "not built into"},
		"typed-by-uinput":       {exitFailed, presence.NotAnswered, "not hardware"},
		"pikvm-over-bluetooth":  {exitFailed, presence.CannotAsk, ""},
		"reading-and-scrolling": {exitFailed, presence.NotAnswered, ""},
	} {
		t.Run(file, func(t *testing.T) {
			t.Parallel()
			code, out, errs := agent(t, "presence", "try", "--recording", machines+"/"+file+".txtar", "--for", "1s", "--output", "json")
			var got tried
			if err := json.Unmarshal([]byte(out), &got); err != nil {
				t.Fatalf("%v: %s%s", err, out, errs)
			}
			why := ""
			for _, r := range got.Refused {
				why += r.Why
			}
			if code != test.code || got.State != test.state || !strings.Contains(why, test.refused) || test.refused == "" && why != "" {
				t.Errorf("ends with %d, %+v; want %d, %s, refused since %q", code, got, test.code, test.state, test.refused)
			}
			if got.State != presence.CannotAsk && !strings.Contains(errs, "Practice. Nothing is sent.") {
				t.Errorf("nothing was asked: %s", errs)
			}
		})
	}
}

const atTheLaptop = `-- platform.yaml --
os: linux
chassis: laptop
-- sessions.yaml --
- {id: "2", user: kim, kind: graphical}
-- input.txt --
device kbd name="AT keyboard" bus=serio place=built_in can=keyboard
`

// asked is an agent's presence checks on a recorded machine, without the rest of the agent.
func asked(t *testing.T, state, recorded string) *asking {
	t.Helper()
	h, err := host.ReadRecording(txtar.Parse([]byte(recorded)))
	if err != nil {
		t.Fatal(err)
	}
	c := config.Default()
	c.StateDir, c.Support = state, "call the desk"
	a, err := newAsking(t.Context(), world{now: time.Now}, c, h, slog.New(slog.NewTextHandler(t.Output(), nil)))
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func bundleOf(id string, means ...string) *agentv1.Bundle {
	now := time.Now()
	return &agentv1.Bundle{PresenceChecks: []*agentv1.PresenceCheck{{
		Id: id, AskedAt: timestamppb.New(now), DueAt: timestamppb.New(now.Add(time.Hour)), Means: means,
	}}}
}

func (a *asking) start(t *testing.T) (stop func()) {
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { a.run(ctx); close(ended) }()
	return func() { cancel(); <-ended }
}

func (a *asking) await(t *testing.T, state presence.State) sensor.AskedPresence {
	t.Helper()
	for range 500 {
		if rows, err := a.rows(); err == nil && len(rows) == 1 && rows[0].State == string(state) {
			return rows[0]
		}
		time.Sleep(10 * time.Millisecond)
	}
	rows, err := a.rows()
	t.Fatalf("got %+v, %v, want it %s", rows, err, state)
	return sensor.AskedPresence{}
}

func TestPresenceFromTheBundleToTheRow(t *testing.T) {
	a := asked(t, t.TempDir(), atTheLaptop+"repeat 5 1s\n  0ms kbd press\n  80ms kbd release\nend\n")
	defer a.start(t)()
	a.bundles().Take(bundleOf("0123456789ABCDEFGHJKMNPQRS", "lid", "builtin_keyboard", "retina"))
	row := a.await(t, presence.Answered)
	if row.AnsweredBy != "builtin_keyboard" || row.AnsweredFrom != "AT keyboard" || row.Means != "builtin_keyboard" || row.AnsweredAfterMS == "" ||
		row.Check != "0123456789ABCDEFGHJKMNPQRS" || !strings.HasPrefix(row.Detail, "Shown on 1 desktop and 0 terminals. Not possible here: lid") {
		t.Errorf("got %+v", row)
	}
}

func TestPresenceOtherWayByCommandAndOverARestart(t *testing.T) {
	state := t.TempDir()
	a := asked(t, state, atTheLaptop)
	stop := a.start(t)
	a.bundles().Take(bundleOf("0123456789ABCDEFGHJKMNPQRS", "builtin_keyboard"))
	a.await(t, presence.Shown)
	if code, out, _ := agent(t, "presence", "--state", state); code != 0 || !strings.Contains(out, "own keyboard") || !strings.Contains(out, "call the desk") {
		t.Errorf("ends with %d and shows %s", code, out)
	}
	stop()
	a = asked(t, state, atTheLaptop)
	defer a.start(t)()
	for range 500 { // the door opens a moment later
		if _, err := os.Stat(doorPath(state)); err == nil {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	if answer, err := host.Knock(t.Context(), doorPath(state), []byte("reboot 0123456789ABCDEFGHJKMNPQRS\n")); err != nil || answer != "not understood\n" {
		t.Errorf("another word: %q, %v", answer, err)
	}
	if answer, err := host.Knock(t.Context(), doorPath(state), presence.OtherWayWord(practice)); err != nil || !strings.HasPrefix(answer, "no such") {
		t.Errorf("another check: %q, %v", answer, err)
	}
	a.await(t, presence.Shown)
	if code, out, errs := agent(t, "presence", "other-way", "--state", state); code != 0 || !strings.Contains(out, "is told that you need another way") {
		t.Errorf("ends with %d: %s%s", code, out, errs)
	}
	if row := a.await(t, presence.OtherWay); row.AnsweredBy != "" || row.AnsweredAfterMS != "" {
		t.Errorf("got %+v", row)
	}
	if _, out, _ := agent(t, "presence", "--state", state); !strings.Contains(out, "Nothing is asked of you now.") || !strings.Contains(out, "You asked for another way") {
		t.Errorf("afterwards shows %s", out)
	}
	if _, out, _ := agent(t, "presence", "other-way", "--state", state); !strings.Contains(out, "nothing to answer") {
		t.Errorf("a second time says %s", out)
	}
}

func TestPresenceWhereNobodyCanBeTold(t *testing.T) {
	a := asked(t, t.TempDir(), "-- platform.yaml --\nos: windows\n")
	defer a.start(t)()
	a.bundles().Take(bundleOf("0123456789ABCDEFGHJKMNPQRS", "lid"))
	for range 500 {
		rows, err := a.rows()
		if !errors.Is(err, host.ErrAbsent) && !errors.Is(err, host.ErrUnsupported) {
			t.Fatalf("the class is told to be covered: %v", err)
		}
		if len(rows) == 1 && rows[0].State == string(presence.CannotAsk) {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatal("it is not told that nobody could be asked")
}

func TestPresenceJudgesByTheCollectorsClock(t *testing.T) {
	a := asked(t, t.TempDir(), atTheLaptop)
	a.by(func() time.Duration { return -3 * time.Hour }) // this clock is three hours behind
	a.bundles().Take(bundleOf("0123456789ABCDEFGHJKMNPQRS", "builtin_keyboard"))
	a.book.Expire(a.now())
	if r := a.book.Records()[0]; r.State != presence.CannotAsk {
		t.Errorf("%q two hours after its end", r.State)
	}
}

func TestStatusShowsWhatIsAsked(t *testing.T) {
	now := time.Now()
	text, _ := describe(config.Default(), agentStatus{At: now, Asked: []presence.Record{{Question: presence.Question{DueAt: now}}}}, true, now)
	if !strings.Contains(text, "A presence check is open until") {
		t.Errorf("says %s", text)
	}
}

func TestPresenceBeforeAnyAgentRan(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "none")
	code, _, errs := agent(t, "presence", "--state", folder)
	if code != 1 || !strings.Contains(errs, folder) {
		t.Errorf("ends with %d: %s", code, errs)
	}
	if _, err := os.Stat(folder); err == nil {
		t.Error("looking made the folder")
	}
	var out bytes.Buffer
	if execute(t.Context(), world{args: []string{"presence", "try", "--means", "retina"}, out: &out, err: &out, now: time.Now}) != exitUsage || !strings.Contains(out.String(), "retina") {
		t.Errorf("says %s", out.String())
	}
}
