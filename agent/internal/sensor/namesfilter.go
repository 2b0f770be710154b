package sensor

import (
	"fmt"

	"golang.org/x/net/bpf"
)

// keptBytes of each passed frame reach this process: enough for a DNS question
// and for a ClientHello's server name.
const keptBytes = 2048

// Offsets and values of the headers that the filter looks at.
const (
	etherType   = 12
	typeIPv4    = 0x0800
	typeIPv6    = 0x86dd
	typeVLAN    = 0x8100
	typeVLAN2   = 0x88a8
	protocolTCP = 6
	protocolUDP = 17
	portDNS     = 53
)

// namesFilter is the program that the kernel runs on every frame. It passes
// DNS messages with one question (UDP port 53, either way) and the first
// segment of a TLS ClientHello, over IPv4 and IPv6, with at most one VLAN tag,
// and refuses everything else: what people send and read never gets here.
//
// The program keeps the offset it has come to in X and the protocol above IP in
// scratch cell 0. A load beyond the frame's end refuses the frame.
func namesFilter() ([]bpf.RawInstruction, error) {
	p := &program{targets: map[string]int{}}
	p.ethernet()
	p.ipv4()
	p.ipv6()
	p.transport()
	p.dns()
	p.clientHello()
	p.mark("pass")
	p.add(bpf.RetConstant{Val: keptBytes})
	p.mark("refuse")
	p.add(bpf.RetConstant{Val: 0})
	return p.assemble()
}

func (p *program) ethernet() {
	p.add(bpf.LoadAbsolute{Off: etherType, Size: 2})
	p.jump(typeVLAN, "tagged", "")
	p.jump(typeVLAN2, "tagged", "")
	p.add(bpf.LoadConstant{Dst: bpf.RegX, Val: etherType + 2})
	p.always("network")
	p.mark("tagged")
	p.add(bpf.LoadAbsolute{Off: etherType + 4, Size: 2}, bpf.LoadConstant{Dst: bpf.RegX, Val: etherType + 6})
	p.mark("network")
	p.jump(typeIPv4, "ipv4", "")
	p.jump(typeIPv6, "ipv6", "refuse")
}

// ipv4 steps over the header. Fragments are refused: the later ones have no ports.
func (p *program) ipv4() {
	p.mark("ipv4")
	p.add(bpf.LoadIndirect{Off: 6, Size: 2}, bpf.ALUOpConstant{Op: bpf.ALUOpAnd, Val: 0x3fff})
	p.jump(0, "", "refuse")
	p.keepProtocol(9)
	p.add(
		bpf.LoadIndirect{Off: 0, Size: 1},
		bpf.ALUOpConstant{Op: bpf.ALUOpAnd, Val: 0x0f}, bpf.ALUOpConstant{Op: bpf.ALUOpShiftLeft, Val: 2},
		bpf.ALUOpX{Op: bpf.ALUOpAdd}, bpf.TAX{},
	)
	p.always("transport")
}

// ipv6 steps over the header and at most three extension headers; there are no
// loops in the kernel. Fragments are refused by not being one of them.
func (p *program) ipv6() {
	p.mark("ipv6")
	p.keepProtocol(6)
	p.add(bpf.TXA{}, bpf.ALUOpConstant{Op: bpf.ALUOpAdd, Val: 40}, bpf.TAX{})
	for n := range 3 {
		header := fmt.Sprintf("extension%d", n)
		p.add(bpf.LoadScratch{Dst: bpf.RegA, N: 0})
		p.jump(0, header, "")  // hop by hop
		p.jump(43, header, "") // routing
		p.jump(60, header, "transport")
		p.mark(header)
		p.keepProtocol(0)
		p.add(
			bpf.LoadIndirect{Off: 1, Size: 1},
			bpf.ALUOpConstant{Op: bpf.ALUOpAdd, Val: 1}, bpf.ALUOpConstant{Op: bpf.ALUOpShiftLeft, Val: 3},
			bpf.ALUOpX{Op: bpf.ALUOpAdd}, bpf.TAX{},
		)
	}
}

