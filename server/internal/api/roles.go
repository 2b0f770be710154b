package api

import (
	"slices"

	c "github.com/farmwatch/farmwatch/proto/farmwatch/console/v1/consolev1connect"
	"github.com/farmwatch/farmwatch/server/internal/alert"
)

// permission says who may call one procedure.
type permission struct {
	procedure string
	roles     []alert.Role // none: also who is not signed in
}

// permissions is the one table of who may call what. A procedure that is not
// in it is refused to everybody.
func permissions() []permission {
	all := []alert.Role{alert.Admin, alert.Analyst, alert.Auditor}
	review := []alert.Role{alert.Admin, alert.Analyst}
	keep := []alert.Role{alert.Admin}
	return append(contextPermissions(all, keep), []permission{
		{c.SessionServiceSignInProcedure, nil},
		{c.SessionServiceSignOutProcedure, nil}, // a session that ended can still be left
		{c.SessionServiceGetSessionProcedure, all},

		{c.AlertServiceListAlertsProcedure, all},
		{c.AlertServiceGetAlertProcedure, all},
		{c.AlertServiceWatchAlertsProcedure, all},
		{c.AlertServiceAcknowledgeAlertProcedure, review},
		{c.AlertServiceCloseAlertProcedure, review},
		{c.AlertServiceReopenAlertProcedure, review},
		{c.AlertServiceCommentAlertProcedure, review},

		{c.DeviceServiceListDevicesProcedure, all},
		{c.DeviceServiceGetDeviceProcedure, all},
		{c.DeviceServiceRemoveDeviceProcedure, keep},
		{c.DeviceServiceSetDeviceGroupProcedure, keep},
		{c.AssessmentServiceListAssessmentsProcedure, all},
		{c.SiteServiceListSitesProcedure, all},
		{c.SiteServiceGetSiteProcedure, all},

		{c.RuleServiceReplayRulesProcedure, review}, // it reads the past of every laptop

		// A permission is given by who answers for it, not by who has fewer alerts for it.
		{c.SanctionServiceListSanctionsProcedure, all},
		{c.SanctionServiceCreateSanctionProcedure, keep},
		{c.SanctionServiceRevokeSanctionProcedure, keep},
		{c.SanctionServiceApplySanctionsProcedure, keep},
		{c.SanctionServicePreviewSanctionsProcedure, review},
		{c.SanctionServiceGrantSanctionProcedure, keep},
		{c.SanctionServiceOpenTicketProcedure, keep},

		{c.PresenceServiceListPresenceProcedure, all},
		{c.PresenceServiceRequestPresenceProcedure, review},
		{c.PresenceServiceWithdrawPresenceProcedure, review},

		{c.EgressServiceListEgressProcedure, all},
		{c.EgressServiceGetWhereProcedure, all},
		{c.EgressServiceImportEgressProcedure, keep},
		{c.EgressServiceRemoveEgressProcedure, keep},

		{c.NoticeServiceListNoticesProcedure, all},
		{c.NoticeServiceGetNoticeProcedure, all},
		{c.NoticeServiceDecideNoticeProcedure, review},

		{c.TokenServiceListTokensProcedure, all},
		{c.TokenServiceCreateTokenProcedure, keep},
		{c.TokenServiceRevokeTokenProcedure, keep},

		{c.AuditServiceListAuditProcedure, all},
		{c.ReportServiceCreateReportProcedure, all},
	}...)
}

// contextPermissions are those of what a company knows of its laptops.
func contextPermissions(all, keep []alert.Role) []permission {
	return []permission{
		{c.ContextServiceListContextProcedure, all},
		{c.ContextServiceGetDeviceContextProcedure, all},
		{c.ContextServiceImportContextProcedure, keep},
		{c.ContextServiceRemoveContextProcedure, keep},
	}
}

func permissionFor(procedure string) (permission, bool) {
	table := permissions()
	i := slices.IndexFunc(table, func(p permission) bool { return p.procedure == procedure })
	if i < 0 {
		return permission{}, false
	}
	return table[i], true
}
