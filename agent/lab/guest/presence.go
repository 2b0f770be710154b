//go:build linux

package main

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"
)

// asked are the scenarios of a presence check: a physical act at the laptop
// answers it, and nothing that types from elsewhere does.
var asked = []scenario{
	{name: "asked-answered-by-hand", window: askingWindow, act: typing(someStrokes()), answer: &answer{State: "answered", AnsweredBy: "builtin_keyboard"}},
	{name: "asked-answered-by-lid", window: askingWindow, act: standing(lidClosed), answer: &answer{State: "answered", AnsweredBy: "lid"}},
	{name: "asked-answered-by-plug", window: askingWindow, act: standing(plugOut), answer: &answer{State: "answered", AnsweredBy: "power_plug"}},
	{name: "asked-typed-by-gadget", window: askingWindow, act: tapOnGadget, answer: &answer{State: "not_answered", refused: "it is not hardware"}},
	{name: "asked-typed-by-program", window: askingWindow, act: tapByProgram, answer: &answer{State: "not_answered", refused: "it is not hardware"}},
	{name: "asked-nobody-there", window: askingWindow, answer: &answer{State: "not_answered"}},
}

const askingWindow = 20 * time.Second

// An answer is what `presence try` says, in its own JSON.
type answer struct {
	State        string `json:"state"`
	AnsweredBy   string `json:"answered_by"`
	AnsweredFrom string `json:"answered_from"`
	Means        []string
	Refused      []struct {
		From string `json:"from"`
		Why  string `json:"why"`
	} `json:"refused"`
	refused string // why what was typed does not count
}

// ask has the agent ask for a physical act, with nothing sent, and lets `during` happen.
func ask(window time.Duration, during func() error) (a answer, raw []byte, err error) {
	raw, err = agent(window, during, "presence", "try", "--output", "json", "--for", window.String())
	if err == nil {
		err = json.Unmarshal(raw, &a)
	}
	return a, raw, err
}

func (a answer) String() string {
	words := []string{a.State}
	if a.AnsweredBy != "" {
		words = append(words, "by "+a.AnsweredBy+" from "+a.AnsweredFrom)
	}
	for _, r := range a.Refused {
		words = append(words, fmt.Sprintf("not by %s, since %s", r.From, r.Why))
	}
	return strings.Join(words, ", ")
}

// differs says in what an answer is not as it must be. What did not count must
// have been noticed and refused: silence alone would prove nothing.
func (a answer) differs(got answer) []string {
	var why []string
	if got.State != a.State || got.AnsweredBy != a.AnsweredBy {
		why = append(why, "it is "+got.String())
	}
	for _, r := range got.Refused {
		if !strings.HasPrefix(r.Why, a.refused) || a.refused == "" {
			why = append(why, fmt.Sprintf("%s was refused, since %s", r.From, r.Why))
		}
	}
	if a.refused != "" && len(got.Refused) == 0 {
		why = append(why, "nothing was refused")
	}
	if !slices.Contains(got.Means, "builtin_keyboard") {
		why = append(why, "the laptop's own keyboard could not answer")
	}
	return why
}

func someStrokes() []stroke { return local()[:12] }

func standing(how byte) func(*bench) error {
	return func(b *bench) error {
		return b.stand(how)
	}
}

func tapOnGadget(b *bench) error {
	sides, err := b.plug(pikvmAsKeyboard())
	if err != nil {
		return err
	}
	for _, s := range someStrokes() {
		report := make([]byte, 8)
		if s.down {
			report[2] = byte(4 + s.key) // one key at a time, A to J
		}
		if _, err := sides[0].Write(report); err != nil {
			return err
		}
		time.Sleep(100 * time.Millisecond)
	}
	return nil
}

func tapByProgram(b *bench) error {
	i, err := b.inject("ydotoold virtual device")
	if err != nil {
		return err
	}
	return perform(someStrokes(), i.key)
}
