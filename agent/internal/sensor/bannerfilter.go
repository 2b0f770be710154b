package sensor

// banners compares the first word of what TCP carries with the greetings of
// protocols by which desktops are shown and driven.
func (p *frameFilter) banners() {
	for _, begin := range []struct {
		words uint32
		then  string
	}{
		{0x52464220, "rfb"},         // "RFB "
		{0x820c5246, "framed"},      // a WebSocket's message of 12 bytes, "RF"
		{0x03000013, "rdp"},         // TPKT of 19 bytes
		{0x0000000b, "barrier"},     // 11 bytes follow
		{0x52454451, "keep banner"}, // "REDQ", SPICE
		{0x5353482d, "keep banner"}, // "SSH-"
		{0x4e58442d, "keep banner"}, // "NXD-"
		{0x4e585348, "keep banner"}, // "NXSH"
		{0x01000b00, "x11"},         // X11: yes, version 11
		{0x0100000b, "x11"},         // in the other order of bytes
	} {
		p.jump(begin.words, begin.then, "")
	}
}

// greetings are how those go on whose first word is not enough.
func (p *frameFilter) greetings() {
	p.expect("rfb", 4, 1, "keep banner", "refuse", '0')
	p.expect("framed", 2, 4, "keep banner", "refuse", 0x52464220)
	p.expect("rdp", 4, 2, "keep banner", "refuse", 0x0ed0) // connection confirm
	p.expect("barrier", 4, 4, "keep banner", "refuse", 0x42617272, 0x53796e65)
	p.expect("x11", 4, 2, "keep banner", "refuse", 0)
}
