package host

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"time"
	"unsafe"

	"golang.org/x/sys/windows"
)

// madeByPrograms is the device that stands for all input of programs: Windows
// says that one made it, and not which.
var madeByPrograms = InputDevice{ID: makerSendInput, Name: "made by programs", Bus: "virtual", Place: InputVirtual, Maker: makerSendInput, Can: []string{CanType, CanMove}}

// deafTicks is in how many looks input has to have arrived elsewhere before it is
// said that none is shown.
const deafTicks = 20

// rawSource is an InputSource of this session.
type rawSource struct {
	listener *rawListener
	tree     func(ctx context.Context) ([]Device, error)
	ctx      context.Context // of the source's life
	stop     context.CancelFunc

	taken   []rawInput
	inputs  []Input
	handles map[uint64]string // the devices there are, by Windows' handle
	raw     []rawDevice
	looked  time.Duration
	tick    uint32 // when input arrived last, as Windows says
	deaf    int

	mu      sync.Mutex
	devices []InputDevice
	blind   blindSpot
	trouble error
}

func openRaw(ctx context.Context, tree func(ctx context.Context) ([]Device, error)) (InputSource, error) {
	s := &rawSource{listener: &rawListener{}, tree: tree, handles: map[uint64]string{}}
	s.ctx, s.stop = context.WithCancel(ctx)
	if err := s.listener.start(s.ctx); err != nil {
		s.stop()
		return nil, fmt.Errorf("listen to input: %w", err)
	}
	s.rescan()
	return s, nil
}

// Next takes what came, every few hundredths of a second while somebody is there
// and every fifth of one while nobody is.
func (s *rawSource) Next() (InputBatch, error) {
	var lost bool
	wait := inputGather
	for began := monotonic(); len(s.taken) == 0 && !lost && monotonic()-began < inputTick; wait = 5 * inputGather {
		pause(s.ctx, wait)
		if s.ctx.Err() != nil {
			return InputBatch{}, io.EOF
		}
		s.taken, lost = s.listener.ring.take(s.taken[:0])
	}
	b := InputBatch{Inputs: s.inputs[:0], Until: monotonic()}
	if s.unknown() || b.Until-s.looked >= inputRescan {
		s.rescan()
	}
	for _, raw := range s.taken {
		in := Input{Device: s.handles[raw.device], Kind: frameKinds[raw.kind], At: raw.at, X: int(raw.x), Y: int(raw.y)}
		if raw.device == 0 {
			in.Device, in.Injected = madeByPrograms.ID, true
		}
		if raw.kind == rawPlace {
			s.jumps(in.Device)
		}
		b.Inputs = append(b.Inputs, in)
	}
	if lost {
		for _, d := range s.devices {
			b.Inputs = append(b.Inputs, Input{Device: d.ID, Kind: InputLost, At: b.Until})
		}
	}
	s.inputs, s.taken = b.Inputs, s.taken[:0]
	s.judge()
	return b, nil
}

// unknown says whether something came from a device that is new.
func (s *rawSource) unknown() bool {
	return slices.ContainsFunc(s.taken, func(in rawInput) bool { return in.device != 0 && s.handles[in.device] == "" })
}

// jumps notes that a device puts the pointer at places.
func (s *rawSource) jumps(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, d := range s.devices {
		if d.ID == id && slices.Contains(d.Can, CanMove) {
			s.devices = slices.Clone(s.devices) // others may read the list they were given
			s.devices[i].Can = []string{CanPlace}
		}
	}
}

// judge says what is hidden.
func (s *rawSource) judge() {
	tick, err := lastInputTick()
	switch {
	case err != nil, s.listener.heard.Load() > 0:
		s.deaf = 0
	case tick != s.tick:
		s.deaf++
	}
	s.tick = tick
	var blind blindSpot
	if s.deaf >= deafTicks {
		blind |= blindAll
	}
	if !s.listener.hooked.Load() {
		blind |= blindInjected
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.blind = blind
}

// Devices are those of this machine, and the one that stands for programs.
func (s *rawSource) Devices() ([]InputDevice, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.devices, errors.Join(s.blind.orNil(), s.trouble)
}

// Close ends it.
func (s *rawSource) Close() error {
	s.stop()
	return nil
}

// rescan looks which devices there are, and what they are where that is new.
func (s *rawSource) rescan() {
	s.looked = monotonic()
	raw, err := rawDevices()
	if err == nil && slices.Equal(raw, s.raw) {
		return
	}
	above := map[string]Device{}
	if nodes, err := s.tree(s.ctx); err == nil || len(nodes) > 0 { // without it places stay unknown
		for _, node := range nodes {
			above[strings.ToUpper(node.Instance)] = node
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	handles, seen, devices := map[uint64]string{}, map[string]int{}, []InputDevice{madeByPrograms}
	for _, r := range raw {
		d := describeRaw(r, above)
		if len(d.Can) == 0 {
			continue
		}
		if seen[d.ID]++; seen[d.ID] > 1 { // a receiver has a keyboard and a mouse in one place
			d.ID = fmt.Sprintf("%s#%d", d.ID, seen[d.ID])
		}
		handles[r.handle] = d.ID
		if old := slices.IndexFunc(s.devices, func(o InputDevice) bool { return o.ID == d.ID }); old >= 0 && slices.Contains(s.devices[old].Can, CanPlace) {
			d.Can = []string{CanPlace}
		}
		devices = append(devices, d)
	}
	s.raw, s.handles, s.devices, s.trouble = raw, handles, devices, err
}

// rawDevices lists what input can come from.
func rawDevices() ([]rawDevice, error) {
	const entry = 16 // RAWINPUTDEVICELIST: handle, kind
	list := user32("GetRawInputDeviceList")
	var count uint32
	if _, last, err := list.do(0, uintptr(unsafe.Pointer(&count)), entry); err != nil {
		return nil, err
	} else if count == 0 {
		return nil, fmt.Errorf("list input devices: %w", last)
	}
	count += 8 // one may come meanwhile
	raw := make([]byte, int(count)*entry)
	got, last, err := list.do(uintptr(unsafe.Pointer(&raw[0])), uintptr(unsafe.Pointer(&count)), entry)
	if err != nil {
		return nil, err
	}
	if int32(got) < 0 {
		return nil, failed("list input devices", last)
	}
	devices := parseRawList(raw[:min(len(raw), int(got)*entry)])
	for i := range devices {
		d := &devices[i]
		d.path = windows.UTF16ToString(rawText(d.handle))
		if d.kind == rawHID {
			d.page, d.usage = parseRawUsage(rawAbout(d.handle))
		}
	}
	return devices, nil
}

// The two questions to a device (RIDI_…).
const (
	rawNameOf = 0x20000007
	rawUseOf  = 0x2000000b
)

func rawText(handle uint64) []uint16 {
	text := make([]uint16, 512)
	size := uint32(len(text))
	got, _, err := user32("GetRawInputDeviceInfoW").do(uintptr(handle), rawNameOf, uintptr(unsafe.Pointer(&text[0])), uintptr(unsafe.Pointer(&size)))
	if err != nil || int32(got) <= 0 {
		return nil
	}
	return text
}

func rawAbout(handle uint64) []byte {
	about := make([]byte, rawAboutSize)
	about[0] = rawAboutSize
	size := uint32(len(about))
	got, _, err := user32("GetRawInputDeviceInfoW").do(uintptr(handle), rawUseOf, uintptr(unsafe.Pointer(&about[0])), uintptr(unsafe.Pointer(&size)))
	if err != nil || int32(got) <= 0 {
		return nil
	}
	return about
}
