package host

import (
	"fmt"
	"strconv"
	"time"
)

// Tool is one command line farmwatch may run. The list below is complete:
// nothing else is ever executed, and no argument comes from outside.
type Tool struct {
	Name    string        // how a recording keeps its output: "tools/<name>"
	Command []string      // program and all its arguments
	Timeout time.Duration // how long it may take
	Keep    string        // regular expression of the lines that are kept, all where it is empty
}

// The commands, in the order of their names.
var (
	// RPMPackages lists installed packages where the database is not a text file.
	RPMPackages = Tool{
		Name:    "rpm-packages",
		Command: []string{"rpm", "-qa", "--queryformat", `%{NAME}\t%{VERSION}-%{RELEASE}\t%{ARCH}\n`},
		Timeout: 20 * time.Second,
	}
	// JournalSessions prints what programs of remote access wrote to systemd's journal within a day.
	JournalSessions = journal("journal-sessions", "-25h")
	// JournalSessionsNow is the same of the last minutes.
	JournalSessionsNow = journal("journal-sessions-now", "-10min")
	// LogSessions prints what macOS' own screen sharing and Chrome Remote Desktop wrote to the unified log within a day.
	LogSessions = macLogOf("log-sessions", "25h", 10*time.Minute)
	// LogSessionsHours is the same of some hours, as when a laptop slept.
	LogSessionsHours = macLogOf("log-sessions-hours", "3h", 3*time.Minute)
	// LogSessionsNow is the same of the last minutes.
	LogSessionsNow = macLogOf("log-sessions-now", "20m", time.Minute)
	// LogSessionsJust is the same of fewer, while a program runs that writes what is sought.
	LogSessionsJust = macLogOf("log-sessions-just", "5m", 50*time.Second)
	// RPMPrograms lists the programs of installed packages: package, path and hash. Of
	// half a million files it keeps those where programs lie.
	RPMPrograms = Tool{
		Name:    "rpm-programs",
		Command: []string{"rpm", "-qa", "--queryformat", `[%{=NAME}\t%{FILENAMES}\t%{FILEDIGESTS}\n]`},
		Timeout: 60 * time.Second,
		Keep:    `^[^\t]+\t/((usr/)?(local/)?(bin|sbin|games|libexec)/|(usr/lib|opt)/[^\t]*/[^\t./]+\t)`,
	}
	// IORegUSB prints what macOS knows of each USB device, its interfaces and disks, as a property list.
	IORegUSB = ioreg("ioreg-usb", "-c", "IOUSBHostDevice")
	// IORegHID prints each input device with its report descriptor.
	IORegHID = ioreg("ioreg-hid", "-c", "IOHIDDevice", "-d", "1")
	// IORegDisplay prints each display that a picture is sent to.
	IORegDisplay = ioreg("ioreg-display", "-c", "IOMobileFramebuffer", "-d", "1")
	// IORegEDID prints the displays of Intel machines, which have another class, with their EDIDs.
	IORegEDID = ioreg("ioreg-edid", "-c", "IODisplay", "-d", "1")
)

// PrivacyGrants prints what macOS' register of rights (TCC) says of seeing the
// screen and of making and following input, with what it asks of who uses them.
var PrivacyGrants = Tool{
	Name: "privacy-grants",
	Command: []string{"sqlite3", "-readonly", "-json", "/Library/Application Support/com.apple.TCC/TCC.db",
		"select service, client, client_type, auth_value, auth_reason, hex(csreq) as asked from access where service in " +
			"('kTCCServiceScreenCapture', 'kTCCServiceAccessibility', 'kTCCServicePostEvent', 'kTCCServiceListenEvent') limit 4000"},
	Timeout: 10 * time.Second,
}

// JournalMost is how many records of the journal are asked for at once: the newest.
const JournalMost = 4000

// journal asks for the records of few programs, which the journal finds by an index.
func journal(name, since string) Tool {
	command := []string{"journalctl", "-o", "json", "--no-pager", "-q", "-n", strconv.Itoa(JournalMost), "--since", since, "--output-fields=MESSAGE,SYSLOG_IDENTIFIER,_PID"}
	for _, program := range []string{"chromoting", "x11vnc", "Xtigervnc", "X0tigervnc", "x0vncserver", "Xvnc"} {
		command = append(command, "-t", program)
	}
	return Tool{Name: name, Command: command, Timeout: 10 * time.Second}
}

// macLogOf asks the unified log for the records of few programs.
func macLogOf(name, last string, timeout time.Duration) Tool {
	return Tool{
		Name:    name,
		Command: []string{"log", "show", "--style", "ndjson", "--info", "--last", last, "--predicate", screenSharingRecords},
		Timeout: timeout,
	}
}

// ioreg is a look into macOS' registry of devices.
func ioreg(name string, which ...string) Tool {
	return Tool{Name: name, Command: append([]string{"ioreg", "-a", "-l", "-r"}, which...), Timeout: 10 * time.Second}
}

// Tools is every command line there is.
func Tools() []Tool {
	return []Tool{RPMPackages, RPMPrograms, JournalSessions, JournalSessionsNow, LogSessions, LogSessionsHours, LogSessionsNow, LogSessionsJust, IORegUSB, IORegHID, IORegDisplay, IORegEDID, PrivacyGrants, NetworkCounts}
}

// listedTool gives the tool of this name as it is listed, whatever a caller
// made of his copy.
func listedTool(t Tool) (Tool, error) {
	for _, listed := range Tools() {
		if listed.Name == t.Name {
			return listed, nil
		}
	}
	return Tool{}, fmt.Errorf("tool %q is not on the list: %w", t.Name, ErrUnsupported)
}
