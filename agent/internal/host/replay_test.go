package host

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"testing"
	"time"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"
	"github.com/google/gopacket/pcapgo"
	"golang.org/x/net/bpf"
)

// udpTo passes IPv4 UDP to one port.
func udpTo(port uint32) []bpf.RawInstruction {
	return assembled(
		bpf.LoadAbsolute{Off: 12, Size: 2}, bpf.JumpIf{Cond: bpf.JumpEqual, Val: 0x0800, SkipFalse: 6},
		bpf.LoadAbsolute{Off: 23, Size: 1}, bpf.JumpIf{Cond: bpf.JumpEqual, Val: 17, SkipFalse: 4},
		bpf.LoadMemShift{Off: 14},
		bpf.LoadIndirect{Off: 16, Size: 2}, bpf.JumpIf{Cond: bpf.JumpEqual, Val: port, SkipFalse: 1},
		bpf.RetConstant{Val: 2000}, bpf.RetConstant{Val: 0},
	)
}

func assembled(program ...bpf.Instruction) []bpf.RawInstruction {
	raw, _ := bpf.Assemble(program) // a program that cannot be assembled fails where it is attached
	return raw
}

// frameTo is a UDP frame as it would be on the wire.
func frameTo(t *testing.T, port layers.UDPPort, text string) []byte {
	t.Helper()
	buffer := gopacket.NewSerializeBuffer()
	ip := layers.IPv4{Version: 4, TTL: 64, Protocol: layers.IPProtocolUDP, SrcIP: net.IP{192, 0, 2, 1}, DstIP: net.IP{192, 0, 2, 2}}
	udp := layers.UDP{SrcPort: 40000, DstPort: port}
	udp.SetNetworkLayerForChecksum(&ip)
	err := gopacket.SerializeLayers(buffer, gopacket.SerializeOptions{FixLengths: true, ComputeChecksums: true},
		&layers.Ethernet{SrcMAC: net.HardwareAddr{2, 0, 0, 0, 0, 1}, DstMAC: net.HardwareAddr{2, 0, 0, 0, 0, 2}, EthernetType: layers.EthernetTypeIPv4}, &ip, &udp, gopacket.Payload(text))
	if err != nil {
		t.Fatal(err)
	}
	return buffer.Bytes()
}

func TestReplayRunsTheFilter(t *testing.T) {
	var captured bytes.Buffer
	w := pcapgo.NewWriter(&captured)
	if err := w.WriteFileHeader(65536, layers.LinkTypeEthernet); err != nil {
		t.Fatal(err)
	}
	at := time.Unix(1700000000, 0).UTC()
	for i, f := range [][]byte{frameTo(t, 9, "refused"), frameTo(t, 5353, "passed")} {
		if err := w.WritePacket(gopacket.CaptureInfo{Timestamp: at.Add(time.Duration(i) * time.Second), CaptureLength: len(f), Length: len(f)}, f); err != nil {
			t.Fatal(err)
		}
	}
	h := read(t, "-- packets.pcap [hex] --\n"+hexText(captured.Bytes()))
	source, err := h.Packets(context.Background(), udpTo(5353))
	if err != nil {
		t.Fatal(err)
	}
	content, capture, err := source.ReadPacketData()
	if err != nil || !bytes.Contains(content, []byte("passed")) || !capture.Timestamp.Equal(at.Add(time.Second)) {
		t.Errorf("%q at %s, %v", content, capture.Timestamp, err)
	}
	if _, _, err := source.ReadPacketData(); !errors.Is(err, io.EOF) {
		t.Errorf("at the end: %v", err)
	}
}

func FuzzReplay(f *testing.F) {
	var captured bytes.Buffer
	w := pcapgo.NewWriter(&captured)
	w.WriteFileHeader(65536, layers.LinkTypeEthernet)
	w.WritePacket(gopacket.CaptureInfo{CaptureLength: 3, Length: 3}, []byte{1, 2, 3})
	f.Add(captured.Bytes())
	f.Fuzz(func(_ *testing.T, capture []byte) {
		r, err := newReplay(capture, udpTo(53))
		for range 1000 {
			if err != nil {
				return
			}
			_, _, err = r.ReadPacketData()
		}
	})
}
