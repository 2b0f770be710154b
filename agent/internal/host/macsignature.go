package host

import "encoding/binary"

// What macOS says of a signature (Security/CSCommon.h, cssmerr.h).
const (
	codeUnsigned    = -67062      // errSecCSUnsigned
	codeNotRequired = -67050      // errSecCSReqFailed: intact, but of nobody whom Apple gave a certificate
	codeUntrusted   = -2147409622 // CSSMERR_TP_NOT_TRUSTED
	codeExpired     = -2147409654 // CSSMERR_TP_CERT_EXPIRED
	codeRevoked     = -2147409652 // CSSMERR_TP_CERT_REVOKED
	codeTakenBack   = -66992      // errSecCSRevokedNotarization
	codeNotTrusted  = -66996      // errSecCSSignatureUntrusted
	codeAdHoc       = 2           // kSecCodeSignatureAdhoc, of a signature's flags
)

// brokenCode are the answers that mean: it was signed, and is not what was signed.
var brokenCode = map[int32]string{
	-67061: "errSecCSSignatureFailed", -67058: "errSecCSBadDictionaryFormat", -67056: "errSecCSResourcesNotFound",
	-67055: "errSecCSResourcesInvalid", -67054: "errSecCSBadResource", -67045: "errSecCSSignatureInvalid",
	-67030: "errSecCSInfoPlistFailed", -67023: "errSecCSResourceDirectoryFailed",
}

// codeSignature is what macOS told of a program's signature.
type codeSignature struct {
	status     int32 // of asking whether it is valid and of somebody whom Apple gave a certificate
	native     bool  // it is a program for the processor, which macOS says of signed ones only
	flags      int
	signer     string
	team       string
	identifier string
}

// program tells it as rows do; false where macOS gave no verdict. A signature
// that any machine can make, as Apple's own compiler does for each program, is none.
func (c codeSignature) program(path string) (Program, bool) {
	p := Program{Path: path, Signer: c.signer, TeamID: c.team, BundleID: c.identifier}
	if c.team == "not set" {
		p.TeamID = ""
	}
	if !c.native {
		return Program{}, false // a script, or no program at all
	}
	_, broken := brokenCode[c.status]
	adHoc := c.flags&codeAdHoc != 0 && c.signer == ""
	switch {
	case broken, c.status == codeRevoked, c.status == codeTakenBack:
		p.Signature = "invalid"
	case c.status == codeUnsigned, adHoc:
		p.Signature = "unsigned"
	case c.status == 0:
		p.Signature = "valid"
	case c.status == codeNotRequired, c.status == codeUntrusted, c.status == codeNotTrusted, c.status == codeExpired:
		p.Signature = "unverified"
	default:
		return Program{}, false
	}
	return p, true
}

// nativeProgram says whether a file begins as programs for processors do: Mach-O
// for one of them or for several. Java's classes begin as the latter, and
// have a version where the number of processors stands.
func nativeProgram(head []byte) bool {
	const one32, one64, several, several64, mostProcessors = 0xfeedface, 0xfeedfacf, 0xcafebabe, 0xcafebabf, 30
	if len(head) < 8 {
		return false
	}
	switch binary.BigEndian.Uint32(head) {
	case several, several64:
		n := binary.BigEndian.Uint32(head[4:])
		return n > 0 && n <= mostProcessors
	}
	little := binary.LittleEndian.Uint32(head)
	return little == one32 || little == one64
}
