package main

import (
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"google.golang.org/protobuf/types/known/timestamppb"
)

// proseWidth is how wide prose gets: longer lines tire the eye.
const proseWidth = 88

// wrap breaks text into lines that begin with indent and fit the screen.
func (p *program) wrap(indent, text string) string {
	width := proseWidth
	if p.screen.width > 0 {
		width = min(width, p.screen.width)
	}
	return p.wrapTo(width, indent, text)
}

// wrapTo is wrap for lines of another width than prose has.
func (p *program) wrapTo(width int, indent, text string) string {
	width = max(width-len(indent), 20)
	var b strings.Builder
	for _, paragraph := range strings.Split(text, "\n") {
		line := ""
		for _, word := range strings.Fields(clean(paragraph)) {
			if line != "" && utf8.RuneCountInString(line)+1+utf8.RuneCountInString(word) > width {
				b.WriteString(indent + line + "\n")
				line = ""
			}
			line = strings.TrimPrefix(line+" "+word, " ")
		}
		if line != "" {
			b.WriteString(indent + line + "\n")
		}
	}
	return b.String()
}

// Colours, by meaning.
const (
	bold   = "1"
	dim    = "2"
	red    = "1;31"
	yellow = "1;33"
	blue   = "1;34"
)

func (p *program) paint(code, text string) string {
	if !p.screen.color {
		return text
	}
	return "\x1b[" + code + "m" + text + "\x1b[0m"
}

// paintLevel: the word carries the level, colour only underlines it.
func (p *program) paintLevel(level, text string) string {
	switch level {
	case "high":
		return p.paint(red, text)
	case "medium":
		return p.paint(yellow, text)
	case "watch":
		return p.paint(blue, text)
	}
	return p.paint(dim, text)
}

// clock writes a time in UTC; the zone stands there so that nobody has to guess.
func clock(t *timestamppb.Timestamp) string {
	if t == nil {
		return "-"
	}
	return t.AsTime().UTC().Format("2006-01-02 15:04:05Z")
}

// full writes a time for programs.
func full(t *timestamppb.Timestamp) string {
	if t == nil {
		return ""
	}
	return t.AsTime().UTC().Format(time.RFC3339)
}

// signed writes points as a ledger does; nothing has no sign.
func signed(points int32) string {
	if points == 0 {
		return "0"
	}
	return fmt.Sprintf("%+d", points)
}

// counted writes a number with its noun.
func counted[N int | int32 | int64](n N, noun string) string {
	if n != 1 {
		noun += "s"
	}
	return fmt.Sprintf("%d %s", n, noun)
}

// words turns a name of the API into words.
func words(name string) string { return strings.ReplaceAll(name, "_", " ") }
