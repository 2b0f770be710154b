package host

import (
	"encoding/binary"
	"fmt"
	"io"
	"sync"
	"time"
)

// An xWatch samples which clients of an X server inject input and read the
// whole screen. The server tells it of three requests and no others: XTEST's
// FakeInput, and GetImage of either kind. Which key or place was injected is
// wiped as it arrives, and pictures are not among what the server tells.
//
// Sources: record.txt of recordproto (RECORD 1.13), resproto.txt of xorgproto
// (X-Resource 1.2), xtest.txt, mit-shm.txt, the X Window System Protocol.
type xWatch struct {
	ask     *xServer // asks and switches
	told    *xServer // is told; it understands nothing else meanwhile
	context uint32
	client  byte // the major opcodes of X-Resource, RECORD, XTEST and MIT-SHM
	record  byte
	test    byte
	shm     byte
}

// Opcodes of requests, and the kinds of what RECORD tells.
const (
	xGetImage                             = 73
	testFake                              = 2
	shmGetImage                           = 4
	clientIDs                             = 4
	recordCreate, recordEnable, recordEnd = 1, 5, 6
	toldByClient, toldEnd                 = 1, 5
	recordAllClients                      = 3
	clientLocalPID                        = 2
)

// Bounds of one sample.
const (
	sampleFor   = 1500 * time.Millisecond
	sampleLimit = 256     // messages of the server
	afterwards  = 1 << 16 // more that it may send before it hears that this is enough
	clientLimit = 64      // clients of which something is told
)

// watchX takes two conversations that were let in and has the server tell the
// second what it is asked for through the first.
func watchX(ask *xServer, told *xServer) (*xWatch, error) {
	w := &xWatch{ask: ask, told: told, context: ask.base}
	for _, extension := range []struct {
		name   string
		opcode *byte
		needed bool
	}{{"X-Resource", &w.client, true}, {"RECORD", &w.record, true}, {"XTEST", &w.test, false}, {"MIT-SHM", &w.shm, false}} {
		reply, err := ask.ask(queryExtension(extension.name))
		if err != nil {
			return nil, err
		}
		if reply[8] == 0 && extension.needed {
			return nil, fmt.Errorf("the X server has no %s: %w", extension.name, ErrUnsupported)
		}
		if reply[8] != 0 {
			*extension.opcode = reply[9]
		}
	}
	if _, err := ask.ask(little(w.client, byte(0), uint16(2), byte(1), byte(2), uint16(0))); err != nil {
		return nil, err
	}
	if _, err := ask.ask(little(w.record, byte(0), uint16(2), uint16(1), uint16(13))); err != nil {
		return nil, err
	}
	if _, err := ask.conn.Write(w.create()); err != nil {
		return nil, err
	}
	_, err := ask.ask(queryExtension("RECORD")) // by its answer the server has made what the other conversation names
	return w, err
}

func queryExtension(name string) []byte {
	return little(byte(xQueryExtension), byte(0), uint16(2+(len(name)+3)/4), uint16(len(name)), uint16(0), name)
}

// create asks for the requests of all clients, those to come as well.
func (w *xWatch) create() []byte {
	ranges := [][]byte{requestRange(xGetImage, 0, 0)}
	if w.test != 0 {
		ranges = append(ranges, requestRange(0, w.test, testFake))
	}
	if w.shm != 0 {
		ranges = append(ranges, requestRange(0, w.shm, shmGetImage))
	}
	out := little(w.record, byte(recordCreate), uint16(5+1+6*len(ranges)), w.context, uint32(0), uint32(1), uint32(len(ranges)), uint32(recordAllClients))
	for _, r := range ranges {
		out = append(out, r...)
	}
	return out
}

// requestRange is a RECORDRANGE of one request, of the core or of an extension.
func requestRange(core, major byte, minor uint16) []byte {
	return append(little(core, core, byte(0), byte(0), major, major, minor, minor), make([]byte, 14)...)
}

// deeds are what one client did within a sample.
type deeds struct {
	fakes, reads             int
	left, top, right, bottom int // of all its reads of the screen together
}

// gathered reads many small messages at a time, and wipes of its own what it has
// handed on: what was injected stands in them.
type gathered struct {
	io.Writer
	from  io.Reader
	held  [4 << 10]byte
	begin int
	end   int
}

