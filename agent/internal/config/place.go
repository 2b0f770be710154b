package config

import (
	"runtime"
	"strings"
)

// Path is where the packages put the configuration file.
func Path() string { return placeOn(runtime.GOOS).file }

// Default is the configuration of an agent about which nothing was said.
func Default() Config { return defaultOn(runtime.GOOS) }

// Own is the folder of the program's own in which its configuration, its token and
// its state lie. It is empty on a system whose package makes their folders.
func Own() string { return placeOn(runtime.GOOS).own }

// ServiceLog is where a service writes its log unless the configuration says
// where. It is empty on a system that keeps what a service prints.
func ServiceLog() string { return placeOn(runtime.GOOS).log }

func defaultOn(system string) Config {
	p := placeOn(system)
	return Config{StateDir: p.state, TokenFile: p.token, LogLevel: "info", SpoolMiB: 64}
}

// place is where one operating system wants the files of a service.
type place struct {
	file, token, state string
	log                string // empty where the system keeps what a service prints
	own                string // holds all of these, where no package makes their folders
}

// placeOn names the places in full: what the environment of whoever starts the
// agent says must not move its state. Windows of this century stands on C:, and
// where it does not, the installer names the folders.
func placeOn(system string) place {
	switch system {
	case "windows":
		const own = `C:\ProgramData\farmwatch\`
		return place{file: own + "agent.yaml", token: own + "token", state: own + "agent", log: own + `agent\agent.log`, own: strings.TrimSuffix(own, `\`)}
	case "darwin":
		const own = "/Library/Application Support/farmwatch/"
		return place{file: own + "agent.yaml", token: own + "token", state: own + "agent", log: "/Library/Logs/farmwatch/agent.log", own: strings.TrimSuffix(own, "/")}
	}
	return place{file: "/etc/farmwatch/agent.yaml", token: "/etc/farmwatch/token", state: "/var/lib/farmwatch-agent"} //nolint:gosec // file names, no secret
}
