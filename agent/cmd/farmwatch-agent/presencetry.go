package main

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/farmwatch/farmwatch/agent/internal/config"
	"github.com/farmwatch/farmwatch/agent/internal/host"
	"github.com/farmwatch/farmwatch/agent/internal/presence"
	"github.com/farmwatch/farmwatch/proto/finding"
)

// practice is the ID of a check that no collector asked.
var practice = strings.Repeat("0", 26)

// tried is the shape of `presence try --output json`. It is stable: fields are only added.
type tried struct {
	State           presence.State     `json:"state"`
	Means           []finding.Means    `json:"means"` // that could answer here
	AnsweredBy      finding.Means      `json:"answered_by,omitempty"`
	AnsweredAfterMS int64              `json:"answered_after_ms,omitempty"`
	AnsweredFrom    string             `json:"answered_from,omitempty"`
	Detail          string             `json:"detail,omitempty"`
	Refused         []presence.Refused `json:"refused"` // acts that did not count
}

func tryCommand(w world) *cobra.Command {
	var means, output, recording string
	var patience time.Duration
	c := &cobra.Command{
		Use: "try", Short: "Practise a presence check on this laptop; nothing is sent", Args: cobra.NoArgs,
		Long: "Practise a presence check on this laptop; nothing is sent. Run it as root, as the agent runs, so that it can notice what the agent would.\n\n" +
			"Exit codes: 0 an act answered, 7 none did.",
		Example: "  sudo farmwatch-agent presence try\n  sudo farmwatch-agent presence try --means lid,power_plug --for 5m --output json",
	}
	c.Flags().StringVar(&means, "means", presence.Words(finding.AllMeans()), "the acts that may answer, with commas or spaces")
	c.Flags().DurationVar(&patience, "for", 2*time.Minute, "how long to wait for one")
	c.Flags().StringVarP(&output, "output", "o", "text", "text or json")
	c.Flags().StringVar(&recording, "recording", "", "try it on this recorded machine instead of this one")
	c.RunE = func(c *cobra.Command, _ []string) error {
		asked, err := presence.ParseMeans(means)
		if err != nil {
			return failed{exitUsage, err}
		}
		if patience < time.Second || output != "text" && output != "json" {
			return failed{exitUsage, fmt.Errorf("want --for of a second or more and --output text or json")}
		}
		looked, err := machine(w, recording)
		if err != nil {
			return err
		}
		words := w.out
		if output == "json" {
			words = w.err
		}
		result, err := practise(c.Context(), w, looked, asked, patience, words)
		if err != nil {
			return err
		}
		if output == "json" {
			encoder := json.NewEncoder(w.out)
			encoder.SetIndent("", "  ")
			if err := encoder.Encode(result); err != nil {
				return err
			}
		}
		if result.State != presence.Answered {
			return failed{exitFailed, nil}
		}
		return nil
	}
	return c
}

// practise asks on the terminal and waits for an act as the agent does.
func practise(ctx context.Context, w world, machine host.Host, means []finding.Means, patience time.Duration, words io.Writer) (tried, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	now := w.now()
	question := presence.Question{ID: practice, AskedAt: now, DueAt: now.Add(patience), Means: means}
	book := presence.NewBook(nil, func(records []presence.Record) {
		if !records[0].Open() {
			cancel()
		}
	})
	if err := book.Take(now, []presence.Question{question}); err != nil {
		return tried{}, err
	}
	quiet := config.Default()
	quiet.LogLevel = "warn"
	watch := presence.Watch{
		Book: book, Host: machine, Notices: onTerminal{words}, Now: w.now, Zone: time.Local,
		Support: "this is practice, so nobody needs to be called", Random: rand.Reader, Log: logger(quiet, w.err),
	}
	watch.Run(ctx)
	book.Expire(question.DueAt)
	r := book.Records()[0]
	result := tried{
		State: r.State, Means: append([]finding.Means{}, r.Possible...), AnsweredBy: r.AnsweredBy, AnsweredAfterMS: r.AnsweredAfter.Milliseconds(),
		AnsweredFrom: r.AnsweredFrom, Detail: r.Detail, Refused: append([]presence.Refused{}, book.Refused()...),
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n", presence.Ended(r))
	for _, no := range result.Refused {
		fmt.Fprintf(&b, "Did not count: %s from %q, since %s.\n", no.Means, no.From, no.Why)
	}
	_, err := fmt.Fprint(words, b.String())
	return result, err
}

// onTerminal shows notices to whoever practises.
type onTerminal struct{ out io.Writer }

// People is whoever practises.
func (onTerminal) People(context.Context) ([]host.Person, error) {
	return []host.Person{{Session: "practice"}}, nil
}

// Show writes what is asked; how it ended is said when it has.
func (t onTerminal) Show(_ context.Context, n host.Notice) (host.Told, error) {
	if n.Button == "" {
		return host.Told{Terminals: 1}, nil
	}
	_, err := fmt.Fprintf(t.out, "Practice. Nothing is sent.\n\n%s\n\n%s\n", n.Title, n.Text)
	return host.Told{Terminals: 1}, err
}

// Pressed never gives any: a terminal has no button.
func (onTerminal) Pressed() <-chan string { return nil }

// Close has nothing to end.
func (onTerminal) Close() error { return nil }
