package host

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// The panel, a monitor and what a program made, as a session shows them.
const (
	onePanel   = `DISPLAY\BOE0A5F\4&1B2C3D4E&0&UID8388688`
	oneMonitor = `DISPLAY\DELA0D9\4&1B2C3D4E&0&UID4353`
	oneMade    = `DISPLAY\MTT1337\1&28A6823A&2&UID256`
)

var framedDisplays = map[string]string{onePanel: outputInternal, oneMonitor: outputExternal, oneMade: outputVirtual}

func TestDisplaysThroughAFrame(t *testing.T) {
	told := map[string]string{
		"": outputInternal, `USB\VID_1D6B`: outputInternal, strings.ToLower(onePanel): outputExternal, `DISPLAY\UNTOLD\1`: "", `DISPLAY\X\` + strings.Repeat("Y", longestID): outputExternal,
		"DISPLAY\\\x07": outputExternal,
	}
	for instance, word := range framedDisplays {
		told[instance] = word
	}
	kind, content, err := readFrame(bytes.NewReader(displaysFrame(told)), new([mostFrame]byte))
	if err != nil || kind != frameDisplays {
		t.Fatal(kind, err)
	}
	heard, err := parseDisplays(content)
	if diff := cmp.Diff(framedDisplays, heard); diff != "" || err != nil {
		t.Errorf("%v (-told +heard):\n%s", err, diff)
	}
	many := map[string]string{}
	for n := range 300 {
		many[fmt.Sprintf(`DISPLAY\%0*d`, longestID-len(displayBus), n)] = outputExternal
	}
	if heard, err := parseDisplays(displaysFrame(many)[frameHead:]); len(heard) != mostDisplays || err != nil {
		t.Errorf("%d displays, %v", len(heard), err)
	}
	one := displaysFrame(map[string]string{onePanel: outputInternal})[frameHead:]
	for name, content := range map[string]string{
		"nothing": "", "too many": "\x41", "fewer than it says": "\x02" + string(one[1:]), "more than it says": string(one) + "\x00", "twice the same": "\x02" + string(one[1:]) + string(one[1:]),
		"a word that is none": "\x01\x04" + string(one[2:]), "no display": "\x01\x00\x03USB", "small letters": strings.ToLower(string(one)), "torn": string(one[:9]),
	} {
		if heard, err := parseDisplays([]byte(content)); !errors.Is(err, errFrame) {
			t.Errorf("%s: %v, %v", name, heard, err)
		}
	}
}

// shown is what a session shows, which a test changes.
type shown struct {
	atomic.Pointer[map[string]string]
}

func (s *shown) look() map[string]string { return *s.Load() }

// companionShows is a companion of a session that shows displays.
func companionShows(t *testing.T, all *companions, session uint32, outputs map[string]string) (*shown, context.CancelFunc) {
	t.Helper()
	ctx, end := context.WithCancel(t.Context())
	s := &shown{}
	s.Store(&outputs)
	mine, theirs := net.Pipe()
	h := newHanded()
	go func() { // time passes for it
		for ctx.Err() == nil {
			select {
			case h.batches <- InputBatch{Until: time.Second}:
			case <-ctx.Done():
			}
			pause(ctx, time.Millisecond)
		}
	}()
	go func() {
		_ = tellInputs(ctx, mine, watchDisplays(ctx, h, s.look, time.Millisecond), greeting{companionVersion, 7, session}, time.Now)
	}()
	go func() { _ = all.hear(ctx, theirs, session) }()
	return s, end
}

// eventually waits until all companions together show something.
func eventually(t *testing.T, all *companions, want map[string]string) {
	t.Helper()
	var diff string
	for began := time.Now(); time.Since(began) < 10*time.Second; time.Sleep(2 * time.Millisecond) {
		if diff = cmp.Diff(want, all.displays()); diff == "" {
			return
		}
	}
	t.Fatalf("(-want +heard):\n%s", diff)
}

// outputsOf fills displays of graphics cards that the agent sees.
func outputsOf(told *toldDisplays, instances ...string) string {
	var devices []Device
	for _, instance := range instances {
		devices = append(devices, Device{Instance: instance})
	}
	told.fill(devices)
	var words []string
	for _, d := range devices {
		if d.OutputTold != (d.Output != "") {
			return "of " + d.Instance + " it is not said who told it"
		}
		words = append(words, d.Output)
	}
	return strings.Join(words, " ")
}

func TestCompanionShowsDisplays(t *testing.T) {
	var told toldDisplays
	if got := outputsOf(&told, onePanel); got != "" {
		t.Errorf("before anybody tells it is %q", got)
	}
	all := testCompanions()
	told.from.Store(all)
	one, end := companionShows(t, all, 1, map[string]string{onePanel: outputInternal})
	eventually(t, all, map[string]string{onePanel: outputInternal})
	seen := []string{`DISPLAY\BOE0A5F\4&1b2c3d4e&0&UID8388688`, oneMonitor, oneMade, `USB\VID_1D6B`, `DISPLAY\UNSHOWN\1`}
	if got := outputsOf(&told, seen...); got != "internal    " {
		t.Errorf("at first %q", got)
	}
	one.Store(&framedDisplays)
	eventually(t, all, framedDisplays)
	if got := outputsOf(&told, seen...); got != "internal external   " {
		t.Errorf("when one is plugged in %q", got)
	}
	_, leave := companionShows(t, all, 2, map[string]string{oneMonitor: outputInternal, onePanel: outputIndirect})
	eventually(t, all, map[string]string{onePanel: outputIndirect, oneMonitor: outputExternal, oneMade: outputVirtual})
	leave()
	eventually(t, all, framedDisplays)
	end()
	eventually(t, all, map[string]string{})
	if got := outputsOf(&told, onePanel, oneMonitor); got != "internal external" {
		t.Errorf("when all have logged out %q", got)
	}
	if got := outputsOf(&told, oneMonitor) + outputsOf(&told, onePanel); got != "external" {
		t.Errorf("what is there no more is remembered: %q", got)
	}
}

// TestDisplaysThatAreTold: what the agent itself sees stands.
func TestDisplaysThatAreTold(t *testing.T) {
	kvm, err := hex.DecodeString("00ffffffffffff0052627698008888882d1e0103800000781aee91a3544c99260f50547fef8081c08140810081809500a9c081406140271f80f07138164038c0" +
		"350000000000001eec2c80a070381a403020350000000000001e000000fc0054696e7950696c6f740a202020000000fd00185a125010000a20202020202001aa" +
		"02031ef14b010204131f2021223c3d3e2309070766030c00300080e2007f" + strings.Repeat("00", 98))
	if err != nil {
		t.Fatal(err)
	}
	panel := make([]byte, 256)
	panel[128], panel[130], panel[132] = 0x02, 8, 0x65 // CTA with a block of some maker
	for word, want := range map[string]string{outputInternal: "internal  internal", outputExternal: "external external external", outputIndirect: "indirect indirect indirect", outputVirtual: "  "} {
		all := testCompanions()
		all.voices[1] = &companionVoice{displays: map[string]string{onePanel: word}}
		var told toldDisplays
		told.from.Store(all)
		devices := []Device{{Instance: onePanel, EDID: panel}, {Instance: onePanel, EDID: kvm}, {Instance: onePanel, EDID: kvm[:128]}}
		told.fill(devices)
		if got := devices[0].Output + " " + devices[1].Output + " " + devices[2].Output; got != want {
			t.Errorf("%s: a panel, a KVM and one that hides its HDMI are %q", word, got)
		}
		made := []Device{{Instance: onePanel, Output: outputBelow(`SWD\X`)}}
		if told.fill(made); made[0].Output != outputVirtual || made[0].OutputTold {
			t.Errorf("%s: what a program made is %+v", word, made[0])
		}
	}
}

func TestTakesHDMI(t *testing.T) {
	for at := range 256 { // no place of its blocks is outside
		edid := bytes.Repeat([]byte{0x02}, 300)
		edid[130], edid[132], edid[127+at%120] = byte(at), byte(at), 0x7f
		_ = takesHDMI(edid)
	}
	if takesHDMI(nil) || takesHDMI(make([]byte, 128)) {
		t.Error("a display without further blocks takes HDMI")
	}
}
