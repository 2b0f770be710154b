package host

// ClearingQueries are the questions whether Windows' own logs were cleared: 1102
// is the first record of a Security log that was, and 104 is written to System for
// every other log and names it. Both are of the last day.
func ClearingQueries() []RecordQuery {
	return []RecordQuery{
		{Name: "security-cleared.xml", System: "windows", Channel: "Security",
			Filter: "*[System[(EventID=1102)" + lastDay + "]]"},
		{Name: "system-cleared.xml", System: "windows", Channel: "System",
			Filter: "*[System[Provider[@Name='Microsoft-Windows-Eventlog'] and (EventID=104)" + lastDay + "]]"},
	}
}
