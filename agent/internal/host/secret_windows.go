package host

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"unsafe"

	"golang.org/x/sys/windows"
)

// Sealer gives what seals a secret so that only this installation of Windows can
// open it, and what opens it: DPAPI in the scope of the machine. In the scope of
// an account, what an administrator enrolled could not be opened by the service.
// Other accounts are kept out by the folder; the seal is for a copy of the disk.
func Sealer() (seal, unseal func([]byte) ([]byte, error)) {
	return protect, unprotect
}

func protect(secret []byte) ([]byte, error) {
	var out windows.DataBlob
	in, entropy := blob(secret), blob([]byte(sealedFor))
	err := windows.CryptProtectData(&in, nil, &entropy, 0, nil, windows.CRYPTPROTECT_LOCAL_MACHINE|windows.CRYPTPROTECT_UI_FORBIDDEN, &out)
	if err != nil {
		return nil, fmt.Errorf("seal a secret: %w", err)
	}
	return taken(out), nil
}

func unprotect(sealed []byte) ([]byte, error) {
	var out windows.DataBlob
	in, entropy := blob(sealed), blob([]byte(sealedFor))
	err := windows.CryptUnprotectData(&in, nil, &entropy, 0, nil, windows.CRYPTPROTECT_UI_FORBIDDEN, &out)
	if err != nil {
		return nil, fmt.Errorf("open a sealed secret: %w", err)
	}
	return taken(out), nil
}

func blob(b []byte) windows.DataBlob {
	if len(b) == 0 {
		return windows.DataBlob{}
	}
	return windows.DataBlob{Size: uint32(len(b)), Data: &b[0]}
}

// taken copies what Windows gave and gives it back.
func taken(b windows.DataBlob) []byte {
	if b.Data == nil {
		return nil
	}
	copied := append([]byte(nil), unsafe.Slice(b.Data, b.Size)...)
	_, _ = windows.LocalFree(windows.Handle(unsafe.Pointer(b.Data))) // a few bytes, if it fails
	return copied
}

