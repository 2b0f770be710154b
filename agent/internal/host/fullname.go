package host

// A FullNameHost is a host that says for whom an account is, where the file in
// which that stands is closed to all but programs with special rights.
type FullNameHost interface {
	// FullName is for whom an account is; "" where nobody says.
	FullName(account string) string
}
