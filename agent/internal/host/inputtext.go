package host

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strconv"
	"strings"
	"time"
)

// maxTextInputs bounds what a few lines with repeat may stand for.
const maxTextInputs = 200_000

// inputText is input.txt of a recording, which only people, tests and the lab
// write: the agent's own recorder records no input. A line is one of
//
//	device ID key=value …          with name, bus, vendor, product, place, maker, port, can
//	                               (words joined by commas); a value with spaces stands in quotes; and the word
//	                               several, where the system does not tell devices apart
//	WAIT ID KIND [X Y] [injected]  an input, WAIT ("95ms") after the line before
//	wait WAIT                      nothing happens
//	repeat N EVERY [spread PERCENT]
//	end                            what stands between them happens N times, a round every EVERY,
//	                               which varies evenly by that much: always in the same way
//
// and # begins a comment.
type inputText struct {
	devices []InputDevice
	inputs  []Input
	until   time.Duration

	lines  []string
	next   int
	rounds int
	last   uint32 // of the row of numbers that look random and are not
}

func parseInputText(text []byte) (*inputText, error) {
	t := &inputText{last: 1}
	scanner := bufio.NewScanner(bytes.NewReader(text))
	for scanner.Scan() {
		line, _, _ := strings.Cut(scanner.Text(), "#")
		t.lines = append(t.lines, strings.TrimSpace(line))
	}
	if err := scanner.Err(); err != nil {
		return nil, err
	}
	end, err := t.block(0, 0)
	if err == nil && t.next < len(t.lines) {
		err = errors.New("end without repeat")
	}
	if err != nil {
		return nil, fmt.Errorf("line %d: %w", min(t.next+1, len(t.lines)), err)
	}
	t.until = end
	slices.SortStableFunc(t.inputs, func(a, b Input) int { return cmp.Compare(a.At, b.At) })
	return t, nil
}

// block reads lines from a moment on, up to their end, and gives the moment
// after the last.
func (t *inputText) block(now time.Duration, depth int) (time.Duration, error) {
	for ; t.next < len(t.lines); t.next++ {
		words := strings.Fields(t.lines[t.next])
		var err error
		switch {
		case len(words) == 0:
		case words[0] == "end":
			return now, nil
		case words[0] == "device":
			err = t.device(t.lines[t.next])
		case words[0] == "repeat":
			now, err = t.repeat(words, now, depth)
		case words[0] == "wait" && len(words) == 2:
			now, err = later(now, words[1])
		default:
			now, err = t.input(words, now)
		}
		if err != nil {
			return now, err
		}
	}
	if depth > 0 {
		return now, errors.New("repeat without end")
	}
	return now, nil
}

func later(now time.Duration, text string) (time.Duration, error) {
	wait, err := time.ParseDuration(text)
	if err != nil || wait < 0 || wait > 24*time.Hour {
		return now, fmt.Errorf("%q is no time up to a day, such as 95ms", text)
	}
	return now + wait, nil
}

func (t *inputText) repeat(words []string, now time.Duration, depth int) (time.Duration, error) {
	if depth > 3 || len(words) != 3 && (len(words) != 5 || words[3] != "spread") {
		return now, fmt.Errorf("want repeat N EVERY [spread PERCENT], at most four deep")
	}
	rounds, err := strconv.Atoi(words[1])
	if err != nil || rounds < 1 || rounds > maxTextInputs {
		return now, fmt.Errorf("%q is no number of rounds", words[1])
	}
	every, err := later(0, words[2])
	if err != nil {
		return now, err
	}
	spread := 0
	if len(words) == 5 {
		if spread, err = strconv.Atoi(words[4]); err != nil || spread < 0 || spread > 99 {
			return now, fmt.Errorf("%q is no percentage below 100", words[4])
		}
	}
	first := t.next + 1
	for range rounds {
		t.next = first
		if _, err := t.block(now, depth+1); err != nil {
			return now, err
		}
		now += every + t.vary(every*time.Duration(spread)/100)
		if t.rounds++; max(t.rounds, len(t.inputs)) > maxTextInputs {
			return now, fmt.Errorf("more than %d inputs or rounds", maxTextInputs)
		}
	}
	return now, nil
}

// vary gives a time between -most and most, by the generator of the C standard's example.
func (t *inputText) vary(most time.Duration) time.Duration {
	t.last = t.last*1103515245 + 12345
	return time.Duration(int64(t.last>>16&0x7fff)-0x3fff) * most / 0x4000
}