// GuardFolder makes a folder for secrets, or closes one that is there: only the
// system and administrators may enter it (and, where an ordinary person runs the
// agent, that person). Anybody may make folders below C:\ProgramData, so one that
// somebody else made is refused: its owner could open it again.
func GuardFolder(path string) error {
	owners, err := guards()
	if err != nil {
		return fmt.Errorf("close the folder %s to others: %w", path, err)
	}
	if err := os.MkdirAll(path, 0o700); err != nil {
		return fmt.Errorf("make the folder %s: %w", path, err)
	}
	attributes, err := os.Lstat(path)
	if err != nil {
		return fmt.Errorf("look at the folder %s: %w", path, err)
	}
	if !attributes.IsDir() {
		return fmt.Errorf("%s is no folder of its own but leads elsewhere: %w: remove it", path, ErrExposed)
	}
	if err := ownedBy(path, owners); err != nil {
		return err
	}
	inside, err := os.ReadDir(path)
	if err != nil {
		return fmt.Errorf("look into the folder %s: %w", path, err)
	}
	for _, entry := range inside {
		if err := ownedBy(filepath.Join(path, entry.Name()), owners); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	if err := closeTo(path, owners); err != nil {
		return err
	}
	self, err := windows.GetCurrentProcessToken().GetTokenUser()
	if err != nil {
		return fmt.Errorf("ask who runs this: %w", err)
	}
	return closed(path, append(owners, self.User.Sid))
}

// guards are who may enter: the system, administrators, and one who runs the
// agent without being either.
func guards() ([]*windows.SID, error) {
	system, err := windows.CreateWellKnownSid(windows.WinLocalSystemSid)
	if err != nil {
		return nil, err
	}
	administrators, err := windows.CreateWellKnownSid(windows.WinBuiltinAdministratorsSid)
	if err != nil {
		return nil, err
	}
	who := []*windows.SID{system, administrators}
	token := windows.GetCurrentProcessToken()
	if token.IsElevated() {
		return who, nil
	}
	self, err := token.GetTokenUser()
	if err != nil {
		return nil, err
	}
	return append(who, self.User.Sid), nil
}

// ownedBy refuses what belongs to somebody else. An administrator's own account
// counts as one of them only while it owns the folder as an administrator.
func ownedBy(path string, owners []*windows.SID) error {
	about, err := windows.GetNamedSecurityInfo(path, windows.SE_FILE_OBJECT, windows.OWNER_SECURITY_INFORMATION)
	if err != nil {
		return fmt.Errorf("ask whose %s is: %w", path, err)
	}
	owner, _, err := about.Owner()
	if err != nil {
		return fmt.Errorf("ask whose %s is: %w", path, err)
	}
	self, err := windows.GetCurrentProcessToken().GetTokenUser()
	if err != nil {
		return fmt.Errorf("ask who runs this: %w", err)
	}
	if !among(owner, owners) && !owner.Equals(self.User.Sid) {
		return fmt.Errorf("%s belongs to %s and not to the system or administrators, so it may have been put there by somebody: %w: look into it, then remove it and start again", path, nameOf(owner), ErrExposed)
	}
	return nil
}

// closeTo gives a folder and all in it to those alone.
func closeTo(path string, owners []*windows.SID) error {
	var entries []windows.EXPLICIT_ACCESS
	for _, sid := range owners {
		entries = append(entries, windows.EXPLICIT_ACCESS{
			AccessPermissions: windows.GENERIC_ALL, AccessMode: windows.GRANT_ACCESS,
			Inheritance: windows.SUB_CONTAINERS_AND_OBJECTS_INHERIT,
			Trustee:     windows.TRUSTEE{TrusteeForm: windows.TRUSTEE_IS_SID, TrusteeValue: windows.TrusteeValueFromSID(sid)},
		})
	}
	list, err := windows.ACLFromEntries(entries, nil)
	if err == nil {
		err = windows.SetNamedSecurityInfo(path, windows.SE_FILE_OBJECT, windows.DACL_SECURITY_INFORMATION|windows.PROTECTED_DACL_SECURITY_INFORMATION, nil, nil, list, nil)
	}
	if errors.Is(err, windows.ERROR_ACCESS_DENIED) {
		return fmt.Errorf("close the folder %s to others: %w: run as administrator", path, ErrDenied)
	}
	if err != nil {
		return fmt.Errorf("close the folder %s to others: %w", path, err)
	}
	return nil
}

// closed looks whether a folder lets anybody else in: what was asked for is not
// what every file system does.
func closed(path string, owners []*windows.SID) error {
	about, err := windows.GetNamedSecurityInfo(path, windows.SE_FILE_OBJECT, windows.DACL_SECURITY_INFORMATION)
	if err != nil {
		return fmt.Errorf("ask who may enter %s: %w", path, err)
	}
	list, _, err := about.DACL()
	if err != nil || list == nil {
		return fmt.Errorf("%s is open to everybody, which this file system seems not to change: %w: keep the state on an NTFS volume", path, ErrExposed)
	}
	for n := range uint32(list.AceCount) {
		var entry *windows.ACCESS_ALLOWED_ACE
		if err := windows.GetAce(list, n, &entry); err != nil {
			return fmt.Errorf("ask who may enter %s: %w", path, err)
		}
		sid := (*windows.SID)(unsafe.Pointer(&entry.SidStart))
		if entry.Header.AceType == windows.ACCESS_ALLOWED_ACE_TYPE && entry.Mask != 0 && !among(sid, owners) {
			return fmt.Errorf("%s lets %s in: %w: remove that right, or the folder", path, nameOf(sid), ErrExposed)
		}
	}
	return nil
}

func among(sid *windows.SID, list []*windows.SID) bool {
	for _, s := range list {
		if sid.Equals(s) {
			return true
		}
	}
	return false
}

// nameOf is the account in words, or its number.
func nameOf(sid *windows.SID) string {
	account, domain, _, err := sid.LookupAccount("")
	if err != nil {
		return sid.String()
	}
	return domain + `\` + account
}
