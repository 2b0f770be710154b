package host

import (
	"context"
	"errors"
	"io"
	"net/netip"
	"testing"
	"time"

	"golang.org/x/tools/txtar"
)

// TestFlowPace goes through a minute of a clock that stands still unless it is moved.
func TestFlowPace(t *testing.T) {
	now := 100 * time.Second
	p := newFlowPace(t.Context(), FlowEvery, func() time.Duration { return now })
	step := func(after time.Duration, following bool, want flowDue) {
		t.Helper()
		now += after
		if got := p.next(following, time.Millisecond); got != want {
			t.Errorf("at %s: %d is due, want %d", now, got, want)
		}
	}
	step(0, true, dueWhole)
	step(0, true, dueNothing)
	step(19*time.Second, true, dueNothing) // nothing stirs
	p.Stir()
	step(0, false, dueNothing) // nothing is followed
	step(0, true, dueFollowed)
	step(50*time.Millisecond, true, dueNothing)
	step(50*time.Millisecond, true, dueFollowed)
	step(900*time.Millisecond, true, dueWhole)
	step(time.Millisecond, true, dueFollowed)
	step(time.Second, true, dueNothing) // it has come to rest
	if err := p.Close(); err != nil {
		t.Error(err)
	}
	step(0, true, dueEnd)
}

const flowing = `-- platform.yaml --
os: linux
-- flows.yaml --
- {protocol: tcp, local: "192.168.1.7:5900", remote: "203.0.113.9:40000", lasted: 60s, in: {segments: 600, bytes: 6000}, out: {segments: 60, bytes: 60000}, in_before: 30ms}
- {protocol: tcp, local: "192.168.1.7:50000", remote: "203.0.113.10:443", lasted: 30s, in: {segments: 30, bytes: 3000}, out: {bytes: 300}}
-- input.txt --
device k bus=usb place=external can=keyboard
1s k press
500ms k release
wait 500ms
-- denied.yaml --
flows: half of it cannot be seen
`

func TestFlowsReplayed(t *testing.T) {
	h, err := ReadRecording(txtar.Parse([]byte(flowing)))
	if err != nil {
		t.Fatal(err)
	}
	source, err := h.(FlowHost).Flows(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	defer source.Close()
	driven := FlowID{"tcp", netip.MustParseAddrPort("192.168.1.7:5900"), netip.MustParseAddrPort("203.0.113.9:40000")}
	source.Follow([]FlowID{driven})
	source.Stir()
	whole, fine, last := 0, 0, map[FlowID]Flow{}
	for {
		look, err := source.Next(func(look FlowLook, f Flow) {
			if !look.Whole && f.FlowID != driven {
				t.Errorf("%s is followed", f.Remote)
			}
			last[f.FlowID] = f
		})
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil || !errors.Is(look.Partial, ErrDenied) {
			t.Fatalf("%+v, %v", look, err)
		}
		if look.Whole {
			whole++
		} else {
			fine++
		}
	}
	if whole != 4 || fine < 18 || fine > 21 {
		t.Errorf("%d looks at all and %d at those followed", whole, fine)
	}
	if f := last[driven]; f.In.Segments != 602 || f.In.Bytes != 6000+2*tiedSegment || f.Out.Bytes != 60000 || f.In.Last != 1470*time.Millisecond {
		t.Errorf("%+v", f)
	}
}

func TestFlowsRecorded(t *testing.T) {
	is, text := rerecord(t, read(t, desk+`-- flows.yaml --
- {protocol: tcp, local: "192.168.1.7:22", remote: "198.51.100.77:40000", in: {segments: 12, bytes: 700}, out: {segments: 10, bytes: 9000}}
`), pseudonym)
	source, err := is.(FlowHost).Flows(context.Background())
	if err != nil {
		t.Fatalf("%v in\n%s", err, text)
	}
	defer source.Close()
	var flows []Flow
	_, err = source.Next(func(_ FlowLook, f Flow) { flows = append(flows, f) })
	if err != nil || len(flows) != 1 || flows[0].In.Bytes != 700 || flows[0].Local.Port() != 22 {
		t.Errorf("%+v, %v", flows, err)
	}
	if address := flows[0].Remote.Addr().String(); address == "198.51.100.77" {
		t.Errorf("the address of the other side is recorded: %s", address)
	}
}

func TestFlowRowsRefused(t *testing.T) {
	good := flowRow{Protocol: "tcp", Local: "192.168.1.7:22", Remote: "198.51.100.77:40000"}
	if _, err := good.flow(); err != nil {
		t.Error(err)
	}
	for what, spoil := range map[string]func(*flowRow){
		"protocol": func(r *flowRow) { r.Protocol = "sctp" },
		"local":    func(r *flowRow) { r.Local = "22" },
		"remote":   func(r *flowRow) { r.Remote = "" },
		"lasted":   func(r *flowRow) { r.Lasted = 25 * time.Hour },
		"before":   func(r *flowRow) { r.InBefore = -1 },
		"after":    func(r *flowRow) { r.OutAfter = time.Minute },
	} {
		row := good
		spoil(&row)
		if _, err := row.flow(); err == nil {
			t.Errorf("a row with another %s is taken", what)
		}
	}
}
