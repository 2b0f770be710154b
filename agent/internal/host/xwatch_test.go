package host

import (
	"bytes"
	"errors"
	"io"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// xTold is what RECORD tells of one client: requests as the client sent them.
func xTold(category byte, client uint32, requests ...[]byte) []byte {
	data := bytes.Join(requests, nil)
	return append(little(byte(xReply), category, uint16(3), uint32(len(data)/4), byte(0), byte(0), uint16(0), client, uint32(0), uint32(0), uint32(0), uint32(0)), data...)
}

func xFake(detail byte) []byte {
	return append(little(byte(132), byte(testFake), uint16(9), byte(2), detail, uint16(0)), make([]byte, 28)...)
}

func xRead(drawable uint32, x, y, width, height int) []byte {
	return little(byte(xGetImage), byte(2), uint16(5), drawable, uint16(x), uint16(y), uint16(width), uint16(height), uint32(1<<32-1))
}

func xShmRead(drawable uint32, width, height int) []byte {
	return little(byte(130), byte(shmGetImage), uint16(8), drawable, uint16(0), uint16(0), uint16(width), uint16(height), uint32(1<<32-1), uint32(2), uint32(0), uint32(0))
}

// xAnswers are what a server says to whoever begins to watch: that it has
// X-Resource at 129, RECORD at 146, XTEST at 132 and MIT-SHM at 130.
func xAnswers() []byte {
	var out []byte
	for _, opcode := range []byte{129, 146, 132, 130} {
		out = append(out, xMessage(xReply, 0, byte(1), opcode)...)
	}
	for range 3 { // two versions, and that it has heard what came before
		out = append(out, xMessage(xReply, 0, byte(1), byte(146))...)
	}
	return out
}

func watched(t testing.TB, answers, told []byte) (*xWatch, *spoken) {
	t.Helper()
	ask := &spoken{Reader: bytes.NewReader(append(xAnswers(), answers...))}
	w, err := watchX(
		&xServer{conn: ask, base: 0x200000, root: 0x2a, width: 1920, height: 1080},
		&xServer{conn: &spoken{Reader: bytes.NewReader(told)}},
	)
	if err != nil {
		t.Fatal(err)
	}
	return w, ask
}

func TestXWatch(t *testing.T) {
	const typist, seer, both, shooter, magnifier, painter, foreign = 0x400000, 0x600000, 0x800000, 0xa00000, 0xc00000, 0xe00000, 0x1000000
	root := uint32(0x2a)
	said := xTold(4, 0)
	for _, m := range [][]byte{
		xTold(toldByClient, typist, xFake(38), xFake(39)),
		xTold(toldByClient, seer, xRead(root, 0, 0, 1920, 1)), xTold(toldByClient, seer, xRead(root, 0, 1000, 1920, 1)),
		xTold(toldByClient, both, xShmRead(root, 1920, 1080), xFake(1), xShmRead(root, 1920, 1080)),
		xTold(toldByClient, shooter, xRead(root, 0, 0, 1920, 1080)),
		xTold(toldByClient, magnifier, xRead(root, 10, 10, 64, 64), xRead(root, 14, 10, 64, 64)),
		xTold(toldByClient, painter, xRead(0x400007, 0, 0, 1920, 1080), xRead(0x400007, 0, 0, 1920, 1080)),
		xMessage(2, 38),
		xTold(toldEnd, 0), xTold(toldByClient, foreign, xFake(1)),
	} {
		said = append(said, m...)
	}
	w, ask := watched(t, append(little(byte(xReply), byte(0), uint16(9), uint32(4), uint32(1)), append(make([]byte, 20), little(uint32(typist), uint32(clientLocalPID), uint32(4), uint32(1200))...)...), said)
	got, err := w.sample(time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	kinds := map[uint32][2]bool{}
	for client, d := range got {
		kinds[client] = [2]bool{d.fakes > 0, d.captures(w.ask)}
	}
	want := map[uint32][2]bool{typist: {true, false}, seer: {false, true}, both: {true, true}, shooter: {}, magnifier: {}, painter: {}}
	if diff := cmp.Diff(want, kinds); diff != "" {
		t.Errorf("injects and captures (-want +got):\n%s", diff)
	}
	if pid, err := w.process(typist); err != nil || pid != 1200 {
		t.Errorf("process %d, %v", pid, err)
	}
	for _, text := range [][]byte{{146, recordCreate}, {73, 73, 0, 0}, {132, 132, testFake, 0, testFake, 0}, {130, 130, shmGetImage, 0, shmGetImage, 0}} {
		if !bytes.Contains(ask.asked.Bytes(), text) {
			t.Errorf("it was not asked for %v", text)
		}
	}
}

// TestXWatchKeepsNoKeys: nothing of what was injected stays in memory of ours.
func TestXWatchKeepsNoKeys(t *testing.T) {
	told := xTold(toldByClient, 0x400000, bytes.Repeat(xFake(77), 300))
	g := &gathered{from: bytes.NewReader(append(told, xTold(toldEnd, 0)...))}
	w, _ := watched(t, nil, nil)
	w.told.conn = &spoken{Reader: g}
	if got, err := w.sample(time.Hour); err != nil || got[0x400000].fakes != 300 {
		t.Fatalf("%+v, %v", got[0x400000], err)
	}
	if g.begin != g.end || g.held != [len(g.held)]byte{} {
		t.Error("messages are still held")
	}
}

// TestXWatchStops: however much goes on, no more than some messages are taken.
func TestXWatchStops(t *testing.T) {
	told := bytes.Repeat(xTold(toldByClient, 0x400000, xFake(38)), 2*sampleLimit)
	w, ask := watched(t, nil, append(told, xTold(toldEnd, 0)...))
	got, err := w.sample(time.Hour)
	if err != nil || got[0x400000].fakes != sampleLimit {
		t.Errorf("%+v, %v", got[0x400000], err)
	}
	if !bytes.Contains(ask.asked.Bytes(), []byte{146, recordEnd}) {
		t.Error("the server was not told to stop")
	}
	many := []byte{}
	for client := range uint32(3 * clientLimit) {
		many = append(many, xTold(toldByClient, client<<21, xFake(38))...)
	}
	if w, _ = watched(t, nil, append(many, xTold(toldEnd, 0)...)); err != nil {
		t.Fatal(err)
	}
	if got, err := w.sample(time.Hour); err != nil || len(got) != clientLimit {
		t.Errorf("%d clients, %v", len(got), err)
	}
}

// TestXWatchHearsNoChatter: who runs a server that never stops talking keeps
// nobody busy by it.
func TestXWatchHearsNoChatter(t *testing.T) {
	endless := func() io.Reader { return &repeated{message: xMessage(2, 38)} }
	w, _ := watched(t, nil, nil)
	w.told.conn = &spoken{Reader: endless()}
	if _, err := w.sample(time.Hour); !errors.Is(err, errXChatter) {
		t.Errorf("a sample: %v", err)
	}
	w.ask.conn = &spoken{Reader: endless()}
	if _, err := w.process(1); !errors.Is(err, errXChatter) {
		t.Errorf("an answer: %v", err)
	}
}

// repeated is one message without end.
type repeated struct {
	message []byte
	at      int
}

func (r *repeated) Read(p []byte) (int, error) {
	n := copy(p, r.message[r.at:])
	r.at = (r.at + n) % len(r.message)
	return n, nil
}

func TestXWatchRefused(t *testing.T) {
	without := &spoken{Reader: bytes.NewReader(xMessage(xReply, 0, byte(0)))}
	if _, err := watchX(&xServer{conn: without}, nil); !errors.Is(err, ErrUnsupported) {
		t.Errorf("%v, want unsupported", err)
	}
	w, _ := watched(t, nil, xMessage(xFailure, 154))
	if _, err := w.sample(time.Hour); err == nil {
		t.Error("a refusal is no error")
	}
	w, _ = watched(t, nil, nil)
	if _, err := w.sample(time.Hour); !errors.Is(err, io.EOF) {
		t.Errorf("%v, want the end", err)
	}
}

// FuzzXWatch: anybody may run a server that tells anything.
func FuzzXWatch(f *testing.F) {
	f.Add(xTold(toldByClient, 0x400000, xFake(38), xRead(0x2a, 0, 0, 1920, 1080)), xMessage(xReply, 0, uint32(1)))
	f.Add(xTold(toldEnd, 0), []byte{})
	f.Fuzz(func(t *testing.T, told, answers []byte) {
		w, _ := watched(t, answers, told)
		clients, _ := w.sample(time.Hour)
		for client, d := range clients {
			d.captures(w.ask)
			if _, err := w.process(client); err != nil {
				return
			}
		}
	})
}
