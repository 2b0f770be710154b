// Words for what the collector works out of several laptops, and of what a company imported.

/** sharedLabels name the columns of the classes site and context. */
export const sharedLabels: Record<string, string> = {
  site: "Site", place_kind: "Kind of place", place_people: "People whose laptops stay there, at least", place_days: "Days on which two or more did",
  kvm_people: "People who met the same KVM, at least", display_people: "People at the same display, at least", usb_people: "People with the same USB device, at least",
  tenant_people: "People whose tools answer to one account, at least", peer_people: "People controlled from one other side, at least",
  driven_people: "People there whose laptop can be driven", other_driven_people: "Others there whose laptop can be driven",
  started_together_days: "Days with sessions that began together", in_turns_days: "Days with sessions that took turns",
  enrolled_together: "People of one team enrolled together, at least", possible_people: "People who may belong there",
  person_known: "Known who holds it", worker_type: "Works as", in_service_days: "Days in service, at least", place_declared_differs: "Days in another country than declared",
  first_use_elsewhere: "First used elsewhere than declared", shipped_elsewhere: "Shipped elsewhere than declared", shipped_to_changed: "Place to ship to was changed",
  shipped_to_people: "Households shipped to at that address, at least", travelling: "On a journey", on_leave: "On leave", phone: "Telephone number", credential: "Credential",
  staging: "Being set up or repaired", newcomer: "New because",
};

/** sharedFirst is what a reader looks for first. */
export const sharedFirst: Record<string, string[]> = {
  site: ["site", "place_kind", "place_people", "place_days", "driven_people", "other_driven_people", "kvm_people", "tenant_people", "started_together_days", "in_turns_days"],
  context: ["person_known", "worker_type", "in_service_days", "place_declared_differs", "first_use_elsewhere", "shipped_elsewhere"],
};
