package parse

// ja4 is FoxIO's fingerprint of a hello.
func (b *helloBody) ja4() string { return "" }
