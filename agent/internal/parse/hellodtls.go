package parse

import "fmt"

const dtlsHeaderBytes = 13

// ParseDTLSHello reads the DTLS ClientHello with which a datagram begins. One
// that goes on in another datagram is ErrCutShort.
func ParseDTLSHello(b []byte) (Hello, error) {
	return Hello{}, helloError("DTLS", b, fmt.Errorf("%w", ErrNoHello))
}
