package catalogue

import "embed"

// The recorded machines are for tests and stay out of the binaries.
//
//go:embed rules tools devices assess classes.yaml
var embedded embed.FS

// Embedded loads the catalogue that this binary was built with.
func Embedded() (*Catalogue, error) { return Load(embedded) }
