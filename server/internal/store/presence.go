package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/farmwatch/farmwatch/proto/finding"
	"github.com/farmwatch/farmwatch/server/internal/alert"
	"github.com/farmwatch/farmwatch/server/internal/device"
	"github.com/farmwatch/farmwatch/server/internal/presence"
)

type presenceQueries struct {
	InsertQuestion, GetQuestion, ListQuestions                query
	ListQuestionsOfDevice, ListQuestionsBetween               query
	WithdrawQuestion, SaveAnswer                              query
	GetBundleVersion, RaiseBundleVersion, RaiseBundleVersions query
}

// mostQuestions is how many of the latest questions one list holds.
const mostQuestions = 500

// Ask keeps a question and notes who asks, or refuses: a laptop that is gone, an
// alert that is about another one, a person who is asked too often. ErrNotFound
// if there is no such device.
func (s *SQLite) Ask(ctx context.Context, q presence.Question) (presence.Question, error) {
	err := s.Tx(ctx, func(t *Tx) error {
		d, err := t.Device(ctx, q.DeviceID)
		if err != nil {
			return err
		}
		if !d.RemovedAt.IsZero() {
			return &alert.Refusal{Cause: alert.ErrConflict, Sentence: fmt.Sprintf("the device was removed at %s: nobody can be asked there", d.RemovedAt.Format(time.RFC3339))}
		}
		q.DeviceName = d.Name
		past, err := t.questionsSince(ctx, q.DeviceID, q.AskedAt.Add(-openFor))
		if err != nil {
			return err
		}
		if err := q.MayFollow(past); err != nil {
			return err
		}
		if err := t.insertQuestion(ctx, q); err != nil {
			return err
		}
		return t.note(ctx, q.AskedAt, q.AskedBy, "presence.request", "presence/"+q.ID, map[string]any{
			"device": q.DeviceID, "alert": q.Alert, "means": q.Means, "due_at": q.DueAt.UTC().Format(time.RFC3339), "reason": q.Reason,
		})
	})
	return q, err
}

func (t *Tx) insertQuestion(ctx context.Context, q presence.Question) error {
	if q.Alert != "" {
		a, err := t.Alert(ctx, q.Alert)
		if errors.Is(err, ErrNotFound) || err == nil && a.DeviceID != q.DeviceID {
			return &alert.Refusal{Cause: alert.ErrInvalid, Sentence: fmt.Sprintf("there is no alert %q about this device", q.Alert)}
		}
		if err != nil {
			return err
		}
	}
	means, err := json.Marshal(q.Means)
	if err != nil {
		return err
	}
	if _, err := t.exec(ctx, t.q.InsertQuestion, q.ID, q.DeviceID, q.Alert, string(means), q.Reason, q.AskedBy, micros(q.AskedAt), micros(q.DueAt)); err != nil {
		return err
	}
	if err := t.tellQuestion(ctx, q, q.AskedAt, q.AskedText(), q.AskedBy); err != nil {
		return err
	}
	return t.raiseBundle(ctx, q.DeviceID, q.AskedAt)
}

// tellQuestion writes a line into the timeline of the alert that a question was
// asked for. The alert itself stays as it is: an answer weighs nothing.
func (t *Tx) tellQuestion(ctx context.Context, q presence.Question, at time.Time, text, actor string) error {
	if q.Alert == "" {
		return nil
	}
	_, err := t.exec(ctx, t.q.InsertTimeline, q.Alert, micros(at), string(alert.PresenceAsked), text, actor)
	return err
}

// raiseBundle says that a device's bundle holds something else from now on.
func (t *Tx) raiseBundle(ctx context.Context, deviceID string, at time.Time) error {
	_, err := t.exec(ctx, t.q.RaiseBundleVersion, deviceID, micros(at))
	return err
}

// How far back questions are looked up: those that may still be open, with a
// margin for clocks, and those whose answer a laptop that was away may bring.
const (
	openFor  = 2 * presence.LongestDue
	heardFor = 90 * 24 * time.Hour
)

// questionsSince lists the questions to a device that were asked since a moment.
func (t *Tx) questionsSince(ctx context.Context, deviceID string, since time.Time) ([]presence.Question, error) {
	return all(ctx, t, t.q.ListQuestionsOfDevice, scanQuestion, deviceID, micros(since))
}

// Questions lists the latest questions, newest first: of one device (by id or
// name) or of all, about one alert or about all. ErrNotFound if there is no such device.
func (s *SQLite) Questions(ctx context.Context, idOrName, alertID string) (list []presence.Question, err error) {
	err = s.Read(ctx, func(t *Tx) error {
		var of device.Device
		if idOrName != "" {
			if of, err = t.DeviceNamed(ctx, idOrName); err != nil {
				return err
			}
		}
		list, err = all(ctx, t, t.q.ListQuestions, scanQuestion, of.ID, alertID, mostQuestions)
		return err
	})
	return list, err
}

