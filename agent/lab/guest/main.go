//go:build linux

// Command guest is the only program, beside the agent's, of the laboratory's
// virtual laptops. It plugs things in with the kernel's own drivers, lets the
// agent look, and says whether the agent found what it must. See ../README.md.
package main

import (
	"cmp"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

func main() {
	failed := 1
	if err := begin(); err != nil {
		say("failed", "boot", "a laptop that starts", err.Error(), "", 0)
	} else {
		failed = play(chosen())
	}
	fmt.Printf("LAB-END %d\n", failed)
	unix.Sync()
	_ = unix.Reboot(unix.LINUX_REBOOT_CMD_POWER_OFF)
}

// begin makes of a bare kernel a laptop: file systems, drivers, a console.
func begin() error {
	for _, m := range [][2]string{{"proc", "/proc"}, {"sysfs", "/sys"}, {"devtmpfs", "/dev"}, {"debugfs", "/sys/kernel/debug"}} {
		if err := unix.Mount(m[0], m[1], m[0], 0, ""); err != nil {
			return fmt.Errorf("mount %s: %w", m[1], err)
		}
	}
	console, err := os.OpenFile("/dev/console", os.O_RDWR, 0)
	if err != nil {
		return err
	}
	os.Stdout, os.Stderr = console, console
	if err := loadDrivers(); err != nil {
		return err
	}
	if err := unix.Mount("configfs", configfs, "configfs", 0, ""); err != nil {
		return fmt.Errorf("mount %s: %w", configfs, err)
	}
	return await("the laptop with all that belongs to it", func() bool {
		return inputs("AT Translated Set 2 keyboard", "Explorer Mouse", "USB Keyboard", "USB Mouse", "Lid Switch", "Power Button") &&
			connector() != "" && len(names("/sys/class/power_supply/*")) == 2
	})
}

// inputs says whether there is an input device of each name.
func inputs(wanted ...string) bool {
	var there strings.Builder
	for _, path := range names("/sys/class/input/event*/device/name") {
		there.WriteString(text(path) + "\n")
	}
	return !slices.ContainsFunc(wanted, func(name string) bool { return !strings.Contains(there.String(), name) })
}

// machines are the virtual laptops and what is done to each.
var machines = map[string][]scenario{"plugs": slices.Concat(plugs, arrivals), "hands": slices.Concat(hands, asked), "elsewhere": elsewhere}

// chosen are the scenarios of this machine, or those among them that are named.
func chosen() []scenario {
	all, only := machines[argument("lab.machine=")], argument("lab.only=")
	if only == "" {
		return all
	}
	return slices.DeleteFunc(slices.Clone(all), func(s scenario) bool { return !slices.Contains(strings.Split(only, ","), s.name) })
}

func argument(name string) string {
	for _, word := range strings.Fields(text("/proc/cmdline")) {
		if value, found := strings.CutPrefix(word, name); found {
			return value
		}
	}
	return ""
}

// say prints one line for the runner on the host: tab-separated, one scenario.
func say(how, name, want, level, rules string, took time.Duration) {
	fmt.Printf("LAB\t%s\t%s\t%s\t%s\t%s\t%.1f\n", how, name, want, cmp.Or(level, "nothing"), cmp.Or(rules, "no rule"), took.Seconds())
}
