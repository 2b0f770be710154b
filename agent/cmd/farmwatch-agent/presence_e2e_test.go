//go:build e2e

package main_test

import (
	"os"
	"strings"
	"testing"
	"time"
)

// handsAt is a laptop where somebody is logged in and presses keys of one keyboard.
const handsAt = `-- platform.yaml --
os: linux
chassis: laptop
hardware: of WHO
-- sessions.yaml --
- {id: "2", user: kim, kind: graphical}
-- input.txt --
device own name="AT keyboard" bus=serio place=built_in can=keyboard
device kvm name="Multifunction USB Device" bus=usb place=external port=1-1 can=keyboard
repeat 900 1s
  0ms WHO press
  80ms WHO release
end
`

type askedOf struct {
	ID, State  string
	AnsweredBy string `json:"answered_by"`
	From       string `json:"answered_from"`
	After      any    `json:"answered_after_ms"`
	Detail     string
}

// TestPresenceIsAskedOverTheRealWire: an analyst asks, the signed bundle carries
// the question, hands at the laptop answer it, and a KVM's hands do not. The
// answer moves no assessment, and taking a question back ends it on the laptop.
func TestPresenceIsAskedOverTheRealWire(t *testing.T) {
	i := install(t)
	token := i.run("farmwatch-server", "token", "create", "--state", i.path("server"), "--uses", "2", "--ttl", "10m", "--quiet")
	laptop, farm := i.handsAt("laptop", "own", token), i.handsAt("farm", "kvm", token)
	before := i.judged(laptop, farm)

	i.run("farmwatchctl", "presence", "request", laptop, "--due", "10m", "--reason", "to see whether hands answer")
	i.run("farmwatchctl", "presence", "request", farm, "--due", "10m", "--reason", "to see whether a KVM answers")
	var asked []askedOf
	eventually(t, 30*time.Second, "hands at the laptop answer", func() bool {
		i.ask(&asked, "presence", "list", "--device", laptop)
		return len(asked) == 1 && asked[0].State == "answered"
	})
	if a := asked[0]; a.AnsweredBy != "builtin_keyboard" || a.From != "AT keyboard" || a.After == nil {
		t.Errorf("answered as %+v", a)
	}
	eventually(t, 30*time.Second, "the question stands on the other screen", func() bool {
		i.ask(&asked, "presence", "list", "--device", farm)
		return len(asked) == 1 && asked[0].State == "shown"
	})
	time.Sleep(4 * time.Second) // the KVM goes on typing, and its look goes on up
	i.ask(&asked, "presence", "list", "--device", farm)
	if len(asked) != 1 || asked[0].State != "shown" || !strings.Contains(asked[0].Detail, "1 desktop") {
		t.Errorf("the KVM's hands: %+v, want it shown and not answered", asked)
	}
	if after := i.judged(laptop, farm); after != before {
		t.Errorf("judged before as\n%s\nand after as\n%s", before, after)
	}

	i.run("farmwatchctl", "presence", "withdraw", asked[0].ID)
	eventually(t, 30*time.Second, "the laptop stops asking", func() bool {
		return strings.Contains(i.run("farmwatch-agent", "presence", "--state", i.path("farm")), "Nothing is asked")
	})
}

// judged waits until both devices are, and tells how.
func (i *installation) judged(devices ...string) string {
	i.t.Helper()
	var told string
	eventually(i.t, 30*time.Second, "both laptops are judged", func() bool {
		told = ""
		for _, device := range devices {
			told += i.run("farmwatchctl", "assessments", "list", "--device", device, "-o", "csv")
		}
		return strings.Count(told, "remotely_controlled") == len(devices)
	})
	return told
}

// handsAt enrols a recorded laptop whose person types on one of its keyboards,
// lets its agent run, and gives the device's id.
func (i *installation) handsAt(name, keyboard, token string) (device string) {
	i.t.Helper()
	file := i.path(name + ".txtar")
	if err := os.WriteFile(file, []byte(strings.ReplaceAll(handsAt, "WHO", keyboard)), 0o600); err != nil {
		i.t.Fatal(err)
	}
	if err := os.WriteFile(i.path("token"), []byte(token), 0o600); err != nil {
		i.t.Fatal(err)
	}
	said := i.run("farmwatch-agent", "enroll", "--state", i.path(name), "--server", i.agents, "--token-file", i.path("token"), "--recording", file)
	running := i.start(name+".log", "farmwatch-agent", "run", "--state", i.path(name), "--recording", file)
	i.t.Cleanup(func() { i.stop(running) })
	i.waitFor(name+".log", "connected")
	return said[strings.LastIndexByte(said, ' ')+1:]
}
