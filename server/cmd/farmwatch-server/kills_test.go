//go:build !e2e

package main

// kills is how often TestKill kills the collector.
const kills = 5
