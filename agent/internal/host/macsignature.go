package host

import "strings"

// What macOS says of a signature (Security/CSCommon.h, cssmerr.h).
const (
	codeUnsigned    = -67062      // errSecCSUnsigned
	codeNotRequired = -67050      // errSecCSReqFailed: intact, but of nobody whom Apple gave a certificate
	codeUntrusted   = -2147409622 // CSSMERR_TP_NOT_TRUSTED
	codeExpired     = -2147409654 // CSSMERR_TP_CERT_EXPIRED
	codeRevoked     = -2147409652 // CSSMERR_TP_CERT_REVOKED
	codeAdHoc       = 2           // kSecCodeSignatureAdhoc, of a signature's flags
)

// brokenCode are the answers that mean: it was signed, and is not what was signed.
var brokenCode = map[int32]string{
	-67061: "errSecCSSignatureFailed", -67058: "errSecCSBadDictionaryFormat", -67056: "errSecCSResourcesNotFound",
	-67055: "errSecCSResourcesInvalid", -67054: "errSecCSBadResource", -67045: "errSecCSSignatureInvalid",
	-67030: "errSecCSInfoPlistFailed", -67023: "errSecCSInvalidAssociatedFileData",
}

// codeSignature is what macOS told of a program's signature.
type codeSignature struct {
	status     int32 // of asking whether it is valid and of somebody whom Apple gave a certificate
	format     string
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
	if !strings.Contains(c.format, "Mach-O") {
		return Program{}, false // a script, or no program at all
	}
	_, broken := brokenCode[c.status]
	adHoc := c.flags&codeAdHoc != 0 && c.signer == ""
	switch {
	case broken, c.status == codeRevoked:
		p.Signature = "invalid"
	case c.status == codeUnsigned, adHoc:
		p.Signature = "unsigned"
	case c.status == 0:
		p.Signature = "valid"
	case c.status == codeNotRequired, c.status == codeUntrusted, c.status == codeExpired:
		p.Signature = "unverified"
	default:
		return Program{}, false
	}
	return p, true
}
