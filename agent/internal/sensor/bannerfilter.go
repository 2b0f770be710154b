package sensor

import (
	"golang.org/x/net/bpf"

	"github.com/farmwatch/farmwatch/agent/internal/parse"
)

// bannerFilter is the program that the kernel runs on every frame for banners.
// It passes TCP segments whose data begins like the greeting of a protocol by
// which desktops are shown and driven, and of those BannerBytes of the data. It
// looks at no port: what listens where it should not is what is looked for.
func bannerFilter() ([]bpf.RawInstruction, error) {
	p := &frameFilter{targets: map[string]int{}}
	p.ethernet()
	p.ipv4()
	p.ipv6()
	p.mark("transport")
	p.add(bpf.LoadScratch{Dst: bpf.RegA, N: 0})
	p.jump(protocolTCP, "", "refuse")
	p.tcpPayload()
	p.add(bpf.LoadIndirect{Off: 0, Size: 4})
	for _, begin := range []struct {
		words uint32
		then  string
	}{
		{0x52464220, "rfb"},      // "RFB "
		{0x820c5246, "framed"},   // a WebSocket's message of 12 bytes, "RF"
		{0x03000013, "rdp"},      // TPKT of 19 bytes
		{0x0000000b, "barrier"},  // 11 bytes follow
		{0x52454451, "pass"},     // "REDQ", SPICE
		{0x5353482d, "pass"},     // "SSH-"
		{0x4e58442d, "pass"},     // "NXD-"
		{0x4e585348, "pass"},     // "NXSH"
		{0x01000b00, "x little"}, // X11: yes, version 11
		{0x0100000b, "x big"},
	} {
		p.jump(begin.words, begin.then, "")
	}
	p.always("refuse")
	p.expect("rfb", 4, 1, '0')
	p.expect("framed", 2, 4, 0x52464220)
	p.expect("rdp", 4, 2, 0x0ed0) // connection confirm
	p.expect("barrier", 4, 4, 0x42617272, 0x53796e65)
	p.expect("x little", 4, 2, 0)
	p.expect("x big", 4, 2, 0)
	p.mark("pass")
	p.add(bpf.TXA{}, bpf.ALUOpConstant{Op: bpf.ALUOpAdd, Val: parse.BannerBytes}, bpf.RetA{})
	p.mark("refuse")
	p.add(bpf.RetConstant{Val: 0})
	return p.assemble()
}

// tcpPayload steps from the TCP header to what it carries.
func (p *frameFilter) tcpPayload() {
	p.add(
		bpf.LoadIndirect{Off: 12, Size: 1},
		bpf.ALUOpConstant{Op: bpf.ALUOpAnd, Val: 0xf0}, bpf.ALUOpConstant{Op: bpf.ALUOpShiftRight, Val: 2},
		bpf.ALUOpX{Op: bpf.ALUOpAdd}, bpf.TAX{},
	)
}

// expect passes data with one of the values at an offset.
func (p *frameFilter) expect(mark string, offset uint32, size int, values ...uint32) {
	p.mark(mark)
	p.add(bpf.LoadIndirect{Off: offset, Size: size})
	for _, value := range values {
		p.jump(value, "pass", "")
	}
	p.always("refuse")
}
