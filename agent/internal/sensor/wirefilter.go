package sensor

import (
	"fmt"

	"golang.org/x/net/bpf"

	"github.com/farmwatch/farmwatch/agent/internal/parse"
)

const portDNS = 53

// What of a passed frame reaches this process, in bytes behind the header that
// the program has come to (for TCP behind the headers). Hellos may be longer where the
// network card cuts them into segments itself, so that they come whole.
const (
	keptARP       = 64   // of the frame
	keptND        = 1280 // an announcement of a router may have many options before its address
	keptNames     = 1500 // DNS, mDNS, DHCP
	keptHello     = 4096 // of TLS and QUIC
	keptDTLS      = 1500
	keptHandshake = 1508 // STUN, WireGuard, OpenVPN, IKE: whole, since their lengths tell them
)

// The second segment of a ClientHello, as continues knows it.
const (
	continuesLeast = 48
	continuesMost  = 1200
)

// stunCookie is the word that every STUN message carries (RFC 8489 §5).
const stunCookie = 0x2112a442

// wireFilter is the program that the kernel runs on every frame. It passes how
// connections begin and what devices say of themselves: names asked for and
// answered (DNS), hellos (TLS, QUIC, DTLS), handshakes (STUN, WireGuard, OpenVPN,
// IKE), greetings of protocols for desktops, names and addresses on the local
// network (mDNS, LLMNR, NetBIOS, DHCP, ARP, neighbour discovery). It refuses
// everything else: what people send and read never gets here. The one exception
// is said at continues.
func wireFilter() ([]bpf.RawInstruction, error) {
	p := newFrameFilter()
	p.ethernet()
	p.ipv4()
	p.ipv6()
	p.mark("transport")
	p.recall(cellProtocol)
	p.jump(protocolTCP, "tcp", "")
	p.jump(protocolUDP, "udp", "")
	p.jump(protocolICMPv6, "icmp6", "refuse")
	p.tcp()
	p.udp()
	p.handshakes()
	p.mark("icmp6")
	p.load(0, 1)
	p.when(bpf.JumpLessThan, 133, "refuse", "")
	p.when(bpf.JumpGreaterThan, 137, "refuse", "keep nd")
	p.keep("keep nd", keptND)
	p.keep("keep banner", parse.BannerBytes)
	p.keep("keep hello", keptHello)
	p.keep("keep continuation", continuesMost)
	p.keep("keep names", keptNames)
	p.keep("keep dtls", keptDTLS)
	p.keep("keep handshake", keptHandshake)
	p.mark("arp")
	p.add(bpf.RetConstant{Val: keptARP})
	p.mark("refuse")
	p.add(bpf.RetConstant{Val: 0})
	return p.assemble()
}

// tcp looks at no port for what begins a connection: what listens where it
// should not is what is looked for.
func (p *frameFilter) tcp() {
	p.mark("tcp")
	p.load(2, 2)
	p.store(cellPort)
	p.load(13, 1)
	p.store(cellFlags)
	p.tcpPayload()
	p.load(0, 4) // no data, no further
	p.banners()
	p.jump(0x494b4554, "ike in tcp", "") // "IKETCP"
	p.masked(0xffff0000)
	p.jump(0x16030000, "hello", "") // TLS: a handshake, version 3.x
	p.load(4, 4)
	p.jump(stunCookie, "stun in tcp", "")
	p.load(6, 4) // framed by its length (RFC 4571)
	p.jump(stunCookie, "keep handshake", "")
	p.openvpnOverTCP()
	p.continues()
	p.greetings()
	p.expect("ike in tcp", 4, 2, "keep handshake", "refuse", 0x4350)
	p.mark("hello") // a ClientHello, of which the first record may have one byte
	p.load(5, 1)
	p.jump(1, "keep hello", "refuse")
	p.mark("stun in tcp")
	p.load(0, 2)
	p.carries("refuse", "keep handshake")
}

