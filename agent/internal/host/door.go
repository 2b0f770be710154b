package host

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"time"
)

// doorPatience bounds one visit, from either side.
const doorPatience = time.Second

// Door lets every account of this machine say a few bytes to this process, and
// answers with a line. Hear gets what was said, at most so many bytes of it, and
// the number of the account, -1 where the system does not tell. It ends with ctx.
func Door(ctx context.Context, path string, most int, hear func(said []byte, account int) (answer string)) error {
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) { // of an agent that was killed
		return fmt.Errorf("open a door at %s: %w", path, err)
	}
	var config net.ListenConfig
	listener, err := config.Listen(ctx, "unix", path)
	if err != nil {
		return fmt.Errorf("open a door at %s: %w", path, err)
	}
	stop := context.AfterFunc(ctx, func() { done(listener) })
	defer stop()
	defer done(listener)
	if err := os.Chmod(path, 0o666); err != nil { //nolint:gosec // whoever is asked may answer, and says one word
		return fmt.Errorf("open the door at %s to all: %w", path, err)
	}
	for {
		visitor, err := listener.Accept()
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			return fmt.Errorf("wait at the door at %s: %w", path, err)
		}
		_ = receive(ctx, visitor, most, hear) // one who leaves in the middle has said nothing
	}
}

func receive(ctx context.Context, visitor net.Conn, most int, hear func([]byte, int) string) error {
	defer done(visitor)
	ctx, cancel := context.WithTimeout(ctx, doorPatience)
	defer cancel()
	defer context.AfterFunc(ctx, func() { done(visitor) })()
	said := make([]byte, most+1) // one more, so that what is too long is seen to be
	n, err := io.ReadFull(visitor, said)
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
		return err
	}
	_, err = io.WriteString(visitor, hear(said[:n], accountOf(visitor))+"\n")
	return err
}

// Knock says something at a door and gives the answer.
func Knock(ctx context.Context, path string, word []byte) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, 2*doorPatience)
	defer cancel()
	var dialer net.Dialer
	conn, err := dialer.DialContext(ctx, "unix", path)
	if err != nil {
		return "", fmt.Errorf("knock at %s: %w", path, err)
	}
	defer done(conn)
	defer context.AfterFunc(ctx, func() { done(conn) })()
	if _, err := conn.Write(word); err != nil {
		return "", fmt.Errorf("knock at %s: %w", path, err)
	}
	if half, ok := conn.(*net.UnixConn); ok {
		if err := half.CloseWrite(); err != nil {
			return "", fmt.Errorf("knock at %s: %w", path, err)
		}
	}
	answer, err := io.ReadAll(io.LimitReader(conn, 256))
	if err != nil {
		return "", fmt.Errorf("hear the answer at %s: %w", path, err)
	}
	return string(answer), nil
}
