// Command makergen writes which prefixes of hardware addresses stand for which class of device, from the IEEE's
// register and the list of organisations beside it.
//
// The register is read as the npm package oui-data has it (`npm pack oui-data`), whose facts are the IEEE's public ones:
//
//	go run ./agent/internal/sensor/makergen <package/index.json
package main

import (
	"bufio"
	"bytes"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

const folder = "agent/internal/sensor"

func main() {
	log.SetFlags(0)
	if err := run(); err != nil {
		log.Fatalf("makergen, in the root of the repository: %v", err)
	}
}

func run() error {
	organisations, err := os.ReadFile(filepath.Join(folder, "makergen", "organisations.txt"))
	if err != nil {
		return fmt.Errorf("read organisations: %w", err)
	}
	kinds, err := readKinds(organisations)
	if err != nil {
		return err
	}
	var register map[string]string
	if err := json.NewDecoder(os.Stdin).Decode(&register); err != nil {
		return fmt.Errorf("read the register: %w", err)
	}
	out, err := table(register, kinds)
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(folder, "makers.bin"), out, 0o644); err != nil { //nolint:gosec // a file of the repository, which anybody may read
		return fmt.Errorf("write the table: %w", err)
	}
	return nil
}

// A kind is a line of organisations.txt.
type kind struct {
	class string
	named *regexp.Regexp
}

// classes are those of the table, in its order; sensor/makers.go has the same.
var classes = []string{"laptop", "phone", "iot", "board", "kvm", "router", "printer"}

func readKinds(text []byte) ([]kind, error) {
	var kinds []kind
	lines := bufio.NewScanner(bytes.NewReader(text))
	for number := 1; lines.Scan(); number++ {
		line := strings.TrimSpace(lines.Text())
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		class, pattern, _ := strings.Cut(line, " ")
		named, err := regexp.Compile("(?i)^(?:" + strings.TrimSpace(pattern) + ")")
		if err == nil && !slices.Contains(classes, class) {
			err = fmt.Errorf("want one of %v", classes)
		}
		if err != nil {
			return nil, fmt.Errorf("organisations.txt:%d: class %q, pattern %q: %w", number, class, pattern, err)
		}
		kinds = append(kinds, kind{class, named})
	}
	return kinds, lines.Err()
}

// table writes for each class, and in it for prefixes of 24, 28 and 36 bits, how
// many there are in two bytes, and these in order: three, four and five bytes.
func table(register map[string]string, kinds []kind) ([]byte, error) {
	found := map[string]map[int][]string{}
	for prefix, text := range register {
		name, _, _ := strings.Cut(text, "\n")
		at := slices.IndexFunc(kinds, func(k kind) bool { return k.named.MatchString(name) })
		if at < 0 {
			continue
		}
		class := kinds[at].class
		if found[class] == nil {
			found[class] = map[int][]string{}
		}
		found[class][len(prefix)] = append(found[class][len(prefix)], prefix)
	}
	var out []byte
	for _, class := range classes {
		for _, digits := range []int{6, 7, 9} {
			prefixes := found[class][digits]
			slices.Sort(prefixes)
			out = append(out, byte(len(prefixes)>>8), byte(len(prefixes)))
			for _, prefix := range prefixes {
				if digits%2 == 1 {
					prefix += "0"
				}
				b, err := hex.DecodeString(prefix)
				if err != nil {
					return nil, fmt.Errorf("prefix %q of the register: %w", prefix, err)
				}
				out = append(out, b...)
			}
		}
	}
	return out, nil
}