// carries tells STUN's indications that carry media through a relay, of which
// there are thousands a second, from its other messages.
func (p *frameFilter) carries(media, other string) {
	p.jump(0x0016, media, "")
	p.jump(0x0017, media, "")
	p.when(bpf.JumpGreaterOrEqual, 0x4000, media, other)
}

// continues passes what may be the second segment of a ClientHello, which with
// post-quantum keys is longer than one packet. No filter that forgets can know
// it for certain. It goes to the port of HTTPS, ends what was written (PSH), is
// neither tiny nor as long as a packet can be, and does not begin with a TLS
// record. Of what is sent over TLS hardly anything looks like this: a later
// record begins with its header, and what does not is the last piece of a long
// upload's record, enciphered. Whoever hears it drops it at once when no hello
// waits for it.
func (p *frameFilter) continues() {
	p.mark("continues")
	p.recall(cellPort)
	p.jump(443, "", "refuse")
	p.recall(cellFlags)
	p.masked(0x0f)
	p.jump(0x08, "", "refuse") // PSH, without RST, SYN, FIN
	p.recall(cellEnd)
	p.add(bpf.ALUOpX{Op: bpf.ALUOpSub})
	p.when(bpf.JumpLessThan, continuesLeast, "refuse", "")
	p.when(bpf.JumpGreaterThan, continuesMost, "refuse", "")
	p.load(0, 4)
	p.masked(0xfcff0000)
	p.jump(0x14030000, "refuse", "keep continuation")
}

// udp goes by port where names have one, and else by how the datagram begins.
func (p *frameFilter) udp() {
	p.mark("udp")
	p.load(0, 2)
	p.names("from", "to")
	p.mark("to")
	p.load(2, 2)
	p.names("at", "by content")
	p.mark("dns") // a standard query or its answer, with one question
	p.load(8+2, 1)
	p.masked(0x78)
	p.jump(0, "", "by content") // tunnels like this port, which every network lets through
	p.load(8+4, 2)
	p.jump(1, "keep names", "by content")
}

// names compares a port with those of names; most are none.
func (p *frameFilter) names(side, other string) {
	p.when(bpf.JumpGreaterThan, 547, side+" above", "")
	p.jump(portDNS, "dns", "")
	for _, port := range []uint32{67, 68, 137, 546, 547} {
		p.jump(port, "keep names", "")
	}
	p.always(other)
	p.mark(side + " above")
	p.jump(5353, "keep names", "")
	p.jump(5355, "keep names", other)
}

// handshakes go by the first word of a datagram. What one test refuses the next
// may know: IKE begins with a number drawn by chance.
func (p *frameFilter) handshakes() {
	const data = 8 // behind the UDP header
	p.mark("by content")
	p.load(data, 4)
	p.jump(0x01000000, "wireguard asks", "")
	p.jump(0x02000000, "wireguard answers", "")
	p.jump(0x16feff00, "dtls", "") // handshake, version, the first epoch
	p.jump(0x16fefd00, "dtls", "")
	p.when(bpf.JumpGreaterOrEqual, 0xc0000000, "quic", "") // a long header
	p.when(bpf.JumpGreaterOrEqual, 0x80000000, "ike", "")  // media, most of all
	p.when(bpf.JumpGreaterOrEqual, 0x40000000, "openvpn", "")
	p.load(data+4, 4)
	p.jump(stunCookie, "stun", "openvpn")
	p.mark("stun")
	p.load(data, 2)
	p.carries("refuse", "keep handshake")

	p.expect("wireguard asks", 4, 2, "keep handshake", "ike", 8+148)
	p.expect("wireguard answers", 4, 2, "keep handshake", "ike", 8+92)
	p.expect("dtls", data+4, 4, "dtls in clear", "refuse", 0) // the first records of the first epoch
	p.expect("dtls in clear", data+13, 1, "keep dtls", "refuse", 1)
	p.initial(data)
	p.openvpn(data)
	p.mark("ike") // its header, alone or behind four zero bytes (RFC 3948)
	p.ike(data, "ike behind zeros")
	p.mark("ike behind zeros")
	p.load(data, 4)
	p.jump(0, "", "refuse")
	p.ike(data+4, "refuse")
}

