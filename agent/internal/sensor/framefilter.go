package sensor

import (
	"fmt"

	"golang.org/x/net/bpf"
)

// Offsets and values of the headers that the filter looks at.
const (
	etherType      = 12
	vlanTag        = 4 // bytes
	typeARP        = 0x0806
	typeIPv4       = 0x0800
	typeIPv6       = 0x86dd
	protocolTCP    = 6
	protocolUDP    = 17
	protocolICMPv6 = 58
)

// Scratch cells of the program.
const (
	cellProtocol = iota // above IP
	cellEnd             // where the IP packet ends, counted as X is
	cellPort            // to which TCP goes
	cellFlags           // of TCP
	cellLength
	cellPlace // X, while it is needed for something else
)

// skipMost is how many instructions a conditional jump of the kernel can pass over.
const skipMost = 255

// A frameFilter is a program of the kernel under construction: jumps name where
// they go, and the assembler counts. The program keeps the offset it has come to
// in X. A load beyond the frame's end refuses the frame.
type frameFilter struct {
	code    []bpf.Instruction // nil where a jump stands
	jumps   map[int]*namedJump
	targets map[string]int
}

type namedJump struct {
	test    bpf.JumpTest
	value   uint32
	always  bool
	far     bool   // its targets are too far for a conditional jump
	yes, no string // "" is the next instruction
}

func newFrameFilter() *frameFilter {
	return &frameFilter{jumps: map[int]*namedJump{}, targets: map[string]int{}}
}

func (p *frameFilter) add(instructions ...bpf.Instruction) { p.code = append(p.code, instructions...) }
func (p *frameFilter) mark(name string)                    { p.targets[name] = len(p.code) }

// load reads as many bytes as size from an offset behind X into A.
func (p *frameFilter) load(offset uint32, size int) {
	p.add(bpf.LoadIndirect{Off: offset, Size: size})
}

// masked leaves of A what a mask has.
func (p *frameFilter) masked(mask uint32) {
	p.add(bpf.ALUOpConstant{Op: bpf.ALUOpAnd, Val: mask})
}

// store and recall keep A in a scratch cell.
func (p *frameFilter) store(cell int)  { p.add(bpf.StoreScratch{Src: bpf.RegA, N: cell}) }
func (p *frameFilter) recall(cell int) { p.add(bpf.LoadScratch{Dst: bpf.RegA, N: cell}) }

// jump compares A with a value and goes on at one of two marks.
func (p *frameFilter) jump(value uint32, equal, other string) {
	p.when(bpf.JumpEqual, value, equal, other)
}

// when is jump by another comparison.
func (p *frameFilter) when(test bpf.JumpTest, value uint32, yes, other string) {
	p.jumps[len(p.code)] = &namedJump{test: test, value: value, yes: yes, no: other}
	p.add(nil)
}

func (p *frameFilter) always(target string) {
	p.jumps[len(p.code)] = &namedJump{always: true, yes: target}
	p.add(nil)
}

// keep ends with a frame of which so many bytes behind X are passed on.
func (p *frameFilter) keep(mark string, bytes uint32) {
	p.mark(mark)
	p.add(bpf.TXA{}, bpf.ALUOpConstant{Op: bpf.ALUOpAdd, Val: bytes}, bpf.RetA{})
}

// assemble makes the program. Where a conditional jump cannot reach its target,
// two plain jumps that can stand behind it.
func (p *frameFilter) assemble() ([]bpf.RawInstruction, error) {
	for {
		places, length := p.places()
		code, again := make([]bpf.Instruction, 0, length), false
		for at, instruction := range p.code {
			j := p.jumps[at]
			if j == nil {
				code = append(code, instruction)
				continue
			}
			var err error
			if code, err = p.place(code, at, j, places); err != nil {
				return nil, err
			}
			again = again || j.far && len(code) == places[at]+1
		}
		if !again {
			return bpf.Assemble(code)
		}
	}
}

// places says where each instruction will stand, and how many there will be.
func (p *frameFilter) places() (places []int, length int) {
	places = make([]int, len(p.code)+1)
	for at := range p.code {
		places[at] = length
		length++
		if j := p.jumps[at]; j != nil && j.far {
			length += 2
		}
	}
	places[len(p.code)] = length
	return places, length
}

