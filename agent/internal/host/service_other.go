//go:build !windows

package host

import "context"

// Serve runs what a service does until it is told to stop, which systemd,
// OpenRC and launchd say by a signal that ends ctx.
func Serve(ctx context.Context, _ string, life func(context.Context) error) error { return life(ctx) }

// SettleService has nothing to do: here a unit or plist says all there is.
func SettleService(string) error { return nil }
