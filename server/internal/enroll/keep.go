package enroll

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// keep reads a secret file, or makes it where there is none. Two processes that
// start at once end up with the same content: the first to link it wins. A kill
// at any moment leaves either no file or a whole one.
func keep(path string, fill func() ([]byte, error)) ([]byte, error) {
	content, err := os.ReadFile(path)
	if err == nil || !errors.Is(err, fs.ErrNotExist) {
		return content, err
	}
	if content, err = fill(); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, err
	}
	temporary, err := write(filepath.Dir(path), content)
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.Remove(temporary) }() // once linked, it is one name too many
	if err := os.Link(temporary, path); errors.Is(err, fs.ErrExist) {
		return os.ReadFile(path)
	} else if err != nil {
		return nil, err
	}
	return content, syncFolder(filepath.Dir(path))
}

// write puts content on the disk in a new file that only its owner can read.
func write(folder string, content []byte) (string, error) {
	file, err := os.CreateTemp(folder, ".new-*")
	if err != nil {
		return "", err
	}
	_, err = file.Write(content)
	err = errors.Join(err, file.Sync(), file.Close())
	if err != nil {
		return "", errors.Join(err, os.Remove(file.Name()))
	}
	return file.Name(), nil
}

func syncFolder(path string) error {
	folder, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(folder.Sync(), folder.Close())
}

// keyLength is what the gate of every agent expects, and as good for the other key.
const keyLength = 32

// PseudonymKey is the company's key for pseudonyms, kept in the state folder.
// Every agent has it. It is made once: with another one, nothing would compare
// equal to what was told before.
func PseudonymKey(folder string, random io.Reader) ([]byte, error) {
	return keepKey(folder, "pseudonym", random)
}

// AddressKey is the key under which the collector notes public addresses, kept in
// the state folder. No agent has it: there are so few IPv4 addresses that
// whoever has the key can try them all.
func AddressKey(folder string, random io.Reader) ([]byte, error) {
	return keepKey(folder, "address", random)
}

func keepKey(folder, name string, random io.Reader) ([]byte, error) {
	path := filepath.Join(folder, name+".key")
	key, err := keep(path, func() ([]byte, error) {
		key := make([]byte, keyLength)
		_, err := io.ReadFull(random, key)
		return key, err
	})
	if err != nil {
		return nil, fmt.Errorf("keep the %s key in %s: %w", name, path, err)
	}
	if len(key) != keyLength {
		return nil, fmt.Errorf("the %s key in %s has %d bytes, want %d: restore it from the backup", name, path, len(key), keyLength)
	}
	return key, nil
}
