package uplink

import (
	"bytes"
	"crypto/ecdsa"
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

// A Keeper keeps one identity in a folder that only its owner may enter.
type Keeper struct {
	Folder string
	// Seal makes of the identity's secrets what only this machine can open, and
	// Unseal opens it. Both are nil where the system has nothing to seal with.
	Seal, Unseal func([]byte) ([]byte, error)
}

// secrets are what nobody else may have of an identity.
type secrets struct {
	Key          []byte `json:"key,omitempty"` // PKCS #8
	PseudonymKey []byte `json:"pseudonym_key,omitempty"`
}

// identityOnDisk is one file, so that key and certificate change in one step. Its
// secrets stand in it either as they are or sealed.
type identityOnDisk struct {
	Server   string `json:"server"`
	DeviceID string `json:"device_id"`
	AgentID  string `json:"agent_id"`
	secrets
	Sealed      []byte   `json:"sealed,omitempty"` // secrets
	Certificate []byte   `json:"certificate"`      // X.509
	Authorities [][]byte `json:"authorities"`
}

// Save keeps an identity. It makes the folder if need be; only its owner may
// read either. A crash leaves the old identity or the new one.
func (k Keeper) Save(i Identity) error {
	content, err := k.format(i)
	if err != nil {
		return fmt.Errorf("write identity: %w", err)
	}
	if err := os.MkdirAll(k.Folder, 0o700); err != nil {
		return fmt.Errorf("keep identity: %w", err)
	}
	if err := replaceSynced(filepath.Join(k.Folder, identityFile), content); err != nil {
		return fmt.Errorf("keep identity: %w", err)
	}
	return nil
}

func (k Keeper) format(i Identity) ([]byte, error) {
	key, err := x509.MarshalPKCS8PrivateKey(i.Key)
	if err != nil {
		return nil, err
	}
	d := identityOnDisk{Server: i.Server, DeviceID: i.DeviceID, AgentID: i.AgentID, Certificate: i.Certificate.Raw}
	d.secrets = secrets{Key: key, PseudonymKey: i.PseudonymKey}
	for _, a := range i.Authorities {
		d.Authorities = append(d.Authorities, a.Raw)
	}
	if k.Seal != nil {
		open, err := json.Marshal(d.secrets)
		if err != nil {
			return nil, err
		}
		if d.Sealed, err = k.Seal(open); err != nil {
			return nil, err
		}
		d.secrets = secrets{}
	}
	return json.MarshalIndent(d, "", "  ")
}

// Load reads the identity, and refuses one that others than its owner can read.
// One that an older agent kept open is sealed where the system can.
func (k Keeper) Load() (Identity, error) {
	path := filepath.Join(k.Folder, identityFile)
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
	i, open, err := k.parse(content)
	if err != nil {
		return Identity{}, fmt.Errorf("identity %s: %w; enrol this device again", path, err)
	}
	if open && k.Seal != nil {
		if err := k.Save(i); err != nil {
			return Identity{}, err
		}
	}
	return i, nil
}

// parse also says whether the secrets stood there open.
func (k Keeper) parse(content []byte) (i Identity, open bool, err error) {
	var d identityOnDisk
	if err := strictly(content, &d); err != nil {
		return i, false, err
	}
	if open = d.Sealed == nil; !open {
		if err := k.unseal(&d); err != nil {
			return i, false, err
		}
	}
	parsed, err := x509.ParsePKCS8PrivateKey(d.Key)
	if err != nil {
		return i, false, fmt.Errorf("its key: %w", err)
	}
	key, ok := parsed.(*ecdsa.PrivateKey)
	if !ok {
		return i, false, fmt.Errorf("its key is a %T, want ECDSA", parsed)
	}
	i = Identity{Server: d.Server, DeviceID: d.DeviceID, AgentID: d.AgentID, Key: key, PseudonymKey: d.PseudonymKey}
	if _, _, err := splitServer(d.Server); err != nil {
		return Identity{}, false, err
	}
	if err := i.adopt(d.Certificate, d.Authorities); err != nil {
		return Identity{}, false, err
	}
	if len(d.PseudonymKey) != 32 {
		return Identity{}, false, fmt.Errorf("its key for pseudonyms has %d bytes, want 32", len(d.PseudonymKey))
	}
	return i, open, nil
}

func (k Keeper) unseal(d *identityOnDisk) error {
	if k.Unseal == nil {
		return errors.New("it was sealed on another system")
	}
	text, err := k.Unseal(d.Sealed)
	if err != nil {
		return fmt.Errorf("open its seal, which only the machine that sealed it can: %w", err)
	}
	d.secrets = secrets{}
	if err := strictly(text, &d.secrets); err != nil {
		return fmt.Errorf("its sealed part: %w", err)
	}
	return nil
}

// strictly reads JSON that has nothing unknown in it.
func strictly(text []byte, into any) error {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	return decoder.Decode(into)
}
