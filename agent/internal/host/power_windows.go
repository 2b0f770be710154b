package host

import (
	"context"
	"encoding/binary"
	"sync"
	"time"
	"unsafe"

	"golang.org/x/sys/windows"
)

// powerNotices are what Windows tells this process of lid and sleep, since it
// asked to be told: there is no question whose answer is the lid.
type powerNotices struct {
	asked sync.Once
	mu    sync.Mutex
	lid   string
	slept int // how often it did
	told  subscription

	cycles batteryCount
}

// said is where Windows tells: it knows no Go, so that it is given no pointer to
// anything of ours, and a process has one.
var said powerNotices

var (
	lidNotice        = windows.GUID{Data1: 0xba3e0f4d, Data2: 0xb817, Data3: 0x4094, Data4: [8]byte{0xa2, 0xd1, 0xd5, 0x63, 0x79, 0xe6, 0xa0, 0xf3}}
	batteryInterface = windows.GUID{Data1: 0x72631e54, Data2: 0x78a4, Data3: 0x11d0, Data4: [8]byte{0xbc, 0xf7, 0x00, 0xaa, 0x00, 0xb7, 0xb3, 0x2a}}
)

// subscription is DEVICE_NOTIFY_SUBSCRIBE_PARAMETERS.
type subscription struct{ callback, context uintptr }

// listen asks to be told of lid and sleep, once in the life of a process. Where
// Windows does not, lid and sleeps stay unknown.
func (p *powerNotices) listen() {
	const byCallback = 2 // DEVICE_NOTIFY_CALLBACK: without a window, so that a service can
	library := calls("powrprof.dll")
	p.told = subscription{callback: windows.NewCallback(p.hear)}
	var handle uintptr
	_, _, _ = library("PowerSettingRegisterNotification").do(uintptr(unsafe.Pointer(&lidNotice)), byCallback, uintptr(unsafe.Pointer(&p.told)), uintptr(unsafe.Pointer(&handle)))
	_, _, _ = library("PowerRegisterSuspendResumeNotification").do(byCallback, uintptr(unsafe.Pointer(&p.told)), uintptr(unsafe.Pointer(&handle)))
}

// hear is called by Windows, in a thread of its own. At is a place only where a
// setting changed.
func (p *powerNotices) hear(_ uintptr, kind uint32, at uintptr) uintptr {
	const suspending, settingChanged = 0x4, 0x8013
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case kind == suspending:
		p.slept++
	case kind == settingChanged && at != 0:
		setting := **(**[powerNoticeEnd]byte)(unsafe.Pointer(&at))
		if *(*windows.GUID)(unsafe.Pointer(&setting)) == lidNotice {
			p.lid = lidSaid(setting[:])
		}
	}
	return 0
}

const powerNoticeEnd = powerNoticeHead + 4

func (p *powerNotices) now() (lid string, slept int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.lid, p.slept
}

// Power is how the machine is fed and kept.
func (h *LiveHost) Power(context.Context) (Power, error) {
	said.asked.Do(said.listen)
	b := make([]byte, powerStatusSize)
	ok, last, err := calls("kernel32.dll")("GetSystemPowerStatus").do(uintptr(unsafe.Pointer(unsafe.SliceData(b))))
	if err != nil {
		return Power{}, err
	}
	if ok == 0 {
		return Power{}, failed("ask how the machine is fed", last)
	}
	p := powerStatus(b)
	if p.Battery == "true" {
		p.Cycles = said.cycles.of(h.options.Now())
	}
	lid, slept := said.now()
	if p.Lid = lid; !lidThere() {
		p.Lid = "none"
	}
	p.Suspends = sleptBefore(interruptTime("QueryInterruptTime"), interruptTime("QueryUnbiasedInterruptTime"))
	if p.Suspends >= 0 {
		p.Suspends = max(p.Suspends, slept)
	}
	p.Uptime = windows.DurationSinceBoot().Truncate(time.Second)
	return p, nil
}

// lidThere says whether the machine has a lid; one that does not say has one.
func lidThere() bool {
	const abilities = 4 // SystemPowerCapabilities
	b := make([]byte, powerAbilitySize)
	status, _, err := calls("powrprof.dll")("CallNtPowerInformation").do(abilities, 0, 0, uintptr(unsafe.Pointer(unsafe.SliceData(b))), powerAbilitySize)
	return err != nil || status != 0 || hasLid(b)
}

// interruptTime reads one of Windows' clocks of 100 ns; zero is one it lacks.
func interruptTime(clock string) uint64 {
	for _, library := range []string{"kernel32.dll", "kernelbase.dll"} {
		var ticks uint64
		if _, _, err := calls(library)(clock).do(uintptr(unsafe.Pointer(&ticks))); err == nil {
			return ticks
		}
	}
	return 0
}

// batteryCount is how often the battery was emptied and filled, which changes at
// most once a day and wakes the battery's own chip to ask.
type batteryCount struct {
	mu     sync.Mutex
	asked  time.Time
	cycles int
}

func (c *batteryCount) of(now time.Time) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.asked.IsZero() || now.Sub(c.asked) > time.Hour {
		c.asked, c.cycles = now, askBatteries()
	}
	return c.cycles
}

// askBatteries asks the first battery that counts. Which driver it has differs:
// laptops with ARM have other ones than those of ACPI.
func askBatteries() int {
	cycles := -1
	err := eachWith(&batteryInterface, "list batteries", func(n deviceNode) {
		if cycles >= 0 {
			return
		}
		for _, path := range interfacePaths(batteryInterface, n.instance()) {
			cycles = max(cycles, askBattery(path))
		}
	})
	if err != nil {
		return -1
	}
	return cycles
}

func askBattery(path string) int {
	const askTag, askAbout = 0x294040, 0x294044 // IOCTL_BATTERY_QUERY_TAG and …_INFORMATION
	handle, err := openDevice(path, windows.GENERIC_READ|windows.GENERIC_WRITE)
	if err != nil {
		return -1
	}
	defer func() { _ = windows.CloseHandle(handle) }()
	tag, err := askDevice(handle, askTag, make([]byte, 4), make([]byte, 4)) // how long to wait for one: not at all
	if err != nil || len(tag) < 4 || binary.LittleEndian.Uint32(tag) == 0 {
		return -1
	}
	about, err := askDevice(handle, askAbout, append(tag, make([]byte, 8)...), make([]byte, batterySize))
	if err != nil {
		return -1
	}
	return batteryCycles(about)
}
