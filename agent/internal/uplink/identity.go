package uplink

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
)

const identityFile = "identity.json"

// ErrNotEnrolled says that a folder holds no identity.
var ErrNotEnrolled = errors.New("this device is not enrolled")

// An Identity is what enrolment gave this installation: who it is, whom it
// trusts, and the company's key for pseudonyms.
type Identity struct {
	Server       string // address of the collector, host:port
	DeviceID     string
	AgentID      string
	Key          *ecdsa.PrivateKey
	Certificate  *x509.Certificate
	Authorities  []*x509.Certificate
	PseudonymKey []byte
}

// identityOnDisk is one file, so that key and certificate change in one step.
type identityOnDisk struct {
	Server       string   `json:"server"`
	DeviceID     string   `json:"device_id"`
	AgentID      string   `json:"agent_id"`
	Key          []byte   `json:"key"`         // PKCS #8
	Certificate  []byte   `json:"certificate"` // X.509
	Authorities  [][]byte `json:"authorities"`
	PseudonymKey []byte   `json:"pseudonym_key"`
}

// Save keeps an identity in a folder, which it makes if need be. Only the owner
// may read either. A crash leaves the old identity or the new one.
func (i Identity) Save(folder string) error {
	key, err := x509.MarshalPKCS8PrivateKey(i.Key)
	if err != nil {
		return fmt.Errorf("write identity: %w", err)
	}
	onDisk := identityOnDisk{
		Server: i.Server, DeviceID: i.DeviceID, AgentID: i.AgentID,
		Key: key, Certificate: i.Certificate.Raw, PseudonymKey: i.PseudonymKey,
	}
	for _, a := range i.Authorities {
		onDisk.Authorities = append(onDisk.Authorities, a.Raw)
	}
	content, err := json.MarshalIndent(onDisk, "", "  ")
	if err != nil {
		return fmt.Errorf("write identity: %w", err)
	}
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return fmt.Errorf("keep identity: %w", err)
	}
	if err := replaceSynced(filepath.Join(folder, identityFile), content); err != nil {
		return fmt.Errorf("keep identity: %w", err)
	}
	return nil
}

// replaceSynced puts a file in the place of another, whole or not at all, and is
// back once it is on the disk.
func replaceSynced(path string, content []byte) error {
	if err := writeSynced(path+".new", content); err != nil {
		return err
	}
	if err := os.Rename(path+".new", path); err != nil {
		return err
	}
	return syncFolder(filepath.Dir(path))
}

func writeSynced(path string, content []byte) (err error) {
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	if _, err := f.Write(content); err != nil {
		return err
	}
	return f.Sync()
}

func syncFolder(folder string) error {
	if runtime.GOOS == "windows" {
		return nil // a folder cannot be synced there; NTFS journals its own changes
	}
	dir, err := os.Open(folder)
	if err != nil {
		return err
	}
	defer func() { _ = dir.Close() }() // nothing is written through it
	return dir.Sync()
}

// LoadIdentity reads the identity kept in a folder, and refuses one that others
// than its owner can read.
func LoadIdentity(folder string) (Identity, error) {
	path := filepath.Join(folder, identityFile)
	stat, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return Identity{}, fmt.Errorf("%w: %s is not there; run \"farmwatch-agent enroll\" with a token", ErrNotEnrolled, path)
	}
	if err != nil {
		return Identity{}, fmt.Errorf("read identity: %w", err)
	}
	if mode := stat.Mode().Perm(); runtime.GOOS != "windows" && mode&0o077 != 0 {
		return Identity{}, fmt.Errorf("identity %s can be read by others than its owner (mode %04o), so its key may be known to them: enrol this device again, or set the mode to 0600 if you are sure that nobody read it", path, mode)
	}
	content, err := os.ReadFile(path)
	if err != nil {
		return Identity{}, fmt.Errorf("read identity: %w", err)
	}
	i, err := parseIdentity(content)
	if err != nil {
		return Identity{}, fmt.Errorf("identity %s: %w; enrol this device again", path, err)
	}
	return i, nil
}

func parseIdentity(content []byte) (Identity, error) {
	var d identityOnDisk
	decoder := json.NewDecoder(bytes.NewReader(content))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&d); err != nil {
		return Identity{}, err
	}
	parsed, err := x509.ParsePKCS8PrivateKey(d.Key)
	if err != nil {
		return Identity{}, fmt.Errorf("its key: %w", err)
	}
	key, ok := parsed.(*ecdsa.PrivateKey)
	if !ok {
		return Identity{}, fmt.Errorf("its key is a %T, want ECDSA", parsed)
	}
	i := Identity{Server: d.Server, DeviceID: d.DeviceID, AgentID: d.AgentID, Key: key, PseudonymKey: d.PseudonymKey}
	if _, _, err := splitServer(d.Server); err != nil {
		return Identity{}, err
	}
	if err := i.adopt(d.Certificate, d.Authorities); err != nil {
		return Identity{}, err
	}
	if len(d.PseudonymKey) != 32 {
		return Identity{}, fmt.Errorf("its key for pseudonyms has %d bytes, want 32", len(d.PseudonymKey))
	}
	return i, nil
}

// adopt takes a certificate for the identity's key, and the authorities to trust.
func (i *Identity) adopt(certificate []byte, authorities [][]byte) error {
	c, err := x509.ParseCertificate(certificate)
	if err != nil {
		return fmt.Errorf("its certificate: %w", err)
	}
	if !i.Key.PublicKey.Equal(c.PublicKey) {
		return errors.New("its certificate is for another key")
	}
	if len(authorities) == 0 {
		return errors.New("it names no authority to trust")
	}
	pool, parsed := x509.NewCertPool(), make([]*x509.Certificate, 0, len(authorities))
	for _, der := range authorities {
		a, err := x509.ParseCertificate(der)
		if err != nil {
			return fmt.Errorf("an authority: %w", err)
		}
		pool.AddCert(a)
		parsed = append(parsed, a)
	}
	// When it holds is judged at use; here only whether it belongs to them.
	_, err = c.Verify(x509.VerifyOptions{Roots: pool, CurrentTime: c.NotBefore.Add(c.NotAfter.Sub(c.NotBefore) / 2), KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}})
	if err != nil {
		return fmt.Errorf("its certificate is not of its authorities: %w", err)
	}
	i.Certificate, i.Authorities = c, parsed
	return nil
}

func (i Identity) tls() tls.Certificate {
	return tls.Certificate{Certificate: [][]byte{i.Certificate.Raw}, PrivateKey: i.Key, Leaf: i.Certificate}
}
