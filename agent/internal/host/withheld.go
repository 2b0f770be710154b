package host

// A Withholder is a host that may show less than the machine did: whoever
// recorded it left something out, and that must not look like nothing being there.
type Withholder interface {
	// Withheld is nil, or ErrDenied with the reason for which nothing of a class was recorded.
	Withheld(class string) error
}

var _ Withholder = (*recording)(nil)

// Withheld repeats the reason that the recording gives in denied.yaml.
func (r *recording) Withheld(class string) error { return r.orDenied(class, nil) }
