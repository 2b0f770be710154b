package sensor

import "testing"

func TestSharedSerialsIdentifyNobody(t *testing.T) {
	for serial, shared := range map[string]bool{
		"": true, "CAFEBABE": true, "cafebabe": true, "01010101": true, "c0ffee01": true, "0123456789": true, "000000": true,
		"6&1a2b3c4d&0&1": true, "5CG1234XYZ": false, "012": false, "01010102": false,
	} {
		if SharedSerial(serial) != shared {
			t.Errorf("SharedSerial(%q) is %t, want %t", serial, !shared, shared)
		}
	}
}
