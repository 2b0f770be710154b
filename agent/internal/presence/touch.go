package presence

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"time"
)

// Answers of a key, from the same document and from "FIDO U2F Raw Message Formats" 1.2.
const (
	selection      = 0x0b // authenticatorSelection: blink until a finger says "this one"
	touchedOK      = 0x00
	invalidCommand = 0x01 // a key of CTAP 2.0 does not know selection

	u2fNoError  = 0x9000
	u2fNotYet   = 0x6985 // conditions not satisfied: nobody touched it so far
	u2fPause    = 300 * time.Millisecond
	nonceLength = 8
)

// errNotTouched says that the key answered without a finger: it waited long
// enough, or somebody else wanted it.
var errNotTouched = errors.New("the security key was not touched")

// WaitForTouch asks a key to blink and returns nil once a finger touched it. It
// makes no credential that is kept, signs nothing of use and reads nothing but
// whether it was touched. It ends soon after ctx, unless the key hangs: then close it.
func WaitForTouch(ctx context.Context, key io.ReadWriter, random io.Reader) error {
	c, capable, err := open(key, random)
	if err != nil {
		return err
	}
	if capable&capableCBOR != 0 {
		err := c.selected(ctx)
		if !errors.Is(err, errNoSelection) {
			return err
		}
	}
	return c.registered(ctx, random)
}

// open gets a channel of our own and says what the key can do.
func open(key io.ReadWriter, random io.Reader) (c channel, capable byte, err error) {
	nonce := make([]byte, nonceLength)
	if _, err := io.ReadFull(random, nonce); err != nil {
		return c, 0, fmt.Errorf("make a nonce: %w", err)
	}
	c = channel{key, broadcast}
	if err := c.send(commandInit, nonce); err != nil {
		return c, 0, err
	}
	for {
		command, message, err := c.receive()
		if err != nil {
			return c, 0, err
		}
		// Somebody else may be opening a channel at the same time: theirs has another nonce.
		if command != commandInit || len(message) < nonceLength+9 || !bytes.Equal(message[:nonceLength], nonce) {
			continue
		}
		c.id = binary.BigEndian.Uint32(message[nonceLength:])
		return c, message[nonceLength+8], nil
	}
}

var errNoSelection = errors.New("the security key does not know selection")

func (c channel) selected(ctx context.Context) error {
	// The key then answers that it was not touched, and blinks no more.
	stop := context.AfterFunc(ctx, func() { _ = c.send(commandCancel, nil) })
	defer stop()
	if err := c.send(commandCBOR, []byte{selection}); err != nil {
		return err
	}
	command, message, err := c.receive()
	switch {
	case err != nil:
		return err
	case command == commandCBOR && len(message) > 0 && message[0] == touchedOK:
		return nil
	case command == commandCBOR && len(message) > 0 && message[0] == invalidCommand:
		return errNoSelection
	}
	return errNotTouched
}

// registered asks an older key for a registration that is thrown away: the only
// thing of U2F that waits for a finger without knowing an account. The challenge
// is random and the application is nobody's.
func (c channel) registered(ctx context.Context, random io.Reader) error {
	request := make([]byte, 0, 7+64+2)
	request = append(request, 0, 1, 3, 0, 0, 0, 64) // U2F_REGISTER, with a finger, 64 bytes follow
	request = append(request, make([]byte, 64)...)
	if _, err := io.ReadFull(random, request[7:]); err != nil {
		return fmt.Errorf("make a challenge: %w", err)
	}
	request = append(request, 0, 0)
	for {
		if err := c.send(commandMessage, request); err != nil {
			return err
		}
		command, message, err := c.receive()
		if err != nil {
			return err
		}
		if command != commandMessage || len(message) < 2 {
			return errNotTouched
		}
		switch binary.BigEndian.Uint16(message[len(message)-2:]) {
		case u2fNoError:
			return nil
		case u2fNotYet:
		default:
			return errNotTouched
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(u2fPause):
		}
	}
}
