//go:build linux

package main

import (
	"encoding/binary"
	"fmt"
	"os"
)

// uhid makes an input device on no bus from its report descriptor, as programs
// do for Bluetooth keyboards, tests and security keys in software (linux/uhid.h).
func (b *bench) uhid(name string, vendor, product uint32, report []byte) error {
	file, err := os.OpenFile("/dev/uhid", os.O_RDWR, 0)
	if err != nil {
		return err
	}
	b.atEnd(file.Close)
	create := make([]byte, 4+128+64+64+2+2+4*4+4096) // struct uhid_create2_req behind its number
	put := binary.LittleEndian
	put.PutUint32(create, 11)
	copy(create[4:131], name)
	put.PutUint16(create[260:], uint16(len(report)))
	put.PutUint16(create[262:], 3) // USB
	put.PutUint32(create[264:], vendor)
	put.PutUint32(create[268:], product)
	copy(create[280:], report)
	if _, err := file.Write(create); err != nil {
		return err
	}
	return await(name, func() bool {
		return len(names(fmt.Sprintf("/sys/bus/hid/devices/0003:%04X:%04X.*/driver", vendor, product))) > 0
	})
}