// place appends a jump. One that turns out to be too far is marked so, and
// placed again in the next turn.
func (p *frameFilter) place(code []bpf.Instruction, at int, j *namedJump, places []int) ([]bpf.Instruction, error) {
	yes, err := p.reach(at, j.yes, places)
	if err != nil {
		return nil, err
	}
	other, err := p.reach(at, j.no, places)
	if err != nil {
		return nil, err
	}
	here := len(code) + 1
	switch {
	case j.always:
		return append(code, bpf.Jump{Skip: uint32(yes - here)}), nil
	case j.far:
		return append(code, bpf.JumpIf{Cond: j.test, Val: j.value, SkipFalse: 1}, bpf.Jump{Skip: uint32(yes - here - 1)}, bpf.Jump{Skip: uint32(other - here - 2)}), nil
	case yes-here > skipMost || other-here > skipMost:
		j.far = true
		return append(code, nil), nil
	}
	return append(code, bpf.JumpIf{Cond: j.test, Val: j.value, SkipTrue: uint8(yes - here), SkipFalse: uint8(other - here)}), nil
}

// reach is where a jump's target stands. There are no loops in the kernel.
func (p *frameFilter) reach(at int, target string, places []int) (int, error) {
	if target == "" {
		return places[at+1], nil
	}
	to, ok := p.targets[target]
	if !ok || to <= at {
		return 0, fmt.Errorf("packet filter: no jump from instruction %d to %q", at, target)
	}
	return places[to], nil
}

// ethernet steps over the header with at most two VLAN tags.
func (p *frameFilter) ethernet() {
	tagged := func(n int, next string) {
		p.add(bpf.LoadAbsolute{Off: uint32(etherType + n*vlanTag), Size: 2})
		if next != "" {
			for _, kind := range []uint32{0x8100, 0x88a8, 0x9100} {
				p.jump(kind, next, "")
			}
		}
		p.add(bpf.LoadConstant{Dst: bpf.RegX, Val: uint32(etherType + 2 + n*vlanTag)})
	}
	tagged(0, "tagged")
	p.always("network")
	p.mark("tagged")
	tagged(1, "tagged twice")
	p.always("network")
	p.mark("tagged twice")
	tagged(2, "")
	p.mark("network")
	p.jump(typeIPv4, "ipv4", "")
	p.jump(typeIPv6, "ipv6", "")
	p.jump(typeARP, "arp", "refuse")
}

func (p *frameFilter) keepProtocol(offset uint32) {
	p.load(offset, 1)
	p.store(cellProtocol)
}

// ipv4 steps over the header. Fragments are refused: the later ones have no ports.
func (p *frameFilter) ipv4() {
	p.mark("ipv4")
	p.load(6, 2)
	p.masked(0x3fff)
	p.jump(0, "", "refuse")
	p.keepProtocol(9)
	p.load(2, 2)
	p.add(bpf.ALUOpX{Op: bpf.ALUOpAdd})
	p.store(cellEnd)
	p.load(0, 1)
	p.masked(0x0f)
	p.add(bpf.ALUOpConstant{Op: bpf.ALUOpShiftLeft, Val: 2}, bpf.ALUOpX{Op: bpf.ALUOpAdd}, bpf.TAX{})
	p.always("transport")
}

// ipv6 steps over the header and at most three extension headers; there are no
// loops in the kernel. Fragments are refused by not being one of them.
func (p *frameFilter) ipv6() {
	p.mark("ipv6")
	p.keepProtocol(6)
	p.load(4, 2)
	p.add(bpf.ALUOpX{Op: bpf.ALUOpAdd}, bpf.ALUOpConstant{Op: bpf.ALUOpAdd, Val: 40})
	p.store(cellEnd)
	p.add(bpf.TXA{}, bpf.ALUOpConstant{Op: bpf.ALUOpAdd, Val: 40}, bpf.TAX{})
	for n := range 3 {
		header := fmt.Sprintf("extension %d", n)
		p.recall(cellProtocol)
		p.jump(0, header, "")  // hop by hop
		p.jump(43, header, "") // routing
		p.jump(60, header, "transport")
		p.mark(header)
		p.keepProtocol(0)
		p.load(1, 1)
		p.add(
			bpf.ALUOpConstant{Op: bpf.ALUOpAdd, Val: 1}, bpf.ALUOpConstant{Op: bpf.ALUOpShiftLeft, Val: 3},
			bpf.ALUOpX{Op: bpf.ALUOpAdd}, bpf.TAX{},
		)
	}
}

// tcpPayload steps from the TCP header to what it carries.
func (p *frameFilter) tcpPayload() {
	p.load(12, 1)
	p.masked(0xf0)
	p.add(bpf.ALUOpConstant{Op: bpf.ALUOpShiftRight, Val: 2}, bpf.ALUOpX{Op: bpf.ALUOpAdd}, bpf.TAX{})
}

// expect goes to a mark when the data has one of the values at an offset, and else to another.
func (p *frameFilter) expect(mark string, offset uint32, size int, found, other string, values ...uint32) {
	p.mark(mark)
	p.load(offset, size)
	for _, value := range values {
		p.jump(value, found, "")
	}
	p.always(other)
}
