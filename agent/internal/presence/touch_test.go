package presence

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"testing"
	"testing/synctest"
	"time"
)

// fakeKey answers as a security key does, report by report. It was written from
// the CTAP document, apart from what it tests.
type fakeKey struct {
	old     bool // speaks U2F only
	ctap20  bool // speaks CTAP2 without selection
	wait    int  // reports of "still waiting", or U2F refusals, before the finger
	denied  bool
	chatter bool // first says something to somebody else
	seen    []byte
	expect  int
	cid     uint32
	command byte
	out     bytes.Buffer
}

func (k *fakeKey) Write(report []byte) (int, error) {
	if len(report) != 65 || report[0] != 0 {
		return 0, errors.New("want report number 0 and 64 bytes")
	}
	body := report[1:]
	k.cid = binary.BigEndian.Uint32(body)
	if body[4]&0x80 != 0 {
		k.command, k.expect, k.seen = body[4]&0x7f, int(body[5])<<8|int(body[6]), append([]byte(nil), body[7:]...)
	} else {
		k.seen = append(k.seen, body[5:]...)
	}
	if len(k.seen) >= k.expect {
		k.answer(k.seen[:k.expect])
	}
	return len(report), nil
}

func (k *fakeKey) answer(message []byte) {
	switch k.command {
	case 0x06:
		if k.chatter {
			k.say(0xffffffff, 0x06, append([]byte("another!"), make([]byte, 9)...))
			k.say(0x11223344, 0x10, make([]byte, 300))
		}
		capable := byte(0x05)
		if k.old {
			capable = 0x01
		}
		k.say(0xffffffff, 0x06, append(append([]byte{}, message[:8]...), 0, 0, 0, 9, 2, 1, 0, 0, capable))
	case 0x10:
		for range k.wait {
			k.say(k.cid, 0x3b, []byte{2})
		}
		status := byte(0)
		if k.ctap20 || message[0] != 0x0b {
			status = 1
		} else if k.denied {
			status = 0x2f
		}
		k.say(k.cid, 0x10, []byte{status})
	case 0x03:
		if len(message) != 7+64+2 || message[1] != 1 {
			k.say(k.cid, 0x03, []byte{0x6d, 0})
			return
		}
		if k.wait--; k.wait >= 0 {
			k.say(k.cid, 0x03, []byte{0x69, 0x85})
			return
		}
		k.say(k.cid, 0x03, append(bytes.Repeat([]byte{5}, 800), 0x90, 0))
	}
}

func (k *fakeKey) say(cid uint32, command byte, message []byte) {
	head := append(binary.BigEndian.AppendUint32(nil, cid), command|0x80, byte(len(message)>>8), byte(len(message)))
	for seq := byte(0); ; seq++ {
		part := message[:min(64-len(head), len(message))]
		message = message[len(part):]
		head = append(head, part...)
		k.out.Write(append(head, make([]byte, 64-len(head))...))
		if len(message) == 0 {
			return
		}
		head = append(binary.BigEndian.AppendUint32(nil, cid), seq)
	}
}

func (k *fakeKey) Read(p []byte) (int, error) {
	if len(p) < 64 {
		return 0, io.ErrShortBuffer
	}
	return k.out.Read(p[:64])
}

// zeros is a source of randomness that a test can foresee.
type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

func TestWaitForTouch(t *testing.T) {
	for name, test := range map[string]struct {
		key  *fakeKey
		want error
	}{
		"touched at once":              {&fakeKey{}, nil},
		"touched later":                {&fakeKey{wait: 40}, nil},
		"another program talks to it":  {&fakeKey{wait: 2, chatter: true}, nil},
		"never touched":                {&fakeKey{wait: 3, denied: true}, errNotTouched},
		"CTAP 2.0":                     {&fakeKey{ctap20: true}, nil},
		"CTAP 2.0, touched later":      {&fakeKey{ctap20: true, wait: 5}, nil},
		"U2F, touched later":           {&fakeKey{old: true, wait: 5}, nil},
		"U2F, not touched within 30 s": {&fakeKey{old: true, wait: 1000}, context.DeadlineExceeded},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
				defer cancel()
				if err := WaitForTouch(ctx, test.key, zeros{}); !errors.Is(err, test.want) {
					t.Errorf("got %v, want %v", err, test.want)
				}
			})
		})
	}
}

// stream is a key that says these bytes whatever it is asked.
type stream struct{ io.Reader }

func (stream) Write(p []byte) (int, error) { return len(p), nil }

func FuzzWaitForTouch(f *testing.F) {
	for _, key := range []*fakeKey{{}, {old: true}, {ctap20: true, chatter: true}} {
		var said bytes.Buffer
		_ = WaitForTouch(f.Context(), struct {
			io.Reader
			io.Writer
		}{io.TeeReader(key, &said), key}, zeros{})
		f.Add(said.Bytes())
	}
	f.Fuzz(func(_ *testing.T, said []byte) {
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		_ = WaitForTouch(ctx, stream{bytes.NewReader(said)}, zeros{})
	})
}
