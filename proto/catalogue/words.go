package catalogue

import (
	"fmt"
	"slices"
	"strings"
)

// titles say what a state is, with the tool's name for %s.
var titles = map[string]string{
	StateContacted:  "A network name of %s was looked up or connected to",
	StateReached:    "A program that is not known to belong to %s connected to a network name of it",
	StateInstalled:  "%s is installed",
	StateUnattended: "%s is set up so that nobody at this device needs to agree",
	StateTenant:     "An account or server that %s on this device belongs to is known",
	StateOpened:     "%s is open",
	StateRunning:    "%s is running",
	StateListening:  "%s waits for connections",
	StateConnected:  "%s is connected to a server or a person elsewhere",
	StateControlled: "This device is controlled now through %s",
	StateEntered:    "Somebody came in through %s within the last day without anybody here agreeing",
	StateVisited:    "Somebody was connected to this device through %s within the last day",
}

func (t *Tool) title(state string) string { return fmt.Sprintf(titles[state], t.Name) }

func (t *Tool) techniques() []string {
	switch t.Category {
	case "ide-tunnel":
		return []string{"T1219.001"}
	case "tunnel":
		return []string{"T1572"}
	case "vpn", "mesh":
		return []string{"T1090"}
	case "residential-proxy":
		return []string{"T1090.003"}
	case "jiggler", "virtual-camera", "vm":
		return nil
	}
	return []string{"T1219.002"}
}

// explain says, for a state of a kind of tool, what every finding must say.
func (t *Tool) explain(state string) Explain {
	switch state {
	case StateContacted:
		return t.explainContact()
	case StateReached:
		return t.explainReach()
	}
	return Explain{
		Why:          t.why(state),
		Alternatives: t.alternatives(state),
		Change:       fmt.Sprintf("A sanction for %s on this device, or the program no longer being there.", t.Name),
		Check:        t.byHand(state),
	}
}

// explainContact says how little a name is: it is never counted by a composite.
func (t *Tool) explainContact() Explain {
	return Explain{
		Why: fmt.Sprintf("A name of this product (%s) was looked up or connected to by something on this laptop; a browser visiting its website does the same. "+
			"It is context and raises nothing by itself. Which name it was stays on the laptop.", t.Name),
		Alternatives: "Somebody reading about the product or getting help through its pages, a page that loads something from there, or a program of it that controls other machines and not this one.",
		Change:       fmt.Sprintf("No such name being seen for a day, or a sanction for %s on this device.", t.Name),
		Check:        fmt.Sprintf("See whether %s is installed or running on the device (ps -ef and the package manager's list). If it is neither, there is nothing to follow up.", t.Name),
	}
}

// explainReach says what a name is when the program that asked for it is known.
func (t *Tool) explainReach() Explain {
	return Explain{
		Why: fmt.Sprintf("A program of this laptop connected to a name that %s itself connects to. It is no browser, no part of the system, and none of the programs known to be of %s: "+
			"one that carries another name, or that has it inside, does this. Which name it was stays on the laptop.", t.Name, t.Name),
		Alternatives: "A program for many such tools, a script that somebody here wrote for it, one that looks at links in messages, or a program of it that the catalogue does not know yet.",
		Change:       fmt.Sprintf("No such connection for a day, the program being listed as what it is, or a sanction for %s on this device.", t.Name),
		Check:        "See which program it is and where its file came from, and ask the person what they use it for.",
	}
}

// purposes are what programs of a category do, after the tool's name.
var purposes = map[string]string{
	"tunnel":                    "opens a way from the internet to programs on this device",
	"ide-tunnel":                "lets a browser elsewhere edit files and run commands on this device",
	"vpn":                       "sends this device's traffic out at another place",
	"mesh":                      "joins this device to a private network of other machines",
	"residential-proxy":         "sends other people's traffic out through this device's connection",
	"jiggler":                   "keeps a device looking used while nobody uses it",
	"virtual-camera":            "gives programs a camera picture that no lens made",
	"vm":                        "runs another computer inside this one, or shows that this one is such a computer",
	"screen-share-with-control": "is for meetings, in which a participant can be given this screen's keyboard and mouse",
	"kvm-software":              "shares one keyboard and mouse among several machines, of which this may be one that is driven",
}