// ike knows the first message of a negotiation and its answer, by version,
// exchange, flags and number.
func (p *frameFilter) ike(data uint32, other string) {
	p.load(data+20, 4)
	p.jump(0, "", other)
	p.load(data+16, 4)
	p.jump(0x01100200, "keep handshake", "") // IKEv1, main mode
	p.jump(0x01100400, "keep handshake", "") // aggressive
	p.masked(0x00fffbef)                     // IKEv2 begins or is resumed
	p.jump(0x00202208, "keep handshake", "")
	p.jump(0x00202220, "keep handshake", other)
}

// initial wants a client's first flight of QUIC version 1 or 2, at least 1200 bytes
// (RFC 9000 §14.1). Its first datagram goes to a connection id of 8 bytes or more;
// once the server has answered, the rest of the hello goes to the one that the
// server gave, which may be shorter or nothing.
func (p *frameFilter) initial(data uint32) {
	p.mark("quic")
	p.load(data+1, 4)
	p.jump(1, "first", "")
	p.jump(0x6b3343cf, "second", "ike")
	p.mark("first")
	p.load(data, 1)
	p.masked(0x30)
	p.jump(0, "sized", "refuse")
	p.mark("second")
	p.load(data, 1)
	p.masked(0x30)
	p.jump(0x10, "sized", "refuse")
	p.mark("sized")
	p.load(4, 2)
	p.when(bpf.JumpLessThan, 8+1200, "refuse", "")
	p.load(data+5, 1)
	p.when(bpf.JumpGreaterThan, 20, "refuse", "keep hello")
}

// openvpn wants the message that begins a session or its answer: where its
// packet's number stands, which is one of the first, is told by its length, that
// is, by how it is authenticated.
func (p *frameFilter) openvpn(data uint32) {
	const number = 9 // where it stands in a packet that is not, or enciphered
	codes := []uint32{16, 20, 28, 32, 48, 64}
	at := func(code uint32) string { return fmt.Sprintf("openvpn behind %d", code) }
	p.mark("openvpn")
	p.load(data, 1)
	p.jump(7<<3, "openvpn asks", "")
	p.jump(8<<3, "openvpn answers", "")
	p.jump(10<<3, "openvpn plain", "ike")
	p.mark("openvpn asks")
	p.load(4, 2)
	for _, code := range codes {
		p.jump(8+22+code, at(code), "")
	}
	p.always("openvpn plain")
	p.mark("openvpn answers")
	p.load(4, 2)
	for _, code := range codes {
		p.jump(8+34+code, at(code), "")
		p.jump(8+40+code, at(code), "")
	}
	p.always("openvpn plain")
	for _, code := range codes {
		p.mark(at(code))
		p.load(data+number+code, 4)
		p.masked(0xf0ffff00)
		p.jump(0, "keep handshake", "openvpn plain")
	}
	p.mark("openvpn plain")
	p.load(data+number, 4)
	p.masked(0xf0ffff00)
	p.jump(0, "keep handshake", "ike")
}

// openvpnOverTCP wants what openvpn does, alone in its segment behind its length.
func (p *frameFilter) openvpnOverTCP() {
	p.load(2, 1)
	p.jump(7<<3, "openvpn in tcp", "")
	p.jump(8<<3, "openvpn in tcp", "")
	p.jump(10<<3, "openvpn in tcp", "continues")
	p.mark("openvpn in tcp")
	p.load(0, 2)
	p.store(cellLength)
	p.recall(cellEnd)
	p.add(
		bpf.ALUOpX{Op: bpf.ALUOpSub}, bpf.StoreScratch{Src: bpf.RegX, N: cellPlace},
		bpf.LoadScratch{Dst: bpf.RegX, N: cellLength}, bpf.ALUOpX{Op: bpf.ALUOpSub}, bpf.LoadScratch{Dst: bpf.RegX, N: cellPlace},
	)
	p.jump(2, "keep handshake", "continues")
}
