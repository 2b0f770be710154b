package parse

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"
)

// A WindowsRecord is one record of a Windows log, as far as the sessions of
// remote-access software stand in it.
type WindowsRecord struct {
	Provider string
	Number   string
	At       time.Time
	Values   map[string]string // named values
	Texts    []string          // unnamed ones, in order
}

const (
	windowsRecordLimit = 5000 // records of one log
	windowsValueLimit  = 64   // values of one record
)

type windowsRecordXML struct {
	System struct {
		Provider struct {
			Name string `xml:"Name,attr"`
		} `xml:"Provider"`
		Number string `xml:"EventID"`
		Made   struct {
			At string `xml:"SystemTime,attr"`
		} `xml:"TimeCreated"`
	} `xml:"System"`
	Pairs struct {
		Values []struct {
			Name string `xml:"Name,attr"`
			Text string `xml:",chardata"`
		} `xml:"Data"`
	} `xml:"EventData"`
	Own struct {
		Inside []struct {
			Values []struct {
				XMLName xml.Name
				Text    string `xml:",chardata"`
			} `xml:",any"`
		} `xml:",any"`
	} `xml:"UserData"`
}

// ParseWindowsRecords reads records as Windows renders them: <Event> elements,
// one after another or in one element. Beside an error stand those before it.
func ParseWindowsRecords(text []byte) ([]WindowsRecord, error) {
	text = bytes.TrimPrefix(text, []byte("\xef\xbb\xbf"))
	decoder := xml.NewDecoder(bytes.NewReader(text))
	var records []WindowsRecord
	for len(records) < windowsRecordLimit {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			return records, nil
		}
		if err != nil {
			return records, fmt.Errorf("windows records at byte %d: %w", decoder.InputOffset(), err)
		}
		start, ok := token.(xml.StartElement)
		if !ok || start.Name.Local != "Event" {
			continue
		}
		var raw windowsRecordXML
		if err := decoder.DecodeElement(&raw, &start); err != nil {
			return records, fmt.Errorf("windows records at byte %d: %w", decoder.InputOffset(), err)
		}
		records = append(records, raw.record())
	}
	return records, nil
}

func (raw windowsRecordXML) record() WindowsRecord {
	r := WindowsRecord{Provider: raw.System.Provider.Name, Number: strings.TrimSpace(raw.System.Number), Values: map[string]string{}}
	if at, err := time.Parse(time.RFC3339Nano, raw.System.Made.At); err == nil {
		r.At = at.UTC()
	}
	for _, v := range raw.Pairs.Values[:min(len(raw.Pairs.Values), windowsValueLimit)] {
		if v.Name == "" {
			r.Texts = append(r.Texts, v.Text)
		} else {
			r.Values[v.Name] = v.Text
		}
	}
	for _, inside := range raw.Own.Inside {
		for _, v := range inside.Values[:min(len(inside.Values), windowsValueLimit)] {
			r.Values[v.XMLName.Local] = v.Text
		}
	}
	return r
}
