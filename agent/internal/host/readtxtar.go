package host

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"os"
	"strings"

	"golang.org/x/tools/txtar"
)

// ReadRecording makes a host of a recorded machine. The archive holds
//
//	platform.yaml            the machine's Platform
//	files/<path>             its disk; "files/a -> b" is a symbolic link, "files/a [hex]" or
//	                         "files/a [base64]" holds encoded bytes
//	processes.yaml, sockets.yaml, sessions.yaml, access_points.yaml    rows
//	programs.yaml            what is known of the programs that run, by their paths
//	devices.yaml             the nodes of Windows' device tree, bytes in hexadecimal
//	held.yaml                how long some states had lasted without a break, e.g. lid: 30h
//	flows.yaml               what passed through connections
//	clock.yaml               now: when it was recorded, offset: its distance from UTC where no file tells its zone
//	denied.yaml              question: reason, for what the recording host could not see whole
//	tools/<name>             the output of a Tool
//	records/<name>           the answer to a RecordQuery
//	packets.pcap             captured frames, encoded as above
//	input.txt                input devices and how input arrived, as inputText has it
//
// What it does not hold is answered with ErrAbsent, never with an empty list.
func ReadRecording(archive *txtar.Archive) (Host, error) {
	t := newTree()
	for _, file := range archive.Files {
		if err := addEntry(t, file); err != nil {
			return nil, fmt.Errorf("read recording: %w", err)
		}
	}
	for name := range t.root.children {
		if !knownEntry(name) {
			return nil, fmt.Errorf("read recording: entry %q: unknown, want %s", name, strings.Join(entryNames(), ", "))
		}
	}
	return newRecording(linkFS{t}, true)
}

func addEntry(t *tree, file txtar.File) error {
	name, target, isLink := strings.Cut(file.Name+" ", " -> ")
	if isLink {
		if len(strings.TrimSpace(string(file.Data))) > 0 {
			return fmt.Errorf("entry %s: a symbolic link has no contents", name)
		}
		return t.addLink(strings.TrimSpace(name), strings.TrimSpace(target))
	}
	name, content, err := decodeEntry(file)
	if err != nil {
		return err
	}
	if dir, isDir := strings.CutSuffix(name, "/"); isDir {
		return t.addDir(dir)
	}
	return t.addFile(name, content)
}

func decodeEntry(file txtar.File) (string, []byte, error) {
	if name, ok := strings.CutSuffix(file.Name, " [hex]"); ok {
		content, err := hex.DecodeString(squeeze(file.Data))
		if err != nil {
			return "", nil, fmt.Errorf("entry %s: %w", name, err)
		}
		return name, content, nil
	}
	if name, ok := strings.CutSuffix(file.Name, " [base64]"); ok {
		content, err := base64.StdEncoding.DecodeString(squeeze(file.Data))
		if err != nil {
			return "", nil, fmt.Errorf("entry %s: %w", name, err)
		}
		return name, content, nil
	}
	return file.Name, file.Data, nil
}

// squeeze takes white space out of encoded bytes.
func squeeze(content []byte) string { return strings.Join(strings.Fields(string(content)), "") }

func openTxtar(path string) (Host, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("open recording: %w", err)
	}
	defer done(file)
	content, err := readBounded(file, path, maxFile)
	if err != nil {
		return nil, err
	}
	h, err := ReadRecording(txtar.Parse(content))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return h, nil
}
