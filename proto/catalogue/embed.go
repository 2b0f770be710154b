package catalogue

import _ "embed" // for what binaries carry

// The source stays out of the binaries: they carry what `make generate` made of
// it, and a test that both say the same.
//
//go:embed catalogue.bin
var embedded string

// Embedded opens the catalogue that this binary was built with.
func Embedded() (*Catalogue, error) { return open(embedded) }
