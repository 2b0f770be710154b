package population

import (
	"context"
	"net/netip"

	"github.com/farmwatch/farmwatch/server/internal/alert"
	"github.com/farmwatch/farmwatch/server/internal/device"
	"github.com/farmwatch/farmwatch/server/internal/enroll"
)

// begin sets the collector up as the company does: its laptops are enrolled, its own
// way out is imported, its own tools are sanctioned.
func (r *Replay) begin(ctx context.Context) error {
	if err := r.store.CreateToken(ctx, enroll.Token{ID: "token", SecretHash: []byte{0}, Description: "laptops", UsesTotal: 1, UsesLeft: 1, CreatedAt: firstDay, CreatedBy: "the company", ExpiresAt: firstDay.AddDate(1, 0, 0)}); err != nil {
		return err
	}
	var before []device.Device
	for _, l := range r.fleet.laptops {
		if l.enrolled.Before(firstDay) {
			before = append(before, l.enrolment())
		}
	}
	if err := r.enrol(ctx, before...); err != nil {
		return err
	}
	// Stays come with the label already, as the collector's own look-up gives it (see line.corporate).
	if err := r.store.ReplaceEgressList(ctx, device.EgressCorporate, "Company VPN", []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")}, "the company", firstDay); err != nil {
		return err
	}
	return r.store.AddSanctions(ctx, "sanction.create", r.sanctions()...)
}

// sanctions are what the company permits: its helpdesk's tools, its developers' mesh
// and tunnels, and the hardware of its bench.
func (r *Replay) sanctions() []alert.Sanction {
	made := func(name string, tools, groups []string) alert.Sanction {
		return alert.Sanction{
			ID: "sanction-" + name, Name: name, Version: 1, Tools: tools, Groups: groups, Owner: "IT", Approver: "IT", Justification: "the company's own", CreatedBy: "the company",
			CreatedAt: firstDay.AddDate(0, 0, -60), StartsAt: firstDay.AddDate(0, 0, -60), ExpiresAt: firstDay.AddDate(0, 0, 200),
		}
	}
	everywhere := []string{alert.AllWorkstations}
	help := made("helpdesk", []string{"teamviewer"}, everywhere)
	help.Tenants, help.Conditions.ApprovedAtConsole = []alert.Tenant{{Pseudonym: pseudonym(support), Label: "support"}}, true
	assist := made("helpdesk-quick-assist", []string{"quick-assist"}, everywhere)
	assist.Conditions.ApprovedAtConsole = true
	assist.Conditions.Ticket = r.fleet.Roster // without the desk's tickets nobody can ask for one
	mesh := made("mesh", []string{"tailscale"}, everywhere)
	mesh.Tenants = []alert.Tenant{{Pseudonym: pseudonym("corp.example"), Label: "the company"}}
	list := []alert.Sanction{help, assist, mesh}
	if !r.fleet.Roster { // with an import, the bench's group says that what is found there is the company's
		list = append(list, made("bench", []string{
			"kvm.default_identity", "kvm.descriptor_family", "kvm.composite_keyboard_pointer", "kvm.composite_keyboard_pointer_storage", "kvm.gadget_constants", "kvm.high_speed_keyboard",
			"kvm.scsi_inquiry", "display.default_identity", "display.default_serial", "display.kvm_name", "display.masked_edid", "display.masked_edid_base",
		}, []string{"staging", "repair"}))
	}
	return list
}

// imports brings in what the company's systems know by a day, once each night.
func (r *Replay) imports(ctx context.Context, n int) error {
	if !r.fleet.Roster {
		return nil
	}
	return r.spend("import", func() error { return r.importAll(ctx, n) })
}
