package host

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// Windows shows the ways to displays to a person's session and not to services,
// so a companion tells of each how it is fed: its instance and one word. There is
// no room for a name, a size or a picture.
const (
	mostDisplays = 64
	displayPace  = 10 * time.Second // between two looks of a companion
	displayBus   = `DISPLAY\`
)

// frameOutputs are the words for it. Those that hide least come first, since one
// that is the laptop's own or a program's was not plugged in: where companions
// disagree, the first counts.
var frameOutputs = []string{outputExternal, outputIndirect, outputVirtual, outputInternal}

// displaysFrame tells how displays are fed, by their instance in capitals.
func displaysFrame(outputs map[string]string) []byte {
	content := []byte{0}
	for _, instance := range slices.Sorted(maps.Keys(outputs)) {
		word := slices.Index(frameOutputs, outputs[instance])
		if word < 0 || !displayInstance(instance) {
			continue
		}
		if content[0]++; content[0] > mostDisplays {
			content[0] = mostDisplays
			break
		}
		content = append(append(content, byte(word), byte(len(instance))), instance...)
	}
	return framed(frameDisplays, content)
}

// displayInstance says whether a text can be what Windows calls a display.
func displayInstance(text string) bool {
	return strings.HasPrefix(text, displayBus) && text == cut(text, longestID) && text == strings.ToUpper(text)
}

// parseDisplays reads what displaysFrame wrote, and nothing else.
func parseDisplays(content []byte) (map[string]string, error) {
	if len(content) == 0 || content[0] > mostDisplays {
		return nil, fmt.Errorf("a list of displays that is none: %w", errFrame)
	}
	outputs := map[string]string{}
	rest := content[1:]
	for range content[0] {
		if len(rest) < 2 || int(rest[0]) >= len(frameOutputs) || len(rest)-2 < int(rest[1]) {
			return nil, fmt.Errorf("display %d of %d: %w", len(outputs)+1, content[0], errFrame)
		}
		word, instance := frameOutputs[rest[0]], string(rest[2:2+int(rest[1])])
		if !displayInstance(instance) || outputs[instance] != "" {
			return nil, fmt.Errorf("display %d of %d: %w", len(outputs)+1, content[0], errFrame)
		}
		outputs[instance], rest = word, rest[2+len(instance):]
	}
	if len(rest) > 0 {
		return nil, fmt.Errorf("%d bytes too many: %w", len(rest), errFrame)
	}
	return outputs, nil
}

// displaySource is a source of inputs that is shown displays as well.
type displaySource interface {
	// Displays are the ways in which displays are fed, by instance in capitals.
	Displays() map[string]string
}

// displayWatch looks at displays beside the inputs, so that a graphics driver
// that takes its time holds up no input. The first look is waited for, a moment.
type displayWatch struct {
	InputSource
	last atomic.Pointer[map[string]string]
}

func watchDisplays(ctx context.Context, source InputSource, look func() map[string]string, pace time.Duration) *displayWatch {
	w, first := &displayWatch{InputSource: source}, make(chan struct{})
	looked := sync.OnceFunc(func() { close(first) })
	go func() {
		for ctx.Err() == nil {
			now := look()
			w.last.Store(&now)
			looked()
			pause(ctx, pace)
		}
	}()
	select {
	case <-first:
	case <-ctx.Done():
	case <-time.After(time.Second):
	}
	return w
}

// Displays are those of the last look.
func (w *displayWatch) Displays() map[string]string {
	if last := w.last.Load(); last != nil {
		return *last
	}
	return nil
}

// displays are the ways that all sessions show.
func (c *companions) displays() map[string]string {
	c.mu.Lock()
	defer c.mu.Unlock()
	all := map[string]string{}
	for _, v := range c.voices {
		for instance, word := range v.displays {
			if other, known := all[instance]; !known || slices.Index(frameOutputs, word) < slices.Index(frameOutputs, other) {
				all[instance] = word
			}
		}
	}
	return all
}

// toldDisplays is what companions told of the displays that the agent sees. It
// stays as long as a display does, whoever logs out: a connector stays what it
// is, and nobody's coming and going is to be read from it.
type toldDisplays struct {
	from  atomic.Pointer[companions]
	words map[string]string
}

// fill completes displays of which the system does not tell the agent how they
// are fed. It neither adds nor removes one.
func (t *toldDisplays) fill(devices []Device) {
	var live map[string]string
	if from := t.from.Load(); from != nil {
		live = from.displays()
	}
	words := map[string]string{}
	for i := range devices {
		d, instance := &devices[i], strings.ToUpper(devices[i].Instance)
		if d.Output != "" || !strings.HasPrefix(instance, displayBus) {
			continue
		}
		word := live[instance]
		if word == "" {
			word = t.words[instance]
		}
		if believed(word, d.EDID) {
			d.Output, d.OutputTold, words[instance] = word, true, word
		}
	}
	t.words = words
}

// believed says whether the agent takes a companion's word for a display of a
// graphics card. Any program of the person may have made the companion say it, and
// of a KVM that it is the laptop's own. So what hides a display is believed only
// where nothing that the agent itself sees speaks against it: a panel has no HDMI,
// and what a program made hangs at no graphics card, which the agent sees
// (outputBelow). What is believed is marked (Device.OutputTold), and hides nothing
// from what looks at the display's own bytes or at when it was plugged in.
func believed(word string, edid []byte) bool {
	switch word {
	case outputExternal, outputIndirect:
		return true
	case outputInternal:
		return !takesHDMI(edid)
	}
	return false
}

// takesHDMI says whether a display's description has a block that only those with
// an HDMI input have (CTA-861: a block of the maker that HDMI's own number begins).
func takesHDMI(edid []byte) bool {
	const size, cta, firstBlock, ofMaker = 128, 0x02, 4, 3
	for at := size; at+size <= len(edid); at += size {
		extension := edid[at : at+size]
		if extension[0] != cta {
			continue
		}
		for blocks := extension[min(firstBlock, int(extension[2])):min(size, int(extension[2]))]; len(blocks) > 0; {
			block := blocks[1:min(len(blocks), 1+int(blocks[0]&0x1f))]
			if blocks[0]>>5 == ofMaker && (bytes.HasPrefix(block, []byte{0x03, 0x0c, 0x00}) || bytes.HasPrefix(block, []byte{0xd8, 0x5d, 0xc4})) {
				return true
			}
			blocks = blocks[1+len(block):]
		}
	}
	return false
}
