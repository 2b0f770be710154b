package api

import (
	"slices"
	"strings"
	"testing"

	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	consolev1 "github.com/farmwatch/farmwatch/proto/farmwatch/console/v1"
	"github.com/farmwatch/farmwatch/server/internal/alert"
)

func TestEveryProcedureSaysWhoMayCallIt(t *testing.T) {
	var procedures []string
	pkg := consolev1.File_farmwatch_console_v1_console_proto.Package()
	protoregistry.GlobalFiles.RangeFilesByPackage(pkg, func(file protoreflect.FileDescriptor) bool {
		for i := range file.Services().Len() {
			service := file.Services().Get(i)
			for j := range service.Methods().Len() {
				procedures = append(procedures, "/"+string(service.FullName())+"/"+string(service.Methods().Get(j).Name()))
			}
		}
		return true
	})
	for _, p := range procedures {
		if _, known := permissionFor(p); !known {
			t.Errorf("%s is in the proto and not in the table: nobody could call it", p)
		}
	}
	for _, p := range permissions() {
		if !slices.Contains(procedures, p.procedure) {
			t.Errorf("%s is in the table and not in the proto", p.procedure)
		}
	}
}

func TestAnAuditorChangesNothing(t *testing.T) {
	for _, p := range permissions() {
		name := p.procedure[strings.LastIndex(p.procedure, "/")+1:]
		reads := slices.ContainsFunc([]string{"List", "Get", "Watch"}, func(verb string) bool { return strings.HasPrefix(name, verb) })
		report := name == "CreateReport" // making a report changes nothing but the audit log
		if slices.Contains(p.roles, alert.Auditor) && !reads && !report {
			t.Errorf("an auditor may call %s", name)
		}
		if p.roles == nil && name != "SignIn" && name != "SignOut" {
			t.Errorf("anybody may call %s", name)
		}
	}
}
