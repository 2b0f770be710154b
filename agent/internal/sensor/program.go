package sensor

import "github.com/farmwatch/farmwatch/agent/internal/host"

// program says which program a process runs, by what survives renaming as well
// as by its names. Rows embed a pointer to it: the sensors of processes, ports
// and connections share one for each process.
type program struct {
	Name         string `column:"name,public" people:"out" about:"name of the program, completed where Linux cut it at 15 letters"`
	File         string `column:"file,public" people:"out" about:"file name of the program, without its folder"`
	Script       string `column:"script,public" people:"out" about:"file name of the script, where the program is an interpreter such as Python"`
	Signer       string `column:"signer,public" people:"maker" about:"company or developer in whose name the program is signed"`
	Signature    string `column:"signature,public" about:"how the signature stands: valid, invalid (the file was changed), unverified (signed, not traced to a trusted issuer) or unsigned"`
	TeamID       string `column:"team_id,public" about:"number that Apple gave the developer who signed the program"`
	BundleID     string `column:"bundle_id,public" people:"out" about:"identifier under which the program is signed on macOS"`
	OriginalName string `column:"original_name,public" people:"out" about:"file name that the maker gave the program on Windows, whatever it is called now"`
	Product      string `column:"product,public" people:"out" about:"product that the program says it belongs to"`
	BuildPath    string `column:"build_path,public" people:"out" about:"main package that the program was built from, where Go built it"`
	Libraries    string `column:"libraries,public" people:"out" about:"libraries that the program needs, without the C library's own"`
	Package      string `column:"package,public" people:"out" about:"installed package that the program belongs to or is a copy from"`
	Unit         string `column:"unit,public" people:"out" about:"service that runs the program"`
	Beside       string `column:"beside,public" about:"extensions of files that lie beside the program and carry its name"`
}

// unknownProgram stands behind sockets whose process is not known.
var unknownProgram = &program{}

// programOf is what is known of a program's file.
func programOf(known host.Program) program {
	return program{
		Signer: known.Signer, Signature: known.Signature, TeamID: known.TeamID, BundleID: known.BundleID,
		OriginalName: known.OriginalName, Product: known.Product, BuildPath: known.BuildPath,
		Libraries: known.Libraries, Package: known.Package, Beside: known.Beside,
	}
}
