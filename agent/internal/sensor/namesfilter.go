package sensor

import "golang.org/x/net/bpf"

// keptBytes of each passed frame reach this process: enough for a DNS question
// and for a ClientHello's server name.
const keptBytes = 2048

const portDNS = 53

// namesFilter is the program that the kernel runs on every frame. It passes
// DNS messages with one question (UDP port 53, either way) and the first
// segment of a TLS ClientHello, over IPv4 and IPv6, with at most one VLAN tag,
// and refuses everything else: what people send and read never gets here.
//
// The program keeps the offset it has come to in X and the protocol above IP in
// scratch cell 0. A load beyond the frame's end refuses the frame.
func namesFilter() ([]bpf.RawInstruction, error) {
	p := &frameFilter{targets: map[string]int{}}
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

func (p *frameFilter) transport() {
	p.mark("transport")
	p.add(bpf.LoadScratch{Dst: bpf.RegA, N: 0})
	p.jump(protocolUDP, "udp", "")
	p.jump(protocolTCP, "tcp", "refuse")
}

// dns wants a standard query or its answer with one question, which refuses
// what only borrows the port.
func (p *frameFilter) dns() {
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
func (p *frameFilter) clientHello() {
	p.mark("tcp")
	p.tcpPayload()
	p.add(bpf.LoadIndirect{Off: 0, Size: 2})
	p.jump(0x1603, "", "refuse") // handshake, version 3
	p.add(bpf.LoadIndirect{Off: 5, Size: 2})
	p.jump(0x0100, "", "refuse") // ClientHello, highest byte of its length
	p.add(bpf.LoadIndirect{Off: 9, Size: 1})
	p.jump(3, "pass", "refuse")
}
