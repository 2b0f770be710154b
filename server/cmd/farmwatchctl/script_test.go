package main

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/farmwatch/farmwatch/proto/catalogue"
	"github.com/farmwatch/farmwatch/proto/finding"
	"github.com/farmwatch/farmwatch/server/internal/alert"
	"github.com/farmwatch/farmwatch/server/internal/api/apitest"
	"github.com/farmwatch/farmwatch/server/internal/device"
	"github.com/farmwatch/farmwatch/server/internal/site"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"farmwatchctl": func() {
		os.Exit(execute(context.Background(), world{
			args: os.Args[1:], env: os.Getenv, in: os.Stdin, out: os.Stdout, err: os.Stderr, now: func() time.Time { return apitest.Noon },
		}))
	}})
}

// TestScripts runs each script against a server of its own.
//
//	user NAME ROLE          sign in: sets FARMWATCH_TOKEN
//	link NAME ROLE          a one-time sign-in link in $LINK
//	enrol ID NAME           a laptop
//	find ID RULE UID STATUS let it report
//	row ID RULE UID STATUS COLUMN=VALUE… let it report with this evidence; a value tenant:X is X's pseudonym
//	stand ID GATEWAY ADDRESS CLASS let it be heard from a place
//	rollout N RULE          as many laptops on which a rule holds, a minute after one another: r1 rolled-01, r2 …
//	notice                  look for what appeared on many laptops at once
//	context                 judge what is imported
//	site ID NAME KIND DEVICE… laptops that share a place; behind a ? only possibly
//	facts ID CLASS UID COLUMN=VALUE… let it tell one row
//	pass DURATION           move the server's clock
//	answers ID QUESTION STATE let it tell of a presence check
//	id FILE                 the first id of a list in JSON, in $ID
//	exits CODE ARGS…        run farmwatchctl and compare its exit code
func TestScripts(t *testing.T) {
	files, err := filepath.Glob("testdata/script/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no scripts: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			t.Parallel()
			r := rigFor(t, file)
			testscript.Run(t, testscript.Params{
				Files: []string{file},
				Setup: func(e *testscript.Env) error {
					e.Setenv("HOME", e.WorkDir)
					e.Setenv("SERVER", r.URL)
					e.Setenv("FARMWATCH_URL", r.URL)
					return nil
				},
				Cmds: commands(r),
			})
		})
	}
}

// rigFor knows the real catalogue where rules are put over it, and else a small one.
func rigFor(t *testing.T, file string) *apitest.Rig {
	if filepath.Base(file) != "rules.txtar" {
		return apitest.New(t)
	}
	known, err := catalogue.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	return apitest.NewOver(t, known)
}

func columnsOf(args []string) map[string]string {
	columns := map[string]string{}
	for _, arg := range args {
		name, value, _ := strings.Cut(arg, "=")
		if plain, ok := strings.CutPrefix(value, "tenant:"); ok {
			value = apitest.Pseudonym(plain)
		}
		columns[name] = value
	}
	return columns
}

func commands(r *apitest.Rig) map[string]func(*testscript.TestScript, bool, []string) {
	return map[string]func(*testscript.TestScript, bool, []string){
		"user": func(ts *testscript.TestScript, _ bool, args []string) {
			ts.Setenv("FARMWATCH_TOKEN", r.Token(args[0], alert.Role(args[1])))
		},
		"link": func(ts *testscript.TestScript, _ bool, args []string) {
			ts.Setenv("LINK", r.URL+"/sign-in#code="+r.Code(args[0], alert.Role(args[1])))
		},
		"enrol": func(_ *testscript.TestScript, _ bool, args []string) { r.Enrol(args[0], args[1]) },
		"find": func(_ *testscript.TestScript, _ bool, args []string) {
			r.Find(args[0], args[1], args[2], finding.Status(args[3]))
		},
		"row": func(_ *testscript.TestScript, _ bool, args []string) {
			r.FindRow(args[0], args[1], args[2], finding.Status(args[3]), columnsOf(args[4:]))
		},
		"site": func(_ *testscript.TestScript, _ bool, args []string) {
			r.Site(args[0], args[1], site.PlaceKind(args[2]), args[3:]...)
		},
		"facts": func(_ *testscript.TestScript, _ bool, args []string) {
			row := finding.Observation{Class: args[1], UID: args[2], Columns: columnsOf(args[3:])}
			r.Report(args[0], finding.Report{At: r.Now(), Facts: []finding.Facts{{Class: args[1], Rows: []finding.Observation{row}}}})
		},
		"stand": func(_ *testscript.TestScript, _ bool, args []string) {
			r.Stand(args[0], args[1], device.Stay{Address: args[2], NetworkClass: args[3]})
		},
		"rollout": func(ts *testscript.TestScript, _ bool, args []string) {
			n, err := strconv.Atoi(args[0])
			ts.Check(err)
			r.Rollout(n, args[1])
		},
		"notice":  func(*testscript.TestScript, bool, []string) { r.Notice() },
		"context": func(*testscript.TestScript, bool, []string) { r.LookAtContext() },
		"pass": func(ts *testscript.TestScript, _ bool, args []string) {
			d, err := time.ParseDuration(args[0])
			ts.Check(err)
			r.Pass(d)
			r.Sweep()
		},
		"answers": func(_ *testscript.TestScript, _ bool, args []string) {
			r.Report(args[0], finding.Report{At: r.Now(), Facts: []finding.Facts{{Class: "presence_checks", Rows: []finding.Observation{{UID: args[1],
				Columns: map[string]string{"check": args[1], "state": args[2], "answered_by": "lid", "answered_after_ms": "9400", "answered_from": "lid switch"}}}}}})
		},
		"id": func(ts *testscript.TestScript, _ bool, args []string) {
			var list []struct{ ID string }
			if err := json.Unmarshal([]byte(ts.ReadFile(args[0])), &list); err != nil || len(list) == 0 {
				ts.Fatalf("no id in %s: %v", args[0], err)
			}
			ts.Setenv("ID", list[0].ID)
		},
		"exits": func(ts *testscript.TestScript, _ bool, args []string) {
			code := 0
			if err := ts.Exec("farmwatchctl", args[1:]...); err != nil {
				var exit *exec.ExitError
				if !errors.As(err, &exit) {
					ts.Fatalf("run farmwatchctl: %v", err)
				}
				code = exit.ExitCode()
			}
			if got := strconv.Itoa(code); got != args[0] {
				ts.Fatalf("farmwatchctl %v exits with %s, want %s", args[1:], got, args[0])
			}
		},
	}
}
