package roster

// What is taken for the company's own address though nobody said so: laptops of very
// many people are sent to an office or a depot. Farms of which courts told held
// laptops of many companies, of each one or a few. A start, not measured; where an
// office is smaller, the import leaves its address empty.
const (
	officePeople  = 20
	officePercent = 5
)

// households counts for each address how many households' laptops were sent there.
// Whoever is of no household that is known is one of their own.
func households(people map[string]Person) map[string]int {
	at := map[string]map[string]bool{}
	persons := map[string]int{}
	for id, p := range people {
		if p.Address == "" {
			continue
		}
		if at[p.Address] == nil {
			at[p.Address] = map[string]bool{}
		}
		household := "household " + p.Household
		if p.Household == "" {
			household = "person " + id
		}
		at[p.Address][household] = true
		persons[p.Address]++
	}
	counts := map[string]int{}
	for address, homes := range at {
		if n := persons[address]; n >= officePeople && n*100 >= officePercent*len(people) {
			continue
		}
		counts[address] = len(homes)
	}
	return counts
}
