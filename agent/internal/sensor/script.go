package sensor

import (
	"slices"
	"strings"
)

// An interpreter is a program that runs another one named on its command line.
// Matching its own name would match half of all software.
type interpreter struct {
	code    string   // short options after which the program is text on the command line, not a file
	values  string   // short options that take a value, in the same word or the next
	inline  string   // short options whose value is the rest of the word
	spelled []string // long options after which the program is text on the command line
	long    []string // long options that take the next word as their value
	module  string   // short option whose value names what runs
	script  []string // words after which the next one names what runs
	nothing bool     // without such a word nothing is run by name
}

// interpreterNamed knows interpreters by their file name in lower case, without
// the version number at its end.
func interpreterNamed(name string) (interpreter, bool) {
	switch name {
	case "python", "pythonw", "pypy":
		return interpreter{code: "c", values: "WX", long: []string{"--check-hash-based-pycs"}, module: "m"}, true
	case "perl":
		return interpreter{code: "eE", values: "I", inline: "MmiFxDC0l"}, true
	case "node", "nodejs", "bun", "electron":
		return interpreter{code: "ep", spelled: []string{"--eval", "--print"}, values: "rC", long: []string{"--require", "--import", "--loader", "--experimental-loader", "--conditions", "--env-file"}}, true
	case "ruby":
		return interpreter{code: "e", values: "IrCE", inline: "WKTFix0"}, true
	case "php":
		return interpreter{code: "rRBE", spelled: []string{"--run", "--process-code", "--process-begin", "--process-end"}, values: "cdzFS", module: "f"}, true
	case "lua", "luajit":
		return interpreter{code: "e", values: "l"}, true
	case "bash", "sh", "dash", "zsh", "ksh", "ash":
		return interpreter{code: "c", values: "oO", long: []string{"--rcfile", "--init-file"}}, true
	case "java", "javaw":
		return interpreter{script: []string{"-jar"}, long: []string{"-cp", "-classpath", "--class-path", "-p", "--module-path", "--add-modules", "--add-opens", "--add-exports"}}, true
	case "powershell", "pwsh":
		return interpreter{script: []string{"-file", "-f"}, nothing: true}, true
	case "ld-linux.so", "ld-linux-x86-64.so", "ld-linux-aarch64.so", "ld-linux-armhf.so", "ld-musl-x86_64.so", "ld-musl-aarch64.so":
		// Linux's loader runs any program under its own name when asked by hand.
		return interpreter{long: []string{"--library-path", "--argv0", "--preload", "--audit", "--glibc-hwcaps-prepend", "--glibc-hwcaps-mask"}}, true
	}
	return interpreter{}, false
}

// interpreted gives the script that an interpreter runs and where in its
// command line that stands; 0 when file is no interpreter or runs no script.
func interpreted(file string, args []string) (script string, at int) {
	name := strings.TrimSuffix(strings.ToLower(file), ".exe")
	in, ok := interpreterNamed(strings.TrimRight(name, "0123456789.-"))
	if !ok {
		return "", 0
	}
	return in.find(args)
}

// find walks the command line past the interpreter's own options.
func (in interpreter) find(args []string) (string, int) {
	for i := 1; i < len(args); i++ {
		word := args[i]
		switch {
		case slices.Contains(in.script, strings.ToLower(word)):
			return at(args, i+1)
		case word == "--":
			return at(args, i+1)
		case slices.Contains(in.spelled, word):
			return "", 0
		case slices.Contains(in.long, word):
			i++
		case !strings.HasPrefix(word, "-") || word == "-":
			if in.nothing || word == "-" || word == "" {
				return "", 0
			}
			return at(args, i)
		case strings.HasPrefix(word, "--") || len(in.script) > 0:
			continue
		default:
			skip, found, stop := in.cluster(word[1:])
			switch {
			case stop:
				return "", 0
			case found && skip == 0:
				return strings.TrimPrefix(word, "-"+in.module), i
			case found:
				return at(args, i+1)
			}
			i += skip
		}
	}
	return "", 0
}

// cluster reads short options written together, as in "-Es". It says how many
// further words they take, whether the value names what runs, and whether
// nothing does.
func (in interpreter) cluster(letters string) (skip int, found, stop bool) {
	for i, letter := range letters {
		last := i == len(letters)-1
		switch {
		case strings.ContainsRune(in.code, letter):
			return 0, false, true
		case in.module != "" && strings.ContainsRune(in.module, letter):
			if last {
				return 1, true, false
			}
			return 0, i == 0, i != 0
		case strings.ContainsRune(in.inline, letter):
			return 0, false, false
		case strings.ContainsRune(in.values, letter):
			if last {
				return 1, false, false
			}
			return 0, false, false
		}
	}
	return 0, false, false
}

func at(args []string, i int) (string, int) {
	if i >= len(args) || args[i] == "" {
		return "", 0
	}
	return args[i], i
}
