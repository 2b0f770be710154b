package parse

import (
	"bytes"
	"encoding/json"
	"fmt"
	"path"
	"strings"
	"time"
)

// A MacRecord is what is taken of one record of macOS' unified log.
type MacRecord struct {
	At      time.Time
	Program string
	Message string
}

// ParseMacRecord reads one line of `log show --style ndjson`.
func ParseMacRecord(line []byte) (MacRecord, error) {
	if len(line) > journalRecordLimit {
		return MacRecord{}, fmt.Errorf("log record: %d bytes, the most is %d", len(line), journalRecordLimit)
	}
	var fields struct {
		At      string `json:"timestamp"`
		Image   string `json:"processImagePath"`
		Message string `json:"eventMessage"`
	}
	if err := json.Unmarshal(bytes.TrimSpace(line), &fields); err != nil {
		return MacRecord{}, fmt.Errorf("log record: %w", err)
	}
	at, err := time.Parse("2006-01-02 15:04:05-0700", fields.At)
	if err != nil {
		return MacRecord{}, fmt.Errorf("log record: time %.40q", fields.At)
	}
	return MacRecord{At: at.UTC(), Program: path.Base(fields.Image), Message: fields.Message}, nil
}

// SessionMark understands a record of the Mac's own screen sharing or of Chrome
// Remote Desktop, and says of which: an id of the catalogue's tools.
func (r MacRecord) SessionMark() (tool string, m SessionMark, ok bool) {
	switch {
	case r.Program == "screensharingd":
		m, ok = screenSharing(r.Message)
		tool = "apple-remote-desktop"
	case strings.HasPrefix(r.Program, "remoting_me2me_host"):
		m, ok = ChromotingMark(r.Message)
		tool = "chrome-remote-desktop"
	}
	m.At = r.At
	return tool, m, ok
}

// screenSharing reads "Authentication: SUCCEEDED :: User Name: anna :: Viewer
// Address: 192.0.2.7 :: Type: DH". The log does not tell the end in words of its own.
func screenSharing(message string) (SessionMark, bool) {
	if !strings.HasPrefix(message, "Authentication: SUCCEEDED") {
		return SessionMark{}, false
	}
	m := SessionMark{Act: SessionBegan, Direction: Incoming, Kind: Screen, Approval: Password}
	for part := range strings.SplitSeq(message, " :: ") {
		name, value, _ := strings.Cut(part, ": ")
		if value == macHidden {
			continue
		}
		switch name {
		case "User Name":
			m.Account = brief(value)
		case "Viewer Address":
			m.Address = addressAlone(value)
		}
	}
	if m.Address.IsValid() {
		m.ID = m.Address.Addr().String()
	}
	return m, true
}

// macHidden stands in the log for what a program marked as private, unless the
// Mac is told by a profile to keep it.
const macHidden = "<private>"