// Read gives what is held, and reads more when nothing is.
func (g *gathered) Read(p []byte) (int, error) {
	if g.begin == g.end {
		n, err := g.from.Read(g.held[:])
		if g.begin, g.end = 0, n; n == 0 {
			return 0, err
		}
	}
	taken := g.held[g.begin:g.end]
	n := copy(p, taken)
	clear(taken[:n])
	g.begin += n
	return n, nil
}

// sample has the server tell for a while, and gives the deeds of each client by
// its first resource. It takes no more than about sampleLimit messages, whatever
// goes on.
func (w *xWatch) sample(during time.Duration) (map[uint32]*deeds, error) {
	if _, err := w.told.conn.Write(little(w.record, byte(recordEnable), uint16(2), w.context)); err != nil {
		return nil, err
	}
	var once sync.Once
	stop := func() {
		once.Do(func() { _, _ = w.ask.conn.Write(little(w.record, byte(recordEnd), uint16(2), w.context)) })
	}
	timer := time.AfterFunc(during, stop)
	defer timer.Stop()
	done := map[uint32]*deeds{}
	for taken := 0; ; taken++ {
		switch taken {
		case sampleLimit:
			stop()
		case sampleLimit + afterwards:
			return done, errXChatter
		}
		message, err := w.told.next()
		switch {
		case err != nil:
			return done, err
		case message[0] == xFailure:
			return done, fmt.Errorf("the X server refuses to tell, with error %d", message[1])
		case message[0] != xReply:
		case message[1] == toldEnd:
			return done, nil
		case message[1] == toldByClient && message[9] == 0 && taken < sampleLimit:
			w.note(done, binary.LittleEndian.Uint32(message[12:]), message[32:])
		}
		clear(message)
	}
}

// note counts a client's requests, of which the server tells several at a time.
func (w *xWatch) note(done map[uint32]*deeds, client uint32, requests []byte) {
	if done[client] == nil {
		if len(done) >= clientLimit {
			return
		}
		done[client] = &deeds{}
	}
	d := done[client]
	for len(requests) >= 4 {
		length := 4 * int(binary.LittleEndian.Uint16(requests[2:]))
		if length < 4 || length > len(requests) {
			return // longer than any of the three
		}
		one := requests[:length]
		switch {
		case one[0] == w.test && w.test != 0:
			d.fakes++
		case length >= 20 && (one[0] == xGetImage || one[0] == w.shm && w.shm != 0):
			d.read(w.ask, one)
		}
		requests = requests[length:]
	}
}

// read takes in one reading, where it is of the screen and not of a window.
func (d *deeds) read(x *xServer, asked []byte) {
	if binary.LittleEndian.Uint32(asked[4:]) != x.root {
		return
	}
	left, top := int(int16(binary.LittleEndian.Uint16(asked[8:]))), int(int16(binary.LittleEndian.Uint16(asked[10:])))
	right, bottom := left+int(binary.LittleEndian.Uint16(asked[12:])), top+int(binary.LittleEndian.Uint16(asked[14:]))
	if d.reads == 0 {
		d.left, d.top, d.right, d.bottom = left, top, right, bottom
	}
	d.reads++
	d.left, d.top, d.right, d.bottom = min(d.left, left), min(d.top, top), max(d.right, right), max(d.bottom, bottom)
}

// captures says whether the client reads the screen as those do who show it to
// somebody: more than once, and half of it or more. A picture for the clipboard
// is read once, and a magnifier reads little.
func (d *deeds) captures(x *xServer) bool {
	return d.reads > 1 && 2*(d.right-d.left)*(d.bottom-d.top) >= x.width*x.height
}

// process asks which process a client is; 0 where the server does not know,
// since it came over the network.
func (w *xWatch) process(client uint32) (int, error) {
	reply, err := w.ask.ask(little(w.client, byte(clientIDs), uint16(4), uint32(1), client, uint32(clientLocalPID)))
	if err != nil {
		return 0, err
	}
	pid := 0
	if len(reply) >= 48 && binary.LittleEndian.Uint32(reply[8:]) == 1 && binary.LittleEndian.Uint32(reply[40:]) == 4 {
		pid = int(binary.LittleEndian.Uint32(reply[44:]))
	}
	return pid, nil
}