func (t *inputText) input(words []string, now time.Duration) (time.Duration, error) {
	if len(words) < 3 {
		return now, fmt.Errorf("want WAIT ID KIND [X Y] [injected]")
	}
	now, err := later(now, words[0])
	if err != nil {
		return now, err
	}
	in := Input{Device: words[1], Kind: words[2], At: now}
	if !slices.ContainsFunc(t.devices, func(d InputDevice) bool { return d.ID == in.Device }) {
		return now, fmt.Errorf("no device %q stands above", in.Device)
	}
	rest := words[3:]
	if last := len(rest) - 1; last >= 0 && rest[last] == "injected" {
		in.Injected, rest = true, rest[:last]
	}
	switch in.Kind {
	case InputMove, InputPlace:
		if len(rest) != 2 {
			return now, fmt.Errorf("a %s wants X and Y", in.Kind)
		}
		var errX, errY error
		in.X, errX = strconv.Atoi(rest[0])
		in.Y, errY = strconv.Atoi(rest[1])
		if err := errors.Join(errX, errY); err != nil {
			return now, err
		}
		rest = nil
	case InputPress, InputRelease, InputButtonPress, InputButtonRelease, InputTouch, InputScroll, InputLidClose, InputLidOpen, InputLost, InputPressed, InputUsed:
	default:
		return now, fmt.Errorf("%q is no kind of input", in.Kind)
	}
	if len(rest) > 0 {
		return now, fmt.Errorf("%q is one word too many", rest[0])
	}
	t.inputs = append(t.inputs, in)
	return now, nil
}

// device reads a line of the table of devices.
func (t *inputText) device(line string) error {
	words := quotedFields(line)
	if len(words) < 2 || len(t.devices) == mostInputs {
		return fmt.Errorf("want device ID key=value …, %d at most", mostInputs)
	}
	d := InputDevice{ID: words[1]}
	fields := map[string]*string{
		"name": &d.Name, "bus": &d.Bus, "vendor": &d.VendorID, "product": &d.ProductID, "place": &d.Place, "maker": &d.Maker, "port": &d.USBPort,
	}
	for _, word := range words[2:] {
		key, value, _ := strings.Cut(word, "=")
		if field, known := fields[key]; known {
			*field = value
			continue
		}
		if word == "several" {
			d.Several = true
			continue
		}
		if key != "can" {
			return fmt.Errorf("%q is nothing that a device has", key)
		}
		d.Can = strings.Split(value, ",")
		slices.Sort(d.Can)
	}
	if !d.Several && d.Place != InputBuiltIn && d.Place != InputExternal && d.Place != InputVirtual {
		return fmt.Errorf("place %q, want built_in, external or virtual", d.Place)
	}
	t.devices = append(t.devices, d)
	return nil
}

// quotedFields splits at spaces outside quotes, and drops the quotes.
func quotedFields(line string) []string {
	quoted := false
	words := strings.FieldsFunc(line, func(c rune) bool {
		if c == '"' {
			quoted = !quoted
		}
		return c == ' ' && !quoted
	})
	for i := range words {
		words[i] = strings.ReplaceAll(words[i], `"`, "")
	}
	return words
}

var _ InputHost = (*recording)(nil)

// Input replays input.txt in one batch.
func (r *recording) Input(context.Context) (InputSource, error) {
	text, err := recordedInput(r.archive)
	reason, denied := r.denied["input"]
	switch {
	case denied && errors.Is(err, ErrAbsent):
		return nil, fmt.Errorf("%s: %w", reason, ErrDenied)
	case err != nil:
		return nil, err
	}
	return &inputReplay{text: text, trouble: r.orDenied("input", nil)}, nil
}

func recordedInput(archive fs.FS) (*inputText, error) {
	content, err := fs.ReadFile(archive, "input.txt")
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("input.txt is not in the recording: %w", ErrAbsent)
	}
	if err != nil {
		return nil, fmt.Errorf("read input.txt of the recording: %w", err)
	}
	text, err := parseInputText(content)
	if err != nil {
		return nil, fmt.Errorf("read input.txt of the recording: %w", err)
	}
	return text, nil
}

// inputReplay gives all that input.txt tells of, then ends.
type inputReplay struct {
	text    *inputText
	trouble error
	over    bool
}

// Devices are those of the table.
func (r *inputReplay) Devices() ([]InputDevice, error) { return r.text.devices, r.trouble }

// Next gives everything once.
func (r *inputReplay) Next() (InputBatch, error) {
	if r.over {
		return InputBatch{}, io.EOF
	}
	r.over = true
	return InputBatch{Inputs: r.text.inputs, Until: r.text.until}, nil
}

// Close has nothing to let go.
func (r *inputReplay) Close() error { return nil }
