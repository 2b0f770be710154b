package host

import (
	"context"
	"errors"
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/godbus/dbus/v5"
)

const (
	notifications = "org.freedesktop.Notifications"
	notifyPath    = dbus.ObjectPath("/org/freedesktop/Notifications")
	otherWay      = "other-way" // the key of the button; people read its words
	normalUrgency = byte(1)
	busPatience   = 5 * time.Second // for one answer of one bus
)

// linuxNotices speak to the desktops by the freedesktop.org Notifications
// protocol, version 1.2, each on its own session's bus, and to terminals as wall does.
type linuxNotices struct {
	files   FS
	users   string // where each account has its bus: <users>/<uid>/bus
	devices string // where the terminals are
	system  string // the system's bus
	pressed chan string
	ctx     context.Context // the life of the connections, which outlives any one call
	end     context.CancelFunc

	mu       sync.Mutex
	desktops map[int]*desktop // by account
}

// Notices reach the desktops and terminals of this machine.
func (h *LiveHost) Notices(ctx context.Context) (Notices, error) {
	return newNotices(ctx, h.files, "/run/user", "/dev", systemBus), nil
}

func newNotices(ctx context.Context, files FS, users, devices, system string) *linuxNotices {
	n := &linuxNotices{files: files, users: users, devices: devices, system: system, pressed: make(chan string, 4), desktops: map[int]*desktop{}}
	n.ctx, n.end = context.WithCancel(ctx)
	return n
}

// People are those with a desktop or a terminal.
func (n *linuxNotices) People(ctx context.Context) ([]Person, error) {
	sessions, err := filedSessions(n.files)
	all := people(n.files, sessions)
	locked := n.locked(ctx, all)
	for i := range all {
		all[i].Locked = locked[all[i].Session]
	}
	return all, err
}

// Show tells one after the other.
func (n *linuxNotices) Show(ctx context.Context, notice Notice) (Told, error) {
	sessions, err := filedSessions(n.files)
	problems := []error{err}
	var told Told
	for _, p := range people(n.files, sessions) {
		var err error
		if p.Desktop {
			err = n.onDesktop(ctx, p.UID, notice)
		} else {
			err = writeTerminal(n.devices, p.Terminal, notice)
		}
		if err != nil {
			problems = append(problems, err)
			continue
		}
		told.add(p)
	}
	if notice.Button == "" {
		n.leave(notice.ID)
	}
	return told, errors.Join(problems...)
}

// leave forgets a notice that is over, and leaves every bus on which no other
// stands: which buttons a person presses is heard for no longer.
func (n *linuxNotices) leave(id string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for uid, d := range n.desktops {
		if delete(d.numbers, id); len(d.numbers) == 0 {
			done(d.conn)
			delete(n.desktops, uid)
		}
	}
}

func (n *linuxNotices) onDesktop(ctx context.Context, uid int, notice Notice) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	d := n.desktops[uid]
	if d == nil || !d.conn.Connected() {
		conn, err := dialBus(n.ctx, path.Join(n.users, strconv.Itoa(uid), "bus"), uid)
		if err != nil {
			return err
		}
		d = &desktop{conn: conn, numbers: map[string]uint32{}, markup: marksUp(ctx, conn)}
		if err := n.hear(ctx, d); err != nil {
			return errors.Join(err, conn.Close())
		}
		n.desktops[uid] = d
	}
	return d.show(ctx, notice)
}

// hear passes on which notices had their button pressed.
func (n *linuxNotices) hear(ctx context.Context, d *desktop) error {
	ctx, cancel := context.WithTimeout(ctx, busPatience)
	defer cancel()
	err := d.conn.AddMatchSignalContext(ctx, dbus.WithMatchSender(notifications), dbus.WithMatchObjectPath(notifyPath),
		dbus.WithMatchInterface(notifications), dbus.WithMatchMember("ActionInvoked"))
	if err != nil {
		return fmt.Errorf("listen for a button: %w", err)
	}
	heard := make(chan *dbus.Signal, 16)
	d.conn.Signal(heard)
	go func() {
		for s := range heard {
			if id := n.buttonOf(d, s); id != "" {
				select {
				case n.pressed <- id:
				case <-n.ctx.Done():
				}
			}
		}
	}()
	return nil
}

func (n *linuxNotices) buttonOf(d *desktop, s *dbus.Signal) string {
	var number uint32
	var key string
	if s.Name != notifications+".ActionInvoked" || dbus.Store(s.Body, &number, &key) != nil || key != otherWay {
		return ""
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	for id, known := range d.numbers {
		if known == number {
			return id
		}
	}
	return ""
}

// Pressed gives the notices whose button was pressed.
func (n *linuxNotices) Pressed() <-chan string { return n.pressed }

// Close leaves every bus.
func (n *linuxNotices) Close() error {
	n.end()
	n.mu.Lock()
	defer n.mu.Unlock()
	var problems []error
	for _, d := range n.desktops {
		problems = append(problems, d.conn.Close())
	}
	return errors.Join(problems...)
}

// desktop is one account's session bus.
type desktop struct {
	conn    *dbus.Conn
	numbers map[string]uint32 // by notice, the number that the desktop gave it
	markup  bool              // it takes a notice's text for markup
}

// marksUp asks a desktop how it takes a text. One that does not answer takes it as it is.
func marksUp(ctx context.Context, conn *dbus.Conn) bool {
	ctx, cancel := context.WithTimeout(ctx, busPatience)
	defer cancel()
	var can []string
	err := conn.Object(notifications, notifyPath).CallWithContext(ctx, notifications+".GetCapabilities", 0).Store(&can)
	return err == nil && slices.Contains(can, "body-markup")
}

// show asks the desktop to show a notice until it is closed.
func (d *desktop) show(ctx context.Context, n Notice) error {
	ctx, cancel := context.WithTimeout(ctx, busPatience)
	defer cancel()
	const never = int32(0)
	actions := []string{}
	if n.Button != "" {
		actions = []string{otherWay, n.Button}
	}
	hints := map[string]dbus.Variant{"urgency": dbus.MakeVariant(normalUrgency)}
	text := n.Text
	if d.markup {
		text = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace(text)
	}
	var number uint32
	err := d.conn.Object(notifications, notifyPath).CallWithContext(ctx, notifications+".Notify", 0,
		"farmwatch", d.numbers[n.ID], "dialog-question", n.Title, text, actions, hints, never).Store(&number)
	if err != nil {
		return fmt.Errorf("show a notice on a desktop: %w", err)
	}
	d.numbers[n.ID] = number
	return nil
}
