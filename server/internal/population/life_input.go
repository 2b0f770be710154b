package population

import "github.com/farmwatch/farmwatch/proto/finding"

// The lives in which programs or plugs make input and pictures.

// accessibility has all input made by programs: speech, switches, an eye tracker.
func accessibility(f *Fleet, life string) int {
	l := f.laptop(life, f.anybody(), atHome, desk("home", "monitor"), meets, kept(carriedAbout), family)
	if chance(f.random, 0.3) {
		l.also(carried("switch_control"))
		return 1
	}
	l.system = "windows"
	l.also(carriedRows(
		program("nvda.exe", "product", "NVDA", "signature", "valid", "signer", "NV Access Limited"), program("natspeak.exe", "product", "Dragon", "signature", "valid", "signer", "Nuance Communications, Inc."),
		program("osk.exe"), program("VoiceAccess.exe"), program("AutoHotkey64.exe"), spoken(),
	))
	return 1
}

// spoken is input that a speech program makes, all day.
func spoken() finding.Observation {
	return rowOf("input_devices", map[string]string{
		"device": "sendinput", "name": "made by programs", "bus": "virtual", "place": "virtual", "maker": "sendinput", "can": "keyboard pointer", "keys": "enough", "key_percent": "100",
		"pointer": "enough", "pointer_percent": "90", "only_pointer": "false", "built_in": "silent", "injected_percent": "100", "typing": "enough", "short_dwell_percent": "100",
		"together_percent": "100", "cadence": "none",
	})
}

// jiggler has something that keeps the laptop awake: a program, or a plug that is a mouse.
func jiggler(f *Fleet, life string) int {
	l := f.laptop(life, f.anybody(), atHome, desk("home", f.desktop()...), meets, kept(carriedAbout), family)
	switch f.random.IntN(4) {
	case 0:
		l.also(carriedRows(program("caffeine.exe")))
	case 1:
		l.also(carriedRows(program("PowerToys.Awake.exe")))
	case 2:
		l.also(carriedRows(program("mousejiggle.exe")), carried("jiggler_program"))
	default:
		l.also(carried("jiggler_plug"))
	}
	return 1
}

func virtualCamera(f *Fleet, life string) int {
	k := carriedAbout
	k.camera, k.virtual = "both", true
	l := f.laptop(life, f.anybody(), atHome, desk("home", f.desktop()...), meets, kept(k), family, carriedRows(program("obs64.exe", "product", "OBS Studio", "signature", "valid", "signer", "OBS Project LLC"), program("ManyCam.exe")))
	if chance(f.random, 0.3) {
		l.also(desk("home", "capture_card"))
	}
	return 1
}
