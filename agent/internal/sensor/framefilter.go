package sensor

import (
	"fmt"

	"golang.org/x/net/bpf"
)

// Offsets and values of the headers that the filter looks at.
const (
	etherType   = 12
	typeIPv4    = 0x0800
	typeIPv6    = 0x86dd
	typeVLAN    = 0x8100
	typeVLAN2   = 0x88a8
	protocolTCP = 6
	protocolUDP = 17
)

// A frameFilter is a program of the kernel under construction: jumps name where they go, and the
// assembler counts.
type frameFilter struct {
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

func (p *frameFilter) add(instructions ...bpf.Instruction) { p.code = append(p.code, instructions...) }
func (p *frameFilter) mark(name string)                    { p.targets[name] = len(p.code) }

// jump compares A with a value and goes on at one of two marks.
func (p *frameFilter) jump(value uint32, equal, other string) {
	p.jumps = append(p.jumps, pendingJump{at: len(p.code), value: value, equal: equal, other: other})
	p.add(nil)
}

func (p *frameFilter) always(target string) {
	p.jumps = append(p.jumps, pendingJump{at: len(p.code), always: true, equal: target})
	p.add(nil)
}

func (p *frameFilter) keepProtocol(offset uint32) {
	p.add(bpf.LoadIndirect{Off: offset, Size: 1}, bpf.StoreScratch{Src: bpf.RegA, N: 0})
}

func (p *frameFilter) assemble() ([]bpf.RawInstruction, error) {
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

func (p *frameFilter) distance(at int, target string) (uint8, error) {
	if target == "" {
		return 0, nil
	}
	to, ok := p.targets[target]
	if !ok || to <= at || to-at-1 > 255 {
		return 0, fmt.Errorf("packet filter: no jump from instruction %d to %q", at, target)
	}
	return uint8(to - at - 1), nil
}

func (p *frameFilter) ethernet() {
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
func (p *frameFilter) ipv4() {
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
func (p *frameFilter) ipv6() {
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