// WithdrawQuestion ends a question now and notes who did; ErrNotFound if there is none.
func (s *SQLite) WithdrawQuestion(ctx context.Context, id, by string, at time.Time) (q presence.Question, err error) {
	err = s.Tx(ctx, func(t *Tx) error {
		if q, err = single(ctx, t, t.q.GetQuestion, scanQuestion, id); err != nil {
			return err
		}
		q, err = t.withdraw(ctx, q, by, at)
		return err
	})
	return q, err
}

func (t *Tx) withdraw(ctx context.Context, q presence.Question, by string, at time.Time) (presence.Question, error) {
	q, err := q.Withdraw(at)
	if err != nil {
		return q, err
	}
	if _, err := t.exec(ctx, t.q.WithdrawQuestion, q.ID, micros(at)); err != nil {
		return q, err
	}
	if err := t.tellQuestion(ctx, q, at, "The question whether somebody sits there was withdrawn.", by); err != nil {
		return q, err
	}
	if err := t.raiseBundle(ctx, q.DeviceID, at); err != nil {
		return q, err
	}
	return q, t.note(ctx, at, by, "presence.withdraw", "presence/"+q.ID, map[string]any{"device": q.DeviceID, "alert": q.Alert})
}

// withdrawOf withdraws what a device that is removed is asked: nobody answers it any more.
func (t *Tx) withdrawOf(ctx context.Context, deviceID, by string, at time.Time) error {
	asked, err := t.questionsSince(ctx, deviceID, at.Add(-openFor))
	if err != nil {
		return err
	}
	for _, q := range asked {
		if !q.Standing(at).Open() {
			continue
		}
		if _, err := t.withdraw(ctx, q, by, at); err != nil {
			return err
		}
	}
	return nil
}

// hearAnswers keeps what a device tells of the questions it was asked, since
// the rows that tell it go after a day. Rows about others are not looked at,
// and however many there are about one question, it is kept once.
func (t *Tx) hearAnswers(ctx context.Context, deviceID string, rows []finding.Observation, at time.Time) error {
	asked, err := t.questionsSince(ctx, deviceID, at.Add(-heardFor))
	if err != nil {
		return err
	}
	told := make(map[string][]finding.Observation)
	for _, row := range rows {
		told[row.Columns["check"]] = append(told[row.Columns["check"]], row)
	}
	for _, q := range asked {
		before, news := q.Told.State, false
		for _, row := range told[q.ID] {
			var heard bool
			q, heard = q.Hear(row, at)
			news = news || heard
		}
		if !news {
			continue
		}
		if err := t.saveAnswer(ctx, q, before); err != nil {
			return err
		}
	}
	return nil
}

func (t *Tx) saveAnswer(ctx context.Context, q presence.Question, before presence.State) error {
	told := q.Told
	if _, err := t.exec(ctx, t.q.SaveAnswer, q.ID, string(told.State), micros(told.At), string(told.Means), told.After.Milliseconds(), told.From, told.Detail); err != nil {
		return err
	}
	if told.State == before {
		return nil
	}
	if err := t.tellQuestion(ctx, q, told.At, q.ToldText(), ""); err != nil || told.State == presence.Shown {
		return err
	}
	return t.raiseBundle(ctx, q.DeviceID, told.At) // it is asked no longer
}

// Bundle gives what a device's bundle holds at a moment: its version, and the open questions.
func (s *SQLite) Bundle(ctx context.Context, deviceID string, now time.Time) (version uint64, open []presence.Question, err error) {
	err = s.Read(ctx, func(t *Tx) error {
		if err := t.one(ctx, t.q.GetBundleVersion, []any{deviceID}, []any{&version}); err != nil {
			return err
		}
		asked, err := t.questionsSince(ctx, deviceID, now.Add(-openFor))
		for _, q := range asked {
			if q.Standing(now).Open() && now.Before(q.DueAt) {
				open = append(open, q)
			}
		}
		return err
	})
	return version, open, err
}

// RaiseBundles raises every device's bundle version, to the microseconds of now
// or by one. A collector does so when it starts: one that was put back from a
// backup has older versions than its agents have seen, and its clock has not.
func (s *SQLite) RaiseBundles(ctx context.Context, now time.Time) error {
	return s.Tx(ctx, func(t *Tx) error {
		_, err := t.exec(ctx, t.q.RaiseBundleVersions, micros(now))
		return err
	})
}

func scanQuestion(row scanner) (presence.Question, error) {
	var q presence.Question
	var means []byte
	var ms int64
	if err := row.Scan(&q.ID, &q.DeviceID, &q.DeviceName, &q.Alert, &means, &q.Reason, &q.AskedBy, moment{&q.AskedAt}, moment{&q.DueAt}, moment{&q.WithdrawnAt},
		&q.Told.State, moment{&q.Told.At}, &q.Told.Means, &ms, &q.Told.From, &q.Told.Detail); err != nil {
		return q, err
	}
	q.Told.After = time.Duration(ms) * time.Millisecond
	if err := json.Unmarshal(means, &q.Means); err != nil {
		return q, fmt.Errorf("read the means of question %s: %w", q.ID, err)
	}
	return q, nil
}
