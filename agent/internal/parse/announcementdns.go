package parse

import (
	"errors"
	"fmt"
	"strings"

	"golang.org/x/net/dns/dnsmessage"
)

// dnsSection is one section of a message, as its parser reads it.
type dnsSection struct {
	what   string
	header func() (dnsmessage.ResourceHeader, error)
	skip   func() error
}

// records hands over the records of a section, to one that says whether it has
// read what a record holds. One whose name is malformed, as that of a service
// whose label holds a dot is to the library, is left out.
func (a *Announcement) records(s dnsSection, take func(dnsmessage.ResourceHeader) (read bool, err error)) error {
	for i := 0; ; i++ {
		header, err := s.header()
		if errors.Is(err, dnsmessage.ErrSectionDone) {
			return nil
		}
		if i >= announcedRecords {
			a.Left++
			return nil
		}
		read := false
		if err == nil {
			read, err = take(header)
		}
		if err != nil {
			a.Left++
		}
		if read {
			continue
		}
		if err := s.skip(); err != nil {
			return fmt.Errorf("%s announcement, %s %d: %w", a.Kind, s.what, i+1, err)
		}
	}
}

// behindQuestions gives a message of DNS' form, read as far as its first answer.
func (a *Announcement) behindQuestions(b []byte) (*dnsmessage.Parser, dnsmessage.Header, error) {
	p := &dnsmessage.Parser{}
	header, err := p.Start(b)
	if err == nil {
		err = p.SkipAllQuestions()
	}
	if err != nil {
		err = fmt.Errorf("%s announcement of %d bytes: %w", a.Kind, len(b), err)
	}
	return p, header, err
}

// multicastDNS reads mDNS (RFC 6762): of an answer all that it says, of a question
// only the names that a device asks whether anybody else has before it takes them.
func (a *Announcement) multicastDNS(b []byte) error {
	p, header, err := a.behindQuestions(b)
	if err != nil {
		return err
	}
	take := func(h dnsmessage.ResourceHeader) (bool, error) { return a.service(p, h) }
	if !header.Response {
		if err := p.SkipAllAnswers(); err != nil {
			return fmt.Errorf("%s announcement of %d bytes: %w", a.Kind, len(b), err)
		}
		return a.records(dnsSection{"authority", p.AuthorityHeader, p.SkipAuthority}, take)
	}
	if err := a.records(dnsSection{"answer", p.AnswerHeader, p.SkipAnswer}, take); err != nil {
		return err
	}
	if err := p.SkipAllAnswers(); err != nil {
		return fmt.Errorf("%s announcement of %d bytes: %w", a.Kind, len(b), err)
	}
	if err := p.SkipAllAuthorities(); err != nil {
		return fmt.Errorf("%s announcement of %d bytes: %w", a.Kind, len(b), err)
	}
	return a.records(dnsSection{"additional", p.AdditionalHeader, p.SkipAdditional}, take)
}

const serviceList = "_services._dns-sd._udp."

// service takes in one record of mDNS.
func (a *Announcement) service(p *dnsmessage.Parser, h dnsmessage.ResourceHeader) (read bool, err error) {
	owner := h.Name.String()
	switch h.Type {
	case dnsmessage.TypeA, dnsmessage.TypeAAAA:
		a.named(owner)
	case dnsmessage.TypeSRV:
		a.offers(serviceType(owner))
		r, err := p.SRVResource()
		if err != nil {
			return false, err
		}
		a.named(r.Target.String())
		return true, nil
	case dnsmessage.TypePTR:
		lower := strings.ToLower(owner)
		a.offers(serviceType(owner))
		if !reverseName(lower) && !strings.HasPrefix(lower, serviceList) {
			return false, nil
		}
		r, err := p.PTRResource()
		if err != nil {
			return false, err
		}
		if reverseName(lower) {
			a.named(r.PTR.String())
		} else {
			a.offers(serviceType(r.PTR.String()))
		}
		return true, nil
	case dnsmessage.TypeTXT:
		if serviceType(owner) == "_device-info._tcp" {
			return a.deviceProduct(p)
		}
	}
	return false, nil
}

func reverseName(lower string) bool {
	return strings.HasSuffix(lower, ".in-addr.arpa.") || strings.HasSuffix(lower, ".ip6.arpa.")
}

// deviceProduct reads what Apple's machines and Samba say they are.
func (a *Announcement) deviceProduct(p *dnsmessage.Parser) (read bool, err error) {
	r, err := p.TXTResource()
	if err != nil {
		return false, err
	}
	for _, text := range r.TXT {
		if model, ok := strings.CutPrefix(text, "model="); ok && a.Product == "" {
			a.Product = announcedLabel([]byte(model))
		}
	}
	return true, nil
}

// serviceType finds the type in the name of a service or of one that offers it,
// e.g. "_ipp._tcp" in "Printer._ipp._tcp.local."; "" when there is none. What
// lists the types is none itself.
func serviceType(name string) string {
	name = strings.ToLower(name)
	for _, over := range []string{"._tcp.", "._udp."} {
		end := strings.Index(name+".", over)
		if end < 0 {
			continue
		}
		label := name[strings.LastIndexByte(name[:end], '.')+1 : end]
		if len(label) < 2 || len(label) > 17 || label[0] != '_' || label == "_dns-sd" {
			return ""
		}
		for _, c := range []byte(label[1:]) {
			if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' && c != '_' {
				return ""
			}
		}
		return label + strings.TrimSuffix(over, ".")
	}
	return ""
}

// linkLocal reads LLMNR (RFC 4795): who answers has the name that was asked for.
func (a *Announcement) linkLocal(b []byte) error {
	p, header, err := a.behindQuestions(b)
	if err != nil {
		return err
	}
	if !header.Response {
		return nil
	}
	return a.records(dnsSection{"answer", p.AnswerHeader, p.SkipAnswer}, func(h dnsmessage.ResourceHeader) (bool, error) {
		owner := h.Name.String()
		switch h.Type {
		case dnsmessage.TypeA, dnsmessage.TypeAAAA:
			a.named(owner)
		case dnsmessage.TypePTR:
			r, err := p.PTRResource()
			if err != nil {
				return false, err
			}
			if reverseName(strings.ToLower(owner)) {
				a.named(r.PTR.String())
			}
			return true, nil
		}
		return false, nil
	})
}
