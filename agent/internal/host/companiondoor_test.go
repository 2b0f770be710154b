package host

import (
	"errors"
	"net"
	"strings"
	"testing"
	"time"
)

// testDoor is a door, and what knocks at it.
func testDoor(t *testing.T) (net.Listener, func() net.Conn) {
	t.Helper()
	door, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return door, func() net.Conn {
		conn, err := net.Dial("tcp", door.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = conn.Close() })
		return conn
	}
}

func sentAway(t *testing.T, conn net.Conn) bool {
	t.Helper()
	_ = conn.SetReadDeadline(time.Now().Add(300 * time.Millisecond))
	_, err := conn.Read(make([]byte, 1))
	var late net.Error
	return !errors.As(err, &late) || !late.Timeout()
}

// TestOnePersonDoesNotFillTheDoor: who knocks again and again keeps no other out.
func TestOnePersonDoesNotFillTheDoor(t *testing.T) {
	all := testCompanions()
	door, knock := testDoor(t)
	comes := make(chan uint32, 100)
	heard := make(chan error, 1)
	go func() {
		heard <- all.attend(t.Context(), door, func(conn net.Conn) (companionLine, uint32, error) {
			session := <-comes
			if session == 0 {
				return nil, 0, ErrDenied
			}
			return conn.(companionLine), session, nil
		})
	}()
	for n := range mostOfOnePerson + 2 {
		comes <- 501
		if away := sentAway(t, knock()); away != (n >= mostOfOnePerson) {
			t.Fatalf("visit %d of one person: sent away %v", n+1, away)
		}
	}
	comes <- 0
	if !sentAway(t, knock()) {
		t.Error("a stranger may stay")
	}
	comes <- 502
	if sentAway(t, knock()) {
		t.Error("another person is sent away")
	}
	// A door that breaks is told, with companions still inside.
	if err := door.Close(); err != nil {
		t.Fatal(err)
	}
	if err := within(t, heard); err == nil {
		t.Error("a door that broke is not told")
	}
}

func TestWhoIsAtAScreenIsExpected(t *testing.T) {
	all := testCompanions()
	all.voices[501] = &companionVoice{devices: []InputDevice{}}
	all.without(501, errors.New("session 501 has a companion already"))
	all.without(503, errors.New("it was killed"))
	all.without(504, errors.New("it ended"))
	all.expect([]uint32{501, 502, 503})
	_, err := all.devices()
	if err == nil || !strings.Contains(err.Error(), "session 502") || !strings.Contains(err.Error(), "it was killed") {
		t.Errorf("who has no companion is not told: %v", err)
	}
	for _, not := range []string{"session 501", "session 504"} {
		if strings.Contains(err.Error(), not) {
			t.Errorf("%s has a companion, or is nobody's any more: %v", not, err)
		}
	}
	all.expect([]uint32{501})
	if _, err := all.devices(); err != nil {
		t.Errorf("all who are there are heard: %v", err)
	}
	broken := errors.New("who is there is not told")
	all.expect([]uint32{501, 502})
	go all.watchScreens(t.Context(), func() ([]uint32, error) { return nil, broken }, time.Millisecond)
	for range 200 {
		if _, err = all.devices(); errors.Is(err, broken) {
			break
		}
		time.Sleep(5 * time.Millisecond)
	}
	if !errors.Is(err, broken) || !strings.Contains(err.Error(), "session 502") {
		t.Errorf("where nobody tells who is there: %v", err)
	}
}

func TestScreenPeople(t *testing.T) {
	root := properties{"IOConsoleUsers": []any{
		map[string]any{"kCGSSessionUserIDKey": int64(501), "kCGSessionLoginDoneKey": true, "kCGSSessionOnConsoleKey": true},
		map[string]any{"kCGSSessionUserIDKey": int64(502), "kCGSessionLoginDoneKey": true},
		map[string]any{"kCGSSessionUserIDKey": int64(0), "kCGSessionLoginDoneKey": false},
		map[string]any{"kCGSSessionUserIDKey": int64(88)},
	}}
	if got := screenPeople(root); len(got) != 3 || got[0] != 501 || got[1] != 502 || got[2] != 88 {
		t.Errorf("in front of screens are %v", got)
	}
}
