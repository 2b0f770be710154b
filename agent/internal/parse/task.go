package parse

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
)

// A Task is what Windows' task scheduler keeps of one task.
type Task struct {
	Command   string // what it starts first; "" where it calls a part of Windows
	Arguments string
	Enabled   bool // it is switched on and something prompts it
	System    bool // it runs as a part of Windows, without anybody logged in
}

// taskFile is the part of a task's XML that matters here.
type taskFile struct {
	Triggers struct {
		All []taskTrigger `xml:",any"`
	} `xml:"Triggers"`
	Principals []struct {
		User string `xml:"UserId"`
	} `xml:"Principals>Principal"`
	Enabled string `xml:"Settings>Enabled"`
	Exec    []struct {
		Command   string `xml:"Command"`
		Arguments string `xml:"Arguments"`
	} `xml:"Actions>Exec"`
}

type taskTrigger struct {
	Enabled string `xml:"Enabled"`
}

// ParseTask reads the file of a task, as in C:\Windows\System32\Tasks: XML in
// UTF-16 or UTF-8.
func ParseTask(b []byte) (Task, error) {
	if len(b) > settingsMaximum {
		return Task{}, fmt.Errorf("task: %d bytes, want at most %d", len(b), settingsMaximum)
	}
	in := xml.NewDecoder(bytes.NewReader(settingsText(b)))
	in.CharsetReader = func(_ string, r io.Reader) (io.Reader, error) { return r, nil } // it is UTF-8 by now
	var file struct {
		XMLName xml.Name
		taskFile
	}
	if err := in.Decode(&file); err != nil || file.XMLName.Local != "Task" {
		return Task{}, errors.New("task: no XML of a task") // the decoder quotes what it could not read
	}
	task := Task{System: len(file.Principals) > 0}
	if len(file.Exec) > 0 {
		task.Command, task.Arguments = strings.TrimSpace(file.Exec[0].Command), strings.TrimSpace(file.Exec[0].Arguments)
	}
	for _, t := range file.Triggers.All {
		task.Enabled = task.Enabled || !off(t.Enabled)
	}
	task.Enabled = task.Enabled && !off(file.Enabled)
	for _, p := range file.Principals {
		task.System = task.System && ofWindows(p.User)
	}
	return task, nil
}

// off says whether a switch that is on where it is not written is off.
func off(text string) bool {
	text = strings.ToLower(strings.TrimSpace(text))
	return text == "false" || text == "0"
}

// ofWindows says whether an account is one of Windows' own.
func ofWindows(account string) bool {
	account = strings.ToLower(strings.TrimSpace(account))
	account = strings.TrimPrefix(account, `nt authority\`)
	switch account {
	case "s-1-5-18", "s-1-5-19", "s-1-5-20", "system", "localsystem", "local service", "localservice", "network service", "networkservice":
		return true
	}
	return false
}
