package finding

// Means is an act that only hands at a laptop can do. Any one that a presence
// check asks for answers it. The word is the wire's and the console's.
type Means string

// The means there are.
const (
	BuiltinKeyboard Means = "builtin_keyboard"
	Lid             Means = "lid"
	PowerPlug       Means = "power_plug"
	Fingerprint     Means = "fingerprint"
	SecurityKey     Means = "security_key"
)

// AllMeans is every means, in the order in which people are told of them.
func AllMeans() []Means {
	return []Means{BuiltinKeyboard, Lid, PowerPlug, Fingerprint, SecurityKey}
}

// MeansWords gives means as the wire writes them.
func MeansWords(means []Means) []string {
	words := make([]string, len(means))
	for i, m := range means {
		words[i] = string(m)
	}
	return words
}
