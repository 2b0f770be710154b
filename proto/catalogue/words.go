package catalogue

import "fmt"

func (t *Tool) title(state string) string {
	switch state {
	case StateContacted:
		return fmt.Sprintf("A network name of %s was looked up or connected to", t.Name)
	case StateControlled:
		return fmt.Sprintf("This device is controlled now through %s", t.Name)
	case StateListening:
		return fmt.Sprintf("%s waits for connections", t.Name)
	case StateRunning:
		return fmt.Sprintf("%s is running", t.Name)
	}
	return fmt.Sprintf("%s is installed", t.Name)
}

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
	case "jiggler", "virtual-camera":
		return nil
	}
	return []string{"T1219.002"}
}

// explain says, for a state of a kind of tool, what every finding must say.
func (t *Tool) explain(state string) Explain {
	if state == StateContacted {
		return t.explainContact()
	}
	return Explain{
		Why:          t.why(state),
		Alternatives: t.alternatives(),
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

func (t *Tool) why(state string) string {
	what := map[string]string{
		"tunnel":            "opens a way from the internet to programs on this device",
		"ide-tunnel":        "lets a browser elsewhere edit files and run commands on this device",
		"vpn":               "sends this device's traffic out at another place",
		"mesh":              "joins this device to a private network of other machines",
		"residential-proxy": "sends other people's traffic out through this device's connection",
		"jiggler":           "keeps a device looking used while nobody uses it",
		"virtual-camera":    "gives programs a camera picture that no lens made",
	}[t.Category]
	if what == "" {
		what = "lets a person elsewhere see this screen and use its keyboard and mouse"
	}
	now := map[string]string{
		StateInstalled:  "It is installed, which says nothing about its use.",
		StateRunning:    "It is running now.",
		StateListening:  "It is running and waits for somebody to connect.",
		StateControlled: "Somebody is connected to it at this moment.",
	}[state]
	if t.Unattended && !t.passage() && state != StateControlled {
		now += " It can be set up so that nobody at the device needs to agree."
	}
	return fmt.Sprintf("%s %s. %s", t.Name, what, now)
}

func (t *Tool) alternatives() string {
	switch t.Category {
	case "tunnel", "ide-tunnel":
		return "Developers show work in progress and reach their own machines this way."
	case "vpn", "mesh":
		return "Company networks, travel and a wish for privacy are common reasons."
	case "residential-proxy":
		return "Such programs are often bundled with free software, without the owner noticing."
	}
	return "The company's support, the owner reaching their own device from elsewhere, a shared screen in a meeting or assistive use."
}

func (t *Tool) byHand(state string) string {
	switch state {
	case StateInstalled:
		return "Ask who installed it and when; the package manager's log has the date."
	case StateListening, StateControlled:
		return "See which address the program's port is bound to and who is connected (ss -tnp), then ask the person and the support desk."
	}
	return "See who started the program and when (ps -ef), then ask the person and the support desk."
}
