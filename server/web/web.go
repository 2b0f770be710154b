// Package web is the console as files: what Vite built from this folder, carried inside the server's binary.
package web

import (
	"embed"
	"io/fs"
)

//go:embed all:dist
var dist embed.FS

// FS returns the built console, index.html at its root. It is empty but for a
// placeholder when the binary was compiled before the console was built, so
// that Go code compiles and tests without Node.
func FS() fs.FS {
	sub, err := fs.Sub(dist, "dist")
	if err != nil { // only a malformed constant path could cause it
		return dist
	}
	return sub
}
