package host

import (
	"runtime"
	"testing"
	"time"
	"unsafe"
)

func TestPowerOfThisMachine(t *testing.T) {
	p, err := Live(time.Now).Power(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%+v", p)
	if p.Uptime <= 0 || p.Mains == "" && !underWine() {
		t.Errorf("%+v", p)
	}
}

// Windows calls from threads of its own, with what it has to say.
func TestHearPower(t *testing.T) {
	p := &powerNotices{}
	setting := room(powerNoticeEnd)
	at := uintptr(unsafe.Pointer(&setting[0]))
	copy(setting, unsafe.Slice((*byte)(unsafe.Pointer(&lidNotice)), 16))
	setting[16] = 4
	p.hear(0, 0x8013, at)
	if lid, _ := p.now(); lid != "closed" {
		t.Errorf("the lid is %q", lid)
	}
	setting[20] = 1
	p.hear(0, 0x8013, at)
	p.hear(0, 0x4, 0)
	p.hear(0, 0x12, 0)
	setting[0]++
	setting[20] = 0
	p.hear(0, 0x8013, at)
	if lid, slept := p.now(); lid != "open" || slept != 1 {
		t.Errorf("the lid is %q, it slept %d times", lid, slept)
	}
	runtime.KeepAlive(setting)
}