func (p *program) transport() {
	p.mark("transport")
	p.add(bpf.LoadScratch{Dst: bpf.RegA, N: 0})
	p.jump(protocolUDP, "udp", "")
	p.jump(protocolTCP, "tcp", "refuse")
}

// dns wants a standard query or its answer with one question, which refuses
// what only borrows the port.
func (p *program) dns() {
	p.mark("udp")
	p.add(bpf.LoadIndirect{Off: 0, Size: 2})
	p.jump(portDNS, "dns", "")
	p.add(bpf.LoadIndirect{Off: 2, Size: 2})
	p.jump(portDNS, "dns", "refuse")
	p.mark("dns")
	p.add(bpf.LoadIndirect{Off: 8 + 2, Size: 1}, bpf.ALUOpConstant{Op: bpf.ALUOpAnd, Val: 0x78})
	p.jump(0, "", "refuse")
	p.add(bpf.LoadIndirect{Off: 8 + 4, Size: 2})
	p.jump(1, "pass", "refuse")
}

// clientHello wants a TLS handshake record of version 3.x whose first message
// is a ClientHello of version 3.x shorter than 64 KiB. Its port does not matter.
func (p *program) clientHello() {
	p.mark("tcp")
	p.add(
		bpf.LoadIndirect{Off: 12, Size: 1},
		bpf.ALUOpConstant{Op: bpf.ALUOpAnd, Val: 0xf0}, bpf.ALUOpConstant{Op: bpf.ALUOpShiftRight, Val: 2},
		bpf.ALUOpX{Op: bpf.ALUOpAdd}, bpf.TAX{},
		bpf.LoadIndirect{Off: 0, Size: 2},
	)
	p.jump(0x1603, "", "refuse") // handshake, version 3
	p.add(bpf.LoadIndirect{Off: 5, Size: 2})
	p.jump(0x0100, "", "refuse") // ClientHello, highest byte of its length
	p.add(bpf.LoadIndirect{Off: 9, Size: 1})
	p.jump(3, "pass", "refuse")
}

// A program is a filter under construction: jumps name where they go, and the
// assembler counts.
type program struct {
	code    []bpf.Instruction
	jumps   []pendingJump
	targets map[string]int
}

type pendingJump struct {
	at           int
	value        uint32
	always       bool
	equal, other string // "" is the next instruction
}

func (p *program) add(instructions ...bpf.Instruction) { p.code = append(p.code, instructions...) }
func (p *program) mark(name string)                    { p.targets[name] = len(p.code) }

// jump compares A with a value and goes on at one of two marks.
func (p *program) jump(value uint32, equal, other string) {
	p.jumps = append(p.jumps, pendingJump{at: len(p.code), value: value, equal: equal, other: other})
	p.add(nil)
}

func (p *program) always(target string) {
	p.jumps = append(p.jumps, pendingJump{at: len(p.code), always: true, equal: target})
	p.add(nil)
}

func (p *program) keepProtocol(offset uint32) {
	p.add(bpf.LoadIndirect{Off: offset, Size: 1}, bpf.StoreScratch{Src: bpf.RegA, N: 0})
}

func (p *program) assemble() ([]bpf.RawInstruction, error) {
	for _, j := range p.jumps {
		equal, err := p.distance(j.at, j.equal)
		if err != nil {
			return nil, err
		}
		other, err := p.distance(j.at, j.other)
		if err != nil {
			return nil, err
		}
		if j.always {
			p.code[j.at] = bpf.Jump{Skip: uint32(equal)}
			continue
		}
		p.code[j.at] = bpf.JumpIf{Cond: bpf.JumpEqual, Val: j.value, SkipTrue: equal, SkipFalse: other}
	}
	return bpf.Assemble(p.code)
}

func (p *program) distance(at int, target string) (uint8, error) {
	if target == "" {
		return 0, nil
	}
	to, ok := p.targets[target]
	if !ok || to <= at || to-at-1 > 255 {
		return 0, fmt.Errorf("packet filter: no jump from instruction %d to %q", at, target)
	}
	return uint8(to - at - 1), nil
}
