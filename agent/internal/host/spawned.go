package host

import "sync/atomic"

// spawned counts the tools that this process ran.
var spawned atomic.Int64

// Spawned is how many tools this process ran so far, all of them of the fixed
// list of tools.go.
func Spawned() int { return int(spawned.Load()) }
