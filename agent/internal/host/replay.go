package host

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"
	"github.com/google/gopacket/pcapgo"
	"golang.org/x/net/bpf"
)

// maxFrame is the longest frame handed out: above any Ethernet frame, and what
// segmentation offload hands to a local capture is cut to it.
const maxFrame = 16 << 10

// maxCapture is the longest frame a capture file may hold, as in tcpdump.
const maxCapture = 256 << 10

// A replay is a recorded capture behind the filter a kernel would run.
type replay struct {
	reader *pcapgo.Reader
	filter *bpf.VM // nil passes everything
}

func newReplay(capture []byte, filter []bpf.RawInstruction) (*replay, error) {
	reader, err := pcapgo.NewReader(bytes.NewReader(capture))
	if err != nil {
		return nil, fmt.Errorf("read packets.pcap of the recording: %w", err)
	}
	if reader.LinkType() != layers.LinkTypeEthernet {
		return nil, fmt.Errorf("read packets.pcap of the recording: link type %s, want Ethernet", reader.LinkType())
	}
	// The reader trusts a frame's own length: without this bound a damaged file
	// asks for any amount of memory.
	reader.SetSnaplen(maxCapture)
	r := &replay{reader: reader}
	if len(filter) == 0 {
		return r, nil
	}
	program, ok := bpf.Disassemble(filter)
	if !ok {
		return nil, fmt.Errorf("the packet filter holds an instruction that cannot be replayed")
	}
	if r.filter, err = bpf.NewVM(program); err != nil {
		return nil, fmt.Errorf("load the packet filter: %w", err)
	}
	return r, nil
}

// ReadPacketData gives the next frame that passes, cut as the filter says.
func (r *replay) ReadPacketData() ([]byte, gopacket.CaptureInfo, error) {
	for {
		frame, captured, err := r.reader.ReadPacketData()
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			return nil, captured, io.EOF // a capture may end within a frame, as when tcpdump is stopped
		}
		if err != nil {
			return nil, captured, fmt.Errorf("read packets.pcap of the recording: %w", err)
		}
		keep := len(frame)
		if r.filter != nil {
			if keep, err = r.filter.Run(frame); err != nil {
				return nil, captured, fmt.Errorf("run the packet filter: %w", err)
			}
		}
		if keep == 0 {
			continue
		}
		frame = frame[:min(keep, len(frame), maxFrame)]
		captured.CaptureLength = len(frame)
		return frame, captured, nil
	}
}

// Close has nothing to give back: the packets are in memory.
func (r *replay) Close() error { return nil }