// moments are what a state says of now.
var moments = map[string]string{
	StateInstalled:  "It is installed, which says nothing about its use.",
	StateUnattended: "It is set up so that somebody elsewhere can come in without anybody at the device agreeing.",
	StateTenant:     "It belongs to an account or server, by which the company's own can be told from others.",
	StateOpened:     "It is open, and nothing says that it lets anybody in: such a program also controls other machines, or waits unused.",
	StateRunning:    "It is running now.",
	StateListening:  "It is running and waits for somebody to connect.",
	StateConnected:  "It is running and has a connection to the internet, as it has when it waits for a call through its maker's servers.",
	StateControlled: "Somebody is connected to it at this moment.",
	StateEntered:    "Its own records say that somebody came in within the last day by a password or a standing permission, and not because somebody here agreed.",
	StateVisited:    "Its own records say that somebody was connected within the last day and is no longer.",
}

func (t *Tool) why(state string) string {
	what := purposes[t.Category]
	if what == "" {
		what = "lets a person elsewhere see this screen and use its keyboard and mouse"
	}
	now := moments[state]
	if t.Unattended && !t.passage() && slices.Contains([]string{StateInstalled, StateRunning, StateListening, StateConnected}, state) {
		now += " It can be set up so that nobody at the device needs to agree."
	}
	return fmt.Sprintf("%s %s. %s", t.Name, what, now)
}

func (t *Tool) alternatives(state string) string {
	switch {
	case state == StateOpened:
		return "Somebody here helps others with it, took part in a meeting or left it open after being helped, or the system began it by itself."
	case t.passage() && strings.HasSuffix(t.Category, "tunnel"):
		return "Developers show work in progress and reach their own machines this way."
	case t.Category == "vpn", t.Category == "mesh":
		return "Company networks, travel and a wish for privacy are common reasons."
	case t.Category == "residential-proxy":
		return "Such programs are often bundled with free software, without the owner noticing."
	case t.Category == "vm":
		return "Developers and testers run other systems this way, and companies give out whole desktops as virtual machines."
	case t.Category == "virtual-camera":
		return "People blur their room, show slides or use a better camera this way."
	case t.Category == "jiggler":
		return "People who read, think or present for long keep the screen from locking this way."
	case state == StateUnattended, state == StateEntered:
		return "The company's support setting devices up for maintenance outside working hours, or the owner reaching their own device from elsewhere."
	}
	return "The company's support, the owner reaching their own device from elsewhere, a shared screen in a meeting or assistive use."
}

// hands are how to see by hand what a state says.
var hands = map[string]string{
	StateInstalled:  "Ask who installed it and when; the package manager's log has the date.",
	StateUnattended: "Open the program's settings for access without confirmation, and ask the support desk whether it set them.",
	StateTenant:     "Compare the account or server in the program's settings with the company's own; grant a sanction that names it.",
	StateOpened:     "Ask the person whom they help with it, or who helped them.",
	StateListening:  "See which address the program's port is bound to and who is connected (ss -tnp), then ask the person and the support desk.",
	StateConnected:  "See where the program is connected to (ss -tnp), then ask the person and the support desk.",
	StateControlled: "See which address the program's port is bound to and who is connected (ss -tnp), then ask the person and the support desk.",
	StateEntered:    "Read the program's own record of incoming connections, then ask the person and the support desk for a ticket of that time.",
	StateVisited:    "Read the program's own record of incoming connections, then ask the person and the support desk for a ticket of that time.",
}

func (t *Tool) byHand(state string) string {
	if how := hands[state]; how != "" {
		return how
	}
	return "See who started the program and when (ps -ef), then ask the person and the support desk."
}
