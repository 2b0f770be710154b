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

// withholdSettings says of which classes nothing is recorded since passwords, keys
// or names of somebody's servers stand in what they are read from.
func (r *recorder) withholdSettings() {
	r.denied["remote_access"] = "a recording holds no settings of remote-access software, since passwords and keys stand in them"
	r.denied["network_tunnels"] = "a recording holds no command lines and no settings of tunnels, since keys and names of servers stand in them"
	r.denied["proxy_settings"] = "a recording holds no settings of proxies, since passwords and names of servers stand in them"
}
