package parse

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"time"
)

// A JournalRecord is what is taken of one record of systemd's journal.
type JournalRecord struct {
	At      time.Time
	Program string
	Message string
	PID     int
	Boot    string
}

// journalRecordLimit is the longest record that is read; its text may be anything.
const journalRecordLimit = 64 << 10

// ParseJournalRecord reads one line of `journalctl -o json`.
func ParseJournalRecord(line []byte) (JournalRecord, error) {
	if len(line) > journalRecordLimit {
		return JournalRecord{}, fmt.Errorf("journal record: %d bytes, the most is %d", len(line), journalRecordLimit)
	}
	var fields struct {
		At      string          `json:"__REALTIME_TIMESTAMP"`
		Program string          `json:"SYSLOG_IDENTIFIER"`
		Message json.RawMessage `json:"MESSAGE"` // text, or numbers where it is none
		PID     string          `json:"_PID"`
		Boot    string          `json:"_BOOT_ID"`
	}
	if err := json.Unmarshal(bytes.TrimSpace(line), &fields); err != nil {
		return JournalRecord{}, fmt.Errorf("journal record: %w", err)
	}
	microseconds, err := strconv.ParseInt(fields.At, 10, 64)
	if err != nil {
		return JournalRecord{}, fmt.Errorf("journal record: time %.20q", fields.At)
	}
	r := JournalRecord{At: time.UnixMicro(microseconds).UTC(), Program: fields.Program, Boot: fields.Boot}
	if r.PID, err = strconv.Atoi(fields.PID); err != nil {
		r.PID = 0 // of the kernel
	}
	if err := json.Unmarshal(fields.Message, &r.Message); err != nil {
		r.Message = "" // bytes that are no text
	}
	return r, nil
}

// SessionMark understands a record whose program writes of sessions.
func (r JournalRecord) SessionMark() (SessionMark, bool) {
	if r.Program != "chromoting" {
		return SessionMark{}, false
	}
	m, ok := ChromotingMark(r.Message)
	m.At = r.At
	return m, ok
}
