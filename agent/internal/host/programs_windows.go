package host

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"unsafe"

	"golang.org/x/sys/windows"
)

var _ ProgramHost = (*LiveHost)(nil)

var (
	wintrust       = calls("wintrust.dll")
	winVerifyTrust = wintrust("WinVerifyTrust")
	stateProvider  = wintrust("WTHelperProvDataFromStateData")
	stateSigner    = wintrust("WTHelperGetProvSignerFromChain")
	signerCert     = wintrust("WTHelperGetProvCertFromChain")
)

// Program is Windows' verdict on the signature of a program and in whose name it
// is. What else the program is, is not its business.
func (h *LiveHost) Program(ctx context.Context, path string) (Program, error) {
	drive, ok := programPlace(path)
	if !ok || !ownDrive(drive) {
		return Program{}, fmt.Errorf("%s lies on no drive of this laptop: %w", path, ErrAbsent)
	}
	if files, ok := h.files.(windowsFS); ok {
		if err := files.followable(strings.ToUpper(drive[:1]), strings.ReplaceAll(path[3:], `\`, "/")); err != nil {
			return Program{}, fmt.Errorf("look at a program: %w: %w", err, ErrAbsent)
		}
	}
	stat, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return Program{}, fmt.Errorf("%s: %w", path, ErrAbsent)
	case err != nil:
		return Program{}, fmt.Errorf("look at a program: %w", err)
	case !stat.Mode().IsRegular(), stat.Size() > judgedFile, elsewhere(stat):
		return Program{}, fmt.Errorf("%s is no program that can be read here: %w", path, ErrAbsent)
	}
	return h.verdicts.of(ctx, path, stat.Size(), stat.ModTime(), func() (Program, error) { return judge(path) })
}

// ownDrive says whether a drive is a disk of this laptop or one put into it.
func ownDrive(drive string) bool {
	name, err := windows.UTF16PtrFromString(drive)
	if err != nil {
		return false
	}
	switch windows.GetDriveType(name) {
	case windows.DRIVE_FIXED, windows.DRIVE_REMOVABLE, windows.DRIVE_RAMDISK:
		return true
	}
	return false
}

// judge asks about the signature in a file and, where it has none, about the
// catalogues that Windows was installed with, in which its own programs stand.
func judge(path string) (Program, error) {
	if err := winVerifyTrust.there(); err != nil {
		return Program{}, err
	}
	file, err := os.Open(path)
	if err != nil {
		return Program{}, fmt.Errorf("judge a program: %w", bare(err))
	}
	defer done(file)
	head := make([]byte, 2)
	if _, err := file.ReadAt(head, 0); err != nil || !isProgram(head) {
		return Program{}, fmt.Errorf("%s is no program: %w", path, ErrAbsent)
	}
	name, err := windows.UTF16PtrFromString(path)
	if err != nil {
		return Program{}, fmt.Errorf("judge a program: %w", err)
	}
	asked := windows.WinTrustFileInfo{FilePath: name, File: windows.Handle(file.Fd())}
	asked.Size = uint32(unsafe.Sizeof(asked))
	p, err := verify(path, windows.WTD_CHOICE_FILE, unsafe.Pointer(&asked))
	if err == nil && p.Signature == "unsigned" {
		p, err = judgeByCatalogue(path, name, windows.Handle(file.Fd()))
	}
	return p, err
}

// verify asks for one verdict: nobody is shown anything, and nothing is fetched
// from the network, so that a certificate that was called back of late may pass.
func verify(path string, choice uint32, what unsafe.Pointer) (Program, error) {
	action := windows.WINTRUST_ACTION_GENERIC_VERIFY_V2
	asked := windows.WinTrustData{
		UIChoice: windows.WTD_UI_NONE, RevocationChecks: windows.WTD_REVOKE_NONE, UnionChoice: choice, FileOrCatalogOrBlobOrSgnrOrCert: what,
		StateAction: windows.WTD_STATEACTION_VERIFY, ProvFlags: windows.WTD_CACHE_ONLY_URL_RETRIEVAL | windows.WTD_REVOCATION_CHECK_NONE | windows.WTD_DISABLE_MD2_MD4,
	}
	asked.Size = uint32(unsafe.Sizeof(asked))
	ask := func() (uint32, error) {
		status, _, err := winVerifyTrust.do(uintptr(windows.InvalidHandle), uintptr(unsafe.Pointer(&action)), uintptr(unsafe.Pointer(&asked)))
		return uint32(status), err
	}
	status, err := ask()
	if err != nil {
		return Program{}, err
	}
	p := Program{Path: path, Signature: signatureWord(status)}
	if p.Signature == "valid" || p.Signature == "unverified" {
		p.Signer = signerOf(asked.StateData)
	}
	asked.StateAction = windows.WTD_STATEACTION_CLOSE
	if _, err := ask(); err != nil {
		return Program{}, err
	}
	if p.Signature == "" {
		return Program{}, fmt.Errorf("no verdict of Windows on %s (%#x): %w", path, status, ErrAbsent)
	}
	return p, nil
}

// signerOf is in whose name the certificate is by which Windows judged; empty
// where it does not tell.
func signerOf(state windows.Handle) string {
	if state == 0 || stateProvider.there() != nil || stateSigner.there() != nil || signerCert.there() != nil {
		return ""
	}
	provider, _, _ := stateProvider.do(uintptr(state))
	if provider == 0 {
		return ""
	}
	signer, _, _ := stateSigner.do(provider, 0, 0, 0)
	if signer == 0 {
		return ""
	}
	place, _, _ := signerCert.do(signer, 0)
	if place == 0 {
		return ""
	}
	// CRYPT_PROVIDER_CERT begins with its size and the certificate.
	certificate := (*struct {
		size    uint32
		context *windows.CertContext
	})(*(*unsafe.Pointer)(unsafe.Pointer(&place)))
	if certificate.context == nil || certificate.context.EncodedCert == nil {
		return ""
	}
	name, err := certificateSigner(unsafe.Slice(certificate.context.EncodedCert, min(certificate.context.Length, 64<<10)))
	if err != nil {
		return ""
	}
	return strings.TrimSpace(name)
}
