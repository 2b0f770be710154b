package host

import (
	"errors"
	"fmt"
	"sync"
	"time"
)

const (
	recordsMost  = 1000    // records of one answer, the newest
	recordsBytes = 4 << 20 // of one answer
	recordsFresh = time.Minute
	recordsTold  = 10 * time.Minute // as long as the log itself would tell of new ones
)

// errRecordsFull says that older records may have been pushed out of the answer:
// many programs may write to a log, some under any name.
var errRecordsFull = fmt.Errorf("there are more than %d of them, of which the newest were read; see who writes so many", recordsMost)

// keptRecords are the last answers of the system's logs. Going through a log
// costs the system a second or more, and most of the time nothing is new.
type keptRecords struct {
	mu      sync.Mutex
	answers map[string]keptAnswer
	told    map[string]bool // whose log says when something is new
}

type keptAnswer struct {
	text []byte
	err  error
	at   time.Time
}

// get gives the last answer to a question, or asks anew where it may be too old
// or nobody knows the time.
func (k *keptRecords) get(name string, now time.Time, ask func() ([]byte, error)) ([]byte, error) {
	k.mu.Lock()
	kept, ok := k.answers[name]
	lasts := recordsFresh
	if k.told[name] && (kept.err == nil || errors.Is(kept.err, errRecordsFull)) { // what was not read whole is tried again
		lasts = recordsTold
	}
	k.mu.Unlock()
	if age := now.Sub(kept.at); ok && age >= 0 && age < lasts && !now.IsZero() {
		return kept.text, kept.err
	}
	text, err := ask()
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.answers == nil {
		k.answers = map[string]keptAnswer{}
	}
	k.answers[name] = keptAnswer{text, err, now}
	return text, err
}

// tells says whether a log will say when something is new.
func (k *keptRecords) tells(name string, whether bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.told == nil {
		k.told = map[string]bool{}
	}
	k.told[name] = whether
	delete(k.answers, name) // what came before it began to tell is not missed
}

// renew forgets an answer, since something is new.
func (k *keptRecords) renew(name string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	delete(k.answers, name)
}

// recordsAnswer gathers the records of an answer, the newest first.
type recordsAnswer struct {
	texts [][]byte
	size  int
}

// take takes one in and says whether there is room for more.
func (a *recordsAnswer) take(text []byte) bool {
	if len(a.texts) >= recordsMost || a.size+len(text) > recordsBytes {
		return false
	}
	a.texts, a.size = append(a.texts, text), a.size+len(text)+1
	return true
}

// oldestFirst is the answer as those who asked want it.
func (a *recordsAnswer) oldestFirst() []byte {
	whole := make([]byte, 0, a.size)
	for i := len(a.texts) - 1; i >= 0; i-- {
		whole = append(append(whole, a.texts[i]...), '\n')
	}
	return whole
}

// logTrouble says in words why a Windows log gave no answer.
func logTrouble(channel string, code uint32) error {
	const ( // of winerror.h
		notSupported   = 50
		notImplemented = 120
		denied         = 5
		noSuchLog      = 15007
	)
	switch code {
	case 0, notSupported, notImplemented:
		return fmt.Errorf("this system keeps no log %s as Windows does: %w", channel, ErrUnsupported)
	case denied:
		return fmt.Errorf("read Windows' log %s: %w: run as the service does, or take the account into the group Event Log Readers", channel, ErrDenied)
	case noSuchLog:
		return fmt.Errorf("this Windows has no log %s: %w", channel, ErrAbsent)
	}
	return nil
}
