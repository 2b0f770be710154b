package parse

import (
	"errors"
	"io"
	"os"
	"testing"

	"github.com/google/gopacket/pcapgo"
)

// recordedFrames are the frames of a recording of real programs; testdata/frames/README.md
// says how each was made.
func recordedFrames(t testing.TB, name string) [][]byte {
	t.Helper()
	f, err := os.Open("testdata/frames/" + name + ".pcap")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	r, err := pcapgo.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	var frames [][]byte
	for {
		frame, _, err := r.ReadPacketData()
		if errors.Is(err, io.EOF) {
			return frames
		}
		if err != nil {
			t.Fatal(err)
		}
		frames = append(frames, frame)
	}
}

// recordedSegments are those of a recording's frames that hold one.
func recordedSegments(t testing.TB, name string) []Segment {
	t.Helper()
	var all []Segment
	reader := NewFrames()
	for _, frame := range recordedFrames(t, name) {
		if s, err := reader.Parse(frame); err == nil {
			all = append(all, s)
		}
	}
	return all
}
