package host

import (
	"bytes"
	"io"
	"regexp"
)

// maxLine is the longest line that is looked at; a longer one is dropped.
const maxLine = 8 << 10

// A lineFilter passes on the lines that fit, as they come, so that what does not
// is never held.
type lineFilter struct {
	to      io.Writer
	fits    *regexp.Regexp
	begun   []byte // of a line whose end has not come
	tooLong bool
}

// keepLinesOf is to itself where all lines are kept.
func keepLinesOf(to io.Writer, pattern string) (io.Writer, error) {
	if pattern == "" {
		return to, nil
	}
	fits, err := regexp.Compile(pattern)
	if err != nil {
		return nil, err
	}
	return &lineFilter{to: to, fits: fits}, nil
}

// Write takes what a tool printed.
func (f *lineFilter) Write(p []byte) (int, error) {
	for rest := p; len(rest) > 0; {
		end := bytes.IndexByte(rest, '\n')
		if end < 0 {
			f.keep(rest)
			break
		}
		line := rest[:end+1]
		rest = rest[end+1:]
		if len(f.begun) > 0 || f.tooLong {
			f.keep(line)
			line = f.begun
		}
		if !f.tooLong && f.fits.Match(line) {
			if _, err := f.to.Write(line); err != nil {
				return 0, err
			}
		}
		f.begun, f.tooLong = f.begun[:0], false
	}
	return len(p), nil
}

func (f *lineFilter) keep(part []byte) {
	if f.tooLong = f.tooLong || len(f.begun)+len(part) > maxLine; !f.tooLong {
		f.begun = append(f.begun, part...)
	}
}
